"""Request bodies as body-parser reads them: which are read at all, unpacked, decoded, parsed."""

from __future__ import annotations

import re
import zlib
from typing import Final

from ..errors import BodyTooLarge, UnreadableBody
from .json import Json, parse_json

BODY_LIMIT: Final = 512_000
"""Bytes that a body may have, unpacked; Tiledesk's 500 KB."""

_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_UTF8: Final = "utf-8"

_MEDIA_TYPE: Final = re.compile(r" *([a-z0-9][a-z0-9!#$&^_-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}) *\Z")
HTTP_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 (a grammar's word, not a secret)
"""HTTP's token, as an expression: the name of a header field is one."""

_PARAMETER: Final = re.compile(
    rf'; *({HTTP_TOKEN}) *= *("(?:[ !\x23-\x5b\x5d-\x7e\x80-\xff]|\\[ -~])*"|{HTTP_TOKEN}) *'
)
_ESCAPED: Final = re.compile(r"\\(.)")
_NOT_ALPHANUMERIC: Final = re.compile(r":[0-9]{4}\Z|[^0-9a-z]")

_CODECS: Final = {"utf8": _UTF8, "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf7": "utf-7"}
_ZLIB, _GZIP = zlib.MAX_WBITS, zlib.MAX_WBITS + 16
_WINDOWS: Final = {"deflate": _ZLIB, "gzip": _GZIP}

_ASCII_SAMPLE: Final = 64
_JSON_SPACE: Final = " \t\n\r"


def parse_body(
    raw: bytes, content_type: str | None, content_encoding: str | None, limit: int = BODY_LIMIT
) -> Json:
    """Return the body as the object or array that Tiledesk sees; `{}` where it is empty or of another type.

    An empty one is read as well, if its length was told: what its headers say may be refused.

    `limit` bytes are allowed, before and after unpacking (gzip and deflate; brotli is not known to Tiledesk's
    body-parser either). Raises BodyTooLarge, and UnreadableBody for whatever is not what the headers say.
    """
    kind = _media_type(content_type or "")
    if kind not in (_JSON, _FORM):
        return {}
    charset = _charset(content_type or "") or _UTF8
    if not (charset.startswith("utf-") if kind == _JSON else charset == _UTF8):
        raise UnreadableBody
    text = _decoded(_unpacked(raw, (content_encoding or "identity").lower(), limit), charset)
    return _parsed_json(text) if kind == _JSON else _parsed_form(text)


def _media_type(header: str) -> str | None:
    """Return the type in lower case; None for a header that type-is cannot read, parameters included."""
    match = _MEDIA_TYPE.match(header.partition(";")[0].lower())
    return match[1] if match and _parameters(header) is not None else None


def _charset(header: str) -> str:
    return (_parameters(header) or {}).get("charset", "").lower()


def _parameters(header: str) -> dict[str, str] | None:
    """Return the parameters of a Content-Type, None if they are not well formed."""
    position = header.find(";")
    parameters: dict[str, str] = {}
    while 0 <= position < len(header):
        match = _PARAMETER.match(header, position)
        if match is None:
            return None
        parameters[match[1].lower()] = _unquoted(match[2])
        position = match.end()
    return parameters


def _unquoted(value: str) -> str:
    return _ESCAPED.sub(r"\1", value[1:-1]) if value.startswith('"') else value


def _unpacked(raw: bytes, encoding: str, limit: int) -> bytes:
    if encoding == "identity":
        body = raw
    elif encoding in _WINDOWS:
        body = _inflated(raw, _WINDOWS[encoding], limit)
    else:
        raise UnreadableBody
    if len(body) > limit:
        raise BodyTooLarge(limit)
    return body


def _inflated(raw: bytes, window: int, limit: int) -> bytes:
    """Unpack no more than one byte over the limit, so that a small body cannot fill the memory."""
    if not raw:
        raise UnreadableBody
    body = b""
    while raw and len(body) <= limit:
        packed = zlib.decompressobj(window)
        try:
            body += packed.decompress(raw, limit + 1 - len(body))
        except zlib.error:
            raise UnreadableBody from None
        if not packed.eof and len(body) <= limit:
            raise UnreadableBody
        raw = _next_member(packed.unused_data, window)
    return body


def _next_member(rest: bytes, window: int) -> bytes:
    """Return what is still to unpack: gzip may have several members, and padding of zeros behind."""
    return b"" if window != _GZIP or rest.startswith(b"\0") else rest


def _decoded(body: bytes, charset: str) -> str:
    name = _NOT_ALPHANUMERIC.sub("", charset)
    codec = _utf16(body) if name == "utf16" else _CODECS.get(name)
    if codec is None:
        raise UnreadableBody
    if codec.startswith("utf-16"):
        text = body[: len(body) - len(body) % 2].decode(codec, "surrogatepass")
    else:
        text = body.decode(codec, "replace")
    return text.removeprefix("\ufeff")


def _utf16(body: bytes) -> str:
    """Tell the byte order by the mark, or else by where the zeros of ASCII characters are."""
    if body[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return "utf-16-be" if body[:2] == b"\xfe\xff" else "utf-16-le"
    sample = body[: min(len(body) - len(body) % 2, _ASCII_SAMPLE)]
    units = list(zip(sample[::2], sample[1::2], strict=True))
    big = sum(not first and bool(second) for first, second in units)
    little = sum(bool(first) and not second for first, second in units)
    return "utf-16-be" if big > little else "utf-16-le"


def _parsed_form(text: str) -> Json:
    # Here and not above: most bodies are JSON, and none of them shall wait for qs's rules.
    from .qs import parse_form

    return parse_form(text)


def _parsed_json(text: str) -> Json:
    if not text:
        return {}
    if not text.lstrip(_JSON_SPACE).startswith(("{", "[")):
        raise UnreadableBody
    try:
        return parse_json(text)
    except ValueError:
        raise UnreadableBody from None
