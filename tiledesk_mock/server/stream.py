"""The socket of a client, and the requests that are read from it."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator
from itertools import chain
from typing import IO, Any, Final

from msgspec import Struct

from ..http.stopwatch import stopwatch
from .head import Environ, RequestRejected, bad_request, ends_chunked, head_too_large, parse_head
from .syntax import (
    HEAD_LIMIT,
    field_size,
    head_fault,
    is_chunk_line_beginning,
    is_field,
    is_field_beginning,
    is_head_beginning,
    parse_chunk_line,
)

_CHUNK: Final = 64 * 1024
_BODY_IN_MEMORY: Final = 1024 * 1024
_LINE_END: Final = b"\r\n"
_BLANK_LINE: Final = b"\r\n\r\n"

_SEPARATORS: Final = 4
"""Bytes of a field that count for no limit: colon, blank, CR, LF."""

_SLACK: Final = 64
"""Bytes of a request line that count for no limit."""

_KEEP_ALIVE_BUFFER: Final = 1
"""Seconds that Node keeps a connection open beyond what it announces."""


class ClientDisconnected(Exception):
    """The client has closed the connection, or does not read what is sent."""


class ClientSocket:
    """The socket of a client. The server uses `receive` and `write`, an application what every socket has.

    An application that writes to it has taken the connection over, for a WebSocket or a fault in the middle
    of a response. The server then writes nothing more, and closes it when the application returns.

    It wraps a socket instead of being one: gevent and eventlet have sockets of another class.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket: Final = sock
        self.taken_over = False

    def __getattr__(self, name: str) -> Any:
        """Return what every socket has."""
        return getattr(self._socket, name)

    def send(self, *arguments: Any) -> int:
        """Write as the application, which takes the connection over."""
        self.taken_over = True
        return self._socket.send(*arguments)

    def sendall(self, *arguments: Any) -> None:
        """Write as the application, which takes the connection over."""
        self.taken_over = True
        self._socket.sendall(*arguments)

    def receive(self, timeout: float | None) -> bytes:
        """Return what the client sends next. Raises ClientDisconnected, or TimeoutError."""
        try:
            self._socket.settimeout(timeout)
            data = self._socket.recv(_CHUNK)
        except TimeoutError:
            raise
        except (OSError, EOFError):  # EOFError is eventlet's, of a socket that another greenlet has closed
            raise ClientDisconnected from None
        if not data:
            raise ClientDisconnected
        return data

    def write(self, data: bytes, timeout: float) -> None:
        """Write as the server, within `timeout` seconds. Raises ClientDisconnected."""
        try:
            self._socket.settimeout(timeout)
            self._socket.sendall(data)
        except OSError:
            raise ClientDisconnected from None


class Timeouts(Struct, frozen=True):
    """How many seconds a client has.

    Args:
        idle: until a request begins; None is without end.
        head: from the first byte of a request until its head is complete; Node's limit.
        request: from the first byte of a request until all of it is complete; Node's limit.
        response: to take what is sent at once.
        keep_alive: what the header Keep-Alive announces, in whole seconds; 0 sends no such header.
    """

    idle: float | None = 120.0
    head: float = 60.0
    request: float = 300.0
    response: float = 30.0
    keep_alive: int = 5

    @classmethod
    def from_keep_alive(cls, seconds: int | None) -> Timeouts:
        """Return the timeouts of a server that closes an idle connection as Node does with that setting.

        Node waits a second longer than it announces, and forever with 0. None announces Node's default, and
        waits much longer, so that no client loses a connection that it is about to use.
        """
        if seconds is None:
            return cls()
        return cls(idle=seconds + _KEEP_ALIVE_BUFFER if seconds else None, keep_alive=seconds)


