"""Responses as Node's HTTP parser (llhttp) reads them, with its errors."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Final

Waiting = Generator[None, None, None]
"""Yields when it needs more data."""

_HEAD_LIMIT: Final = 16 * 1024
_DIGIT: Final = re.compile(rb"[0-9]")
_DIGITS: Final = re.compile(rb"[0-9]*")
_HEX: Final = re.compile(rb"[0-9A-Fa-f]*")
_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]*")
_REASON: Final = re.compile(rb"[^\r\n]*")
_SPACES: Final = re.compile(rb" *")
_BLANKS: Final = re.compile(rb"[ \t]*")
_VALUE: Final = re.compile(rb"[\t -~\x80-\xff]*")
_QUOTED: Final = re.compile(rb"[\t !#-\[\]-~\x80-\xff]*")
_PLAIN_HEADER: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t -~\x80-\xff]*)\r\n")
_PLAIN_HEAD: Final = re.compile(
    rb"(?-i:HTTP)/1\.([01]) ([0-9]{3}) [^\r\n]*\r\n"
    rb"((?:(?!transfer-encoding:)[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*\r\n)*)\r\n",
    re.IGNORECASE,
)
_PLAIN_LENGTH: Final = re.compile(rb"[0-9]{1,18} *\Z")
_KNOWN_HEADERS: Final = (
    b"connection",
    b"content-length",
    b"proxy-connection",
    b"transfer-encoding",
    b"upgrade",
)
_PROTOCOLS: Final = (b"HTTP/", b"RTSP/", b"ICE/")
_VERSIONS: Final = ((0, 9), (1, 0), (1, 1), (2, 0))
_LARGEST: Final = 2**64 - 1
_MOST_DIGITS: Final = 20
_SWITCHING: Final = 101
_CR, _LF, _SPACE, _COLON = b"\r", b"\n", b" ", b":"


class ParseError(ValueError):
    """The response is malformed; the message is the reason that llhttp has for it."""


class ResponseParser:
    """Parses one response from the data that comes over a connection.

    Feed it until `is_complete`, or until the connection ends.

    Args:
        limit: how many bytes of the body are kept.
    """

    def __init__(self, limit: int) -> None:
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.body: Final = bytearray()
        self.has_head = False
        self.is_complete = False
        self.is_upgrade = False
        self.is_kept_alive = False
        self.is_until_end = False
        self._limit: Final = limit
        self._data = b""
        self._at = 0
        self._head_size = 0
        self._version = (1, 1)
        self._content_length: int | None = None
        self._has_encoding = False
        self._is_chunked = False
        self._connection: Final[set[bytes]] = set()
        self._has_upgrade = False
        self._parsing: Final = self._parse()
        next(self._parsing)

    def feed(self, data: bytes) -> None:
        """Parse more data; raise ParseError if it is malformed, also behind the end of the response."""
        self._advance(data)
        following = self._parse_following()
        while following is not None:
            self.is_kept_alive = False  # Node closes a connection on which more comes than one response
            following = following._parse_following()  # noqa: SLF001  (of this class)

    def _advance(self, data: bytes) -> None:
        self._data = self._data[self._at :] + data
        self._at = 0
        next(self._parsing, None)

    def _parse_following(self) -> ResponseParser | None:
        """Parse what came behind this response as another one; return that, or None if nothing came."""
        rest = self._data[self._at :].lstrip(b"\r\n") if self.is_complete else b""
        if not rest or self.status == _SWITCHING:
            return None
        if not self.is_kept_alive:
            raise ParseError("Data after `Connection: close`")
        following = ResponseParser(0)
        following._advance(rest)
        return following

    def _parse(self) -> Waiting:
        yield
        while True:
            yield from self._skip_blank_lines()
            if not self._take_plain_head():
                yield from self._parse_status_line()
                yield from self._parse_headers(is_head=True)
            self._read_framing_rules()
            if self.status // 100 != 1 or self.status == _SWITCHING:
                break
            self._forget_head()
        self.has_head = True
        yield from self._parse_body()
        self.is_complete = True

    def _forget_head(self) -> None:
        """Forget an interim response: the response follows."""
        self._head_size = 0
        self._content_length, self._has_encoding, self._is_chunked = None, False, False
        self._connection.clear()
        self._has_upgrade = False

    # What takes bytes from the data.

    def _skip_blank_lines(self) -> Waiting:
        while (yield from self._next()) in (_CR, _LF):
            self._at += 1

    def _take(self, pattern: re.Pattern[bytes]) -> Generator[None, None, bytes]:
        """Take what matches, and wait for the byte behind it."""
        taken = b""
        while True:
            match = pattern.match(self._data, self._at)
            if match is not None:
                taken += match[0]
                self._at = match.end()
            if len(taken) >= _HEAD_LIMIT:
                raise ParseError("Header overflow")
            if self._at < len(self._data):
                return taken
            yield

    def _next(self) -> Generator[None, None, bytes]:
        """Wait for the next byte and return it, without taking it."""
        while self._at >= len(self._data):
            yield
        return self._data[self._at : self._at + 1]

    def _expect(self, byte: bytes, reason: str) -> Waiting:
        if (yield from self._next()) != byte:
            raise ParseError(reason)
        self._at += 1

    def _take_number(self, reason: str) -> Generator[None, None, int]:
        byte = yield from self._next()
        if not _DIGIT.match(byte):
            raise ParseError(reason)
        self._at += 1
        return int(byte)

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size >= _HEAD_LIMIT:
            raise ParseError("Header overflow")

    # The head.

    def _take_plain_head(self) -> bool:
        """Take a head that came as a whole and has nothing unusual, which is faster; return whether."""
        match = _PLAIN_HEAD.match(self._data, self._at)
        if match is None or match.end() - match.start() >= _HEAD_LIMIT:
            return False
        headers = _PLAIN_HEADER.findall(match[3])
        lengths = [value for name, value in headers if name.lower() == b"content-length"]
        if len(lengths) > 1 or not all(map(_PLAIN_LENGTH.match, lengths)):
            return False
        self._version = 1, int(match[1])
        self.status = int(match[2])
        self._content_length = int(lengths[0]) if lengths else None
        for name, value in headers:
            self._apply(name.lower(), value.lower())
        self.headers = tuple(
            (name.decode("latin-1"), value.rstrip(b" \t").decode("latin-1")) for name, value in headers
        )
        self._at = match.end()
        return True

    def _parse_status_line(self) -> Waiting:
        first = yield from self._next()
        protocol = next((one for one in _PROTOCOLS if one.startswith(first)), _PROTOCOLS[0])
        for byte in protocol:
            yield from self._expect(bytes((byte,)), "Expected HTTP/, RTSP/ or ICE/")
        major = yield from self._take_number("Invalid major version")
        yield from self._expect(b".", "Expected dot")
        minor = yield from self._take_number("Invalid minor version")
        if (major, minor) not in _VERSIONS:
            raise ParseError("Invalid HTTP version")
        self._version = major, minor
        yield from self._expect(_SPACE, "Expected space after version")
        self.status = 0
        for _ in range(3):
            self.status = self.status * 10 + (yield from self._take_number("Invalid status code"))
        if (yield from self._next()) not in (_SPACE, _CR):
            raise ParseError("Invalid response status")
        self._count(len((yield from self._take(_REASON))))
        if (yield from self._next()) == _LF:
            raise ParseError("Missing expected CR after response line")
        self._at += 1
        if (yield from self._next()) not in (_CR, _LF):
            raise ParseError("Expected LF after CR")
        self._at += 1

    def _parse_headers(self, *, is_head: bool) -> Waiting:
        """Parse headers up to the blank line: those of the head, or the trailers, which are dropped."""
        headers: list[tuple[bytes, bytes]] = []
        while (byte := (yield from self._next())) != _CR:
            if byte == _SPACE and is_head and not headers:
                raise ParseError("Unexpected space after start line")
            if byte == _LF:
                raise ParseError("Invalid header field char")
            name = yield from self._take(_TOKEN)
            self._count(len(name))
            known = name.lower() in _KNOWN_HEADERS and (yield from self._next()) == _SPACE
            if not name:
                raise ParseError("Invalid header token")
            yield from self._expect(_COLON, "Invalid header field char" if known else "Invalid header token")
            value = yield from self._parse_value(name.lower())
            headers.append((name, value))
        self._at += 1
        yield from self._expect(_LF, "Expected LF after headers")
        if is_head:
            self.headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)

    def _parse_value(self, name: bytes) -> Generator[None, None, bytes]:
        yield from self._take(_BLANKS)
        byte = yield from self._next()
        if byte == _LF:
            raise ParseError("Invalid header value char")
        if byte == _CR:
            yield from self._end_empty_value()
            self._check_framing(name)
            if name == b"content-length":
                raise ParseError("Empty Content-Length")
            value = b""
        else:
            self._check_framing(name)
            value = yield from self._parse_filled_value(name)
        self._apply(name, value.lower())
        return value.rstrip(b" \t")

    def _end_empty_value(self) -> Waiting:
        self._at += 1
        yield from self._expect(_LF, "Expected LF after CR")
        if (yield from self._next()) in (_SPACE, b"\t"):
            raise ParseError("Invalid header value char")

    def _parse_filled_value(self, name: bytes) -> Generator[None, None, bytes]:
        if name == b"content-length":
            value = yield from self._parse_content_length()
        else:
            value = yield from self._take(_VALUE)
        self._count(len(value))
        byte = yield from self._next()
        if byte == _LF and value:
            raise ParseError("Missing expected CR after header value")
        if byte != _CR:
            raise ParseError("Invalid header value char")
        self._at += 1
        yield from self._expect(_LF, "Missing expected LF after header value")
        if (yield from self._next()) in (_SPACE, b"\t"):
            raise ParseError("Unexpected whitespace after header value")
        return value

    def _check_framing(self, name: bytes) -> None:
        """Raise ParseError if a header contradicts an earlier one about where the body ends."""
        if name == b"transfer-encoding":
            if self._content_length is not None:
                raise ParseError("Transfer-Encoding can't be present with Content-Length")
            self._has_encoding = True
        if name == b"content-length":
            if self._content_length is not None:
                raise ParseError("Duplicate Content-Length")
            if self._has_encoding:
                raise ParseError("Content-Length can't be present with Transfer-Encoding")

    def _parse_content_length(self) -> Generator[None, None, bytes]:
        digits = yield from self._take(_DIGITS)
        if not digits:
            raise ParseError("Invalid character in Content-Length")
        self._content_length = _number(digits, 10, "Content-Length overflow")
        spaces = yield from self._take(_SPACES)
        if (yield from self._next()) not in (_CR, _LF):
            raise ParseError("Invalid character in Content-Length")
        return digits + spaces

    def _apply(self, name: bytes, value: bytes) -> None:
        """Take over what a header says about the message and the connection."""
        if name == b"connection":
            self._connection.update(token.strip(b" \t") for token in value.split(b","))
        elif name == b"upgrade":
            self._has_upgrade = True
        elif name == b"transfer-encoding":
            self._is_chunked = value.rpartition(b",")[2].strip(b" \t") == b"chunked"

    def _read_framing_rules(self) -> None:
        has_no_body = self.status // 100 == 1 or self.status in (204, 304)
        is_measured = self._is_chunked or (self._content_length is not None and not self._has_encoding)
        self.is_until_end = not has_no_body and not is_measured
        stays_open = b"close" not in self._connection
        if self._version != (1, 1):
            stays_open = b"keep-alive" in self._connection
        self.is_kept_alive = stays_open and not self.is_until_end and self.status != _SWITCHING
        self.is_upgrade = self.status == _SWITCHING and self._has_upgrade and b"upgrade" in self._connection

    # The body.

    def _parse_body(self) -> Waiting:
        if self.status == _SWITCHING or self.status in (204, 304):
            return
        if self._is_chunked:
            while (size := (yield from self._parse_chunk_size())) > 0:
                yield from self._take_body(size)
                if (yield from self._next()) == _LF:
                    raise ParseError("Missing expected CR after chunk data")
                yield from self._expect(_CR, "Expected LF after chunk data")
                yield from self._expect(_LF, "Expected LF after chunk data")
            self._head_size = 0
            yield from self._parse_headers(is_head=False)
            return
        yield from self._take_body(None if self.is_until_end else self._content_length or 0)

    def _take_body(self, size: int | None) -> Waiting:
        """Take so many bytes; None: all that come."""
        while size is None or size > 0:
            data = self._data[self._at :] if size is None else self._data[self._at : self._at + size]
            self._at += len(data)
            self.body.extend(data[: max(self._limit - len(self.body), 0)])
            size = None if size is None else size - len(data)
            if size != 0:
                yield

    def _parse_chunk_size(self) -> Generator[None, None, int]:
        digits = yield from self._take(_HEX)
        if not digits:
            raise ParseError("Invalid character in chunk size")
        size = _number(digits, 16, "Chunk size overflow")
        while (byte := (yield from self._next())) == b";":
            self._at += 1
            yield from self._parse_chunk_extension()
        if byte == _LF:
            raise ParseError("Missing expected CR after chunk size")
        if byte != _CR:
            raise ParseError("Invalid character in chunk size")
        self._at += 1
        yield from self._expect(_LF, "Expected LF after chunk size")
        return size

    def _parse_chunk_extension(self) -> Waiting:
        yield from self._take(_TOKEN)
        byte = yield from self._next()
        if byte == _LF:
            raise ParseError("Missing expected CR after chunk extension name")
        if byte not in (b"=", b";", _CR):
            raise ParseError("Invalid character in chunk extensions name")
        if byte != b"=":
            return
        self._at += 1
        if (yield from self._next()) == b'"':
            self._at += 1
            yield from self._take(_QUOTED)
            yield from self._expect(b'"', "Invalid character in chunk extensions quoted value")
            if (yield from self._next()) not in (b";", _CR):
                raise ParseError("Invalid character in chunk extensions quote value")
            return
        yield from self._take(_TOKEN)
        byte = yield from self._next()
        if byte == _LF:
            raise ParseError("Missing expected CR after chunk extension value")
        if byte not in (b";", _CR):
            raise ParseError("Invalid character in chunk extensions value")


def _number(digits: bytes, base: int, overflow: str) -> int:
    """Return a number; raise ParseError with the reason `overflow` if it has more than 64 bits."""
    significant = digits.lstrip(b"0")
    number = int(significant or b"0", base) if len(significant) <= _MOST_DIGITS else _LARGEST + 1
    if number > _LARGEST:
        raise ParseError(overflow)
    return number
