"""Request bodies as body-parser reads them: selected by type, decompressed, decoded and parsed."""

from __future__ import annotations

import re
import zlib
from typing import Final

from ..errors import BodyTooLarge, UnreadableBody
from .json import Json, parse_json

BODY_LIMIT: Final = 512_000
"""The size of the largest body that Tiledesk accepts, decompressed: 500 KB, in bytes."""

_JSON: Final = "application/json"
FORM_TYPE: Final = "application/x-www-form-urlencoded"
_UTF8: Final = "utf-8"

_MEDIA_TYPE: Final = re.compile(r" *([a-z0-9][a-z0-9!#$&^_-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}) *\Z")
HTTP_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 (a word of the grammar, not a secret)
"""A regular expression for HTTP's token, which the name of a header field is."""

_PARAMETER: Final = re.compile(
    rf'; *({HTTP_TOKEN}) *= *("(?:[ !\x23-\x5b\x5d-\x7e\x80-\xff]|\\[ -~])*"|{HTTP_TOKEN}) *'
)
_ESCAPE: Final = re.compile(r"\\(.)")
_NOT_ALPHANUMERIC: Final = re.compile(r":[0-9]{4}\Z|[^0-9a-z]")

_CODECS: Final = {"utf8": _UTF8, "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf7": "utf-7"}
GZIP: Final = zlib.MAX_WBITS + 16
"""The `wbits` with which zlib reads gzip."""

_WINDOWS: Final = {"deflate": zlib.MAX_WBITS, "gzip": GZIP}

_FIRST_PIECE: Final = 1024
"""Bytes of a member of gzip that are decompressed first; the next pieces are twice as long each."""


def parse_body(
    raw: bytes, content_type: str | None, content_encoding: str | None, limit: int = BODY_LIMIT
) -> Json:
    """Return the object or array that Tiledesk reads from a body; `{}` for an empty body or another type.

    The headers of an empty body are checked, too. As in Tiledesk's body-parser, the encodings are gzip and
    deflate. Raises BodyTooLarge for more than `limit` bytes before or after decompression, and UnreadableBody
    if the body is not what the headers say.
    """
    header = content_type or ""
    match = _MEDIA_TYPE.match(header.partition(";")[0].lower())
    parameters = _parameters(header)
    if match is None or parameters is None or match[1] not in (_JSON, FORM_TYPE):
        return {}
    is_json = match[1] == _JSON
    charset = parameters.get("charset", "").lower() or _UTF8
    if not (charset.startswith("utf-") if is_json else charset == _UTF8):
        raise UnreadableBody(f"its charset {charset!r} is not {'a form of UTF' if is_json else 'UTF-8'}")
    text = _decode(_decompress(raw, (content_encoding or "identity").lower(), limit), charset)
    if is_json:
        return _parse_json(text)
    # Imported late for the sake of start-up: most bodies are JSON.
    from .qs import parse_form

    return parse_form(text)


def _parameters(header: str) -> dict[str, str] | None:
    """Return the parameters of a Content-Type, or None if type-is cannot parse them."""
    position = header.find(";")
    parameters: dict[str, str] = {}
    while 0 <= position < len(header):
        match = _PARAMETER.match(header, position)
        if match is None:
            return None
        value = match[2]
        parameters[match[1].lower()] = _ESCAPE.sub(r"\1", value[1:-1]) if value[0] == '"' else value
        position = match.end()
    return parameters


def inflate(raw: bytes, window: int, limit: int) -> bytes:
    """Decompress zlib's data as Node does, in time that grows with their length.

    Data of gzip may have several members. What follows them is ignored if it begins with a zero, and what
    follows the data of another format always is.

    Args:
        raw: the compressed bytes.
        window: the `wbits` of the format, as in the module zlib.
        limit: bytes. At most one byte more is returned, so that a small body cannot fill the memory.

    Raises zlib.error if the data are damaged or end too early.
    """
    source, start, left = memoryview(raw), 0, limit + 1
    pieces: list[bytes] = []
    is_complete = False
    while left and not is_complete:
        decompressor, length = zlib.decompressobj(window), _FIRST_PIECE
        while left and not decompressor.eof:
            # Of one piece after the other: zlib copies all input that stands behind the end of a member.
            piece = source[start : start + length]
            if not piece:
                raise zlib.error("the data end too early")
            if data := decompressor.decompress(piece, left):
                pieces.append(data)
                left -= len(data)
            start += len(piece) - len(decompressor.unused_data)
            length *= 2
        is_complete = window != GZIP or not raw[start : start + 1].strip(b"\0")
    return b"".join(pieces)


def _decompress(raw: bytes, encoding: str, limit: int) -> bytes:
    if encoding == "identity":
        body = raw
    elif encoding in _WINDOWS:
        try:
            body = inflate(raw, _WINDOWS[encoding], limit)
        except zlib.error as error:
            raise UnreadableBody(f"it is not {encoding}, as its Content-Encoding says: {error}") from None
    else:
        raise UnreadableBody(f"its Content-Encoding {encoding!r} is neither gzip nor deflate")
    if len(body) > limit:
        raise BodyTooLarge(limit)
    return body


def _decode(body: bytes, charset: str) -> str:
    name = _NOT_ALPHANUMERIC.sub("", charset)
    codec = _utf16(body) if name == "utf16" else _CODECS.get(name)
    if codec is None:
        raise UnreadableBody(f"its charset {charset!r} is not known")
    if codec.startswith("utf-16"):
        text = body[: len(body) - len(body) % 2].decode(codec, "surrogatepass")
    else:
        text = body.decode(codec, "replace")
    return text.removeprefix("\ufeff")


def _utf16(body: bytes) -> str:
    """Return the codec by the byte order mark, or else by the position of the zeros of ASCII characters."""
    if body[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return "utf-16-be" if body[:2] == b"\xfe\xff" else "utf-16-le"
    sample = body[: min(len(body) - len(body) % 2, 64)]
    units = list(zip(sample[::2], sample[1::2], strict=True))
    big = sum(not first and bool(second) for first, second in units)
    little = sum(bool(first) and not second for first, second in units)
    return "utf-16-be" if big > little else "utf-16-le"


def _parse_json(text: str) -> Json:
    if not text:
        return {}
    if not text.lstrip(" \t\n\r").startswith(("{", "[")):
        raise UnreadableBody("it has to be a JSON object or array, which begins with { or [")
    try:
        return parse_json(text)
    except ValueError as error:
        raise UnreadableBody(f"it is not JSON: {error}") from None