class RequestReader:
    """Reads the requests of one client, which may send several in advance."""

    def __init__(self, sock: ClientSocket, timeouts: Timeouts) -> None:
        self._socket: Final = sock
        self._timeouts: Final = timeouts
        self._buffer = b""
        self._start = 0  # of the unread part of the buffer, which is not copied for each small chunk
        self._began = 0.0

    def read_head(self) -> bytes:
        """Return the head of the next request, without its blank line.

        Raises ClientDisconnected or TimeoutError if there is none, and RequestRejected.
        """
        self._began = 0.0
        self._drop_read()
        while (end := self._skip_empty_lines().find(_BLANK_LINE)) < 0:
            if not self._buffer:
                self._receive(self._timeouts.idle)
                continue
            self._check_beginning()
            self._receive_before(self._timeouts.head, "head")
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        return head

    def read_body(self, environ: Environ) -> tuple[IO[bytes], Iterator[bytes]]:
        """Return the body as a file, and an iterator over the part of it that has not been read.

        A body of up to a megabyte is read at once, so that no application waits for a slow client. A longer
        one is received while the application reads it.
        """
        if "CONTENT_LENGTH" not in environ and "HTTP_TRANSFER_ENCODING" not in environ:
            return io.BytesIO(), iter(())
        parts = self._body(environ)
        beginning, size = [], 0
        for part in parts:
            beginning.append(part)
            size += len(part)
            if size >= _BODY_IN_MEMORY:
                return io.BufferedReader(_BodyFile(chain(beginning, parts))), parts
        return io.BytesIO(b"".join(beginning)), parts

    def unread_body(self, environ: Environ) -> tuple[IO[bytes], Iterator[bytes]]:
        """Return the body as `read_body` does, and read nothing of it yet."""
        parts = self._body(environ)
        return io.BufferedReader(_BodyFile(parts)), parts

    def behind_head(self) -> bytes:
        """Return what has come behind the head that was read last."""
        return self._buffer[self._start :]

    def check_next(self, *, keep_alive: bool) -> None:
        """Reject a request if what follows it is no request, or if anything follows without `keep_alive`.

        Node reads what follows first, and then does not respond to the request.
        """
        self._drop_read()
        if not self._buffer or not self._skip_empty_lines():
            return
        if not keep_alive:
            raise bad_request("more came behind a request that ends the connection")
        head, end, _ = self._buffer.partition(_BLANK_LINE)
        if end:
            parse_head(head)
        else:
            self._check_beginning()

    def _body(self, environ: Environ) -> Iterator[bytes]:
        length, coding = environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING")
        if length is not None:
            yield from self._take(int(length.lstrip("0") or "0"))
        elif coding is not None:
            if not ends_chunked(coding):
                raise bad_request("chunked is not the last transfer coding")
            yield from self._chunked_body()

    def _take(self, length: int) -> Iterator[bytes]:
        while length:
            if self._start == len(self._buffer):
                self._wait_for_body()
            part = self._buffer[self._start : self._start + length]
            self._start += len(part)
            length -= len(part)
            yield part

    def _chunked_body(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            yield from self._take(size)
            self._end_chunk()
        size = 0
        while line := self._line(is_field_beginning):  # trailers are ignored
            size += field_size(line)
            if size >= HEAD_LIMIT:
                raise head_too_large()
            if not is_field(line):
                raise bad_request("a field of the trailer is malformed, or says where the body ends")

    def _chunk_size(self) -> int:
        parsed = parse_chunk_line(self._line(is_chunk_line_beginning))
        if parsed is None:
            raise bad_request("the line before a chunk is malformed")
        size, extensions = parsed
        if len(extensions) - extensions.count(b";") - extensions.count(b"=") > HEAD_LIMIT:
            raise RequestRejected("413 Payload Too Large", f"extensions have more than {HEAD_LIMIT} bytes")
        return size

    def _end_chunk(self) -> None:
        while len(self._buffer) - self._start < len(_LINE_END):
            if not _LINE_END.startswith(self._buffer[self._start :]):
                break
            self._wait_for_body()
        if not self._buffer.startswith(_LINE_END, self._start):
            raise bad_request("a chunk is longer than it says")
        self._start += len(_LINE_END)

    def _line(self, can_become_line: Callable[[bytes], bool]) -> bytes:
        """Return the next line of a chunked body, without its end."""
        while (end := self._buffer.find(_LINE_END, self._start)) < 0:
            self._drop_read()
            if len(self._buffer) > 2 * HEAD_LIMIT:
                raise head_too_large()
            if not can_become_line(self._buffer):
                raise bad_request("a line of a chunked body is malformed")
            self._wait_for_body()
        line, self._start = self._buffer[self._start : end], end + len(_LINE_END)
        return line

    def _drop_read(self) -> None:
        """Remove from the buffer what was read of the body."""
        self._buffer, self._start = self._buffer[self._start :], 0

    def _skip_empty_lines(self) -> bytes:
        """Return the buffer without leading empty lines, which some clients send after a body."""
        self._buffer = self._buffer.lstrip(_LINE_END)
        return self._buffer

    def _check_beginning(self) -> None:
        """Reject at once what cannot become a request, such as TLS, whose client would wait."""
        size = len(self._buffer)
        separators = _SEPARATORS * self._buffer.count(b"\n") if size > HEAD_LIMIT else 0
        if size > _SEPARATORS * HEAD_LIMIT or size - separators > HEAD_LIMIT + _SLACK:
            raise head_too_large()
        if not is_head_beginning(self._buffer):
            raise bad_request(head_fault(self._buffer))

    def _wait_for_body(self) -> None:
        self._drop_read()
        self._receive_before(self._timeouts.request, "body")

    def _receive_before(self, limit: float, part: str) -> None:
        """Receive more of a request, within `limit` seconds since it began."""
        now = stopwatch()
        self._began = self._began or now
        try:
            self._receive(max(self._began + limit - now, 0.001))
        except TimeoutError:
            reason = f"the {part} of the request did not arrive within {limit:g} seconds"
            raise RequestRejected("408 Request Timeout", reason) from None
        except ClientDisconnected:
            raise RequestRejected("400 Bad Request", "") from None

    def _receive(self, timeout: float | None) -> None:
        data = self._socket.receive(timeout)
        self._buffer = self._buffer + data if self._buffer else data


class _BodyFile(io.RawIOBase):
    """A readable file made of the parts of a body."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts: Final = parts
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]  # a buffer, says typeshed
        data = self._rest or next(self._parts, b"")
        count = min(len(data), len(target))
        target[:count], self._rest = data[:count], data[count:]
        return count
