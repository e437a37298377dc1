"""How bodies are encoded: compression, character sets, base64; and their ETags."""

from __future__ import annotations

import base64
import binascii
import codecs
import hashlib
import json
import re
import zlib
from dataclasses import replace
from typing import Final, TypeVar

from ..errors import ApiError
from ..node.body_parser import GZIP, inflate, parse_body
from ..node.json import Json
from ..node.json_text import is_json
from .exchange import Headers, RecordedRequest, RecordedResponse, first_header

Message = TypeVar("Message", RecordedRequest, RecordedResponse)

_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_COMPRESSION: Final = frozenset({"content-encoding", "content-length"})

UNPACKED_LIMIT: Final = 32 * 1024 * 1024
"""Bytes of a decompressed body. Tiledesk's longest response, a page of 40 events, has 20 million."""

_MOST_ENCODINGS: Final = 4
"""Content encodings of one body; more than one is unusual."""


class ContentDecodingError(ValueError):
    """A body that is not encoded as announced; the message is what was expected."""


class UnpackedTooLong(ContentDecodingError):
    """A body that is longer than `UNPACKED_LIMIT` when it is decompressed."""


def decompress_body(headers: Headers, body: bytes) -> bytes:
    """Return a body without its content encoding; a body that is not compressed is returned as it is.

    Raises ContentDecodingError for compressed data that is damaged or in an unsupported encoding, and
    UnpackedTooLong.
    """
    encodings = (first_header(headers, "Content-Encoding") or "").lower().replace(" ", "").split(",")
    if len(encodings) > _MOST_ENCODINGS:
        raise ContentDecodingError(f"at most {_MOST_ENCODINGS} content encodings, not {len(encodings)}")
    for encoding in reversed(encodings):
        body = _decompress(encoding, body)
    return body


def decompressed(message: Message) -> Message:
    """Return a request or response without its content encoding, or as it is if it cannot be decoded.

    A body that is longer than `UNPACKED_LIMIT` is left out.
    """
    if first_header(message.headers, "Content-Encoding") is None:
        return message
    try:
        body = decompress_body(message.headers, message.body)
    except UnpackedTooLong:
        body = b""
    except ContentDecodingError:
        return message
    kept: Headers = tuple(field for field in message.headers if field[0].lower() not in _COMPRESSION)
    return replace(message, headers=(*kept, ("Content-Length", str(len(body)))), body=body)


def _decompress(encoding: str, body: bytes) -> bytes:
    try:
        if encoding in ("gzip", "x-gzip") and body[:2] == b"\x1f\x8b":
            return _within_limit(inflate(body, GZIP, UNPACKED_LIMIT))
        if encoding == "deflate" and body and _text(body, "utf-8") is None:
            return _within_limit(_inflate(body))
    except zlib.error as error:
        raise ContentDecodingError(f"a body in {encoding}, not one that breaks off or is damaged") from error
    if encoding in ("br", "zstd", "compress") and _text(body, "utf-8") is None:
        raise ContentDecodingError(f"a decoded body; {encoding} cannot be decoded here")
    return body


def _inflate(body: bytes) -> bytes:
    try:
        return inflate(body, zlib.MAX_WBITS, UNPACKED_LIMIT)
    except zlib.error:
        return inflate(body, -zlib.MAX_WBITS, UNPACKED_LIMIT)


def _within_limit(body: bytes) -> bytes:
    if len(body) > UNPACKED_LIMIT:
        raise UnpackedTooLong(f"a body of at most {UNPACKED_LIMIT:,} bytes when it is decompressed")
    return body


def possible_texts(body: bytes, content_type: str | None) -> list[tuple[str, str]]:
    """Return the texts that bytes may stand for, the likeliest first, each with its character set.

    The announced character set may be wrong; a text that is JSON is the likeliest.
    """
    guess = json.detect_encoding(body) if b"\0" in body or body.startswith(codecs.BOM_UTF8) else "utf-8"
    names = dict.fromkeys((guess, _charset(content_type), "utf-8", "latin-1"))
    texts: dict[str, str] = {}
    for name in names:
        text = _text(body, name)
        if text is not None:
            texts.setdefault(text, name)
    if len(texts) == 1:
        return [*texts.items()]
    return sorted(texts.items(), key=lambda found: not is_json(found[0]))


def _charset(content_type: str | None) -> str:
    """Return the announced character set in lower case, by default UTF-8."""
    match = _CHARSET.search(content_type or "")
    return match[1].lower() if match else "utf-8"


def _text(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(charset)
    except (LookupError, UnicodeError):
        return None


def encode_text(text: str, content_type: str | None) -> bytes:
    """Return text in the character set of its Content-Type, by default UTF-8."""
    try:
        return text.encode(_charset(content_type))
    except (LookupError, UnicodeEncodeError):
        return text.encode("utf-8", "replace")


def decode_text(body: bytes, content_type: str | None) -> str | None:
    """Return the text that `encode_text` encodes to these bytes, or None without such a text."""
    for charset in (_charset(content_type), "utf-8"):
        text = _text(body, charset)
        if text is not None and encode_text(text, content_type) == body:
            return text
    return None


def from_base64(text: str) -> bytes:
    """Decode base64; raise ContentDecodingError if the text is not base64."""
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError) as error:
        raise ContentDecodingError("base64") from error


def parsed_body(request: RecordedRequest) -> Json:
    """Return the body of a request as Tiledesk parses it, or `{}` if Tiledesk refuses it."""
    try:
        return parse_body(request.body, request.header("Content-Type"), request.header("Content-Encoding"))
    except ApiError:
        return {}


def weak_etag(body: bytes) -> str:
    """Return the weak ETag of Express: the length of a body in hex, and 27 characters of its SHA-1."""
    digest = hashlib.sha1(body, usedforsecurity=False).digest()
    return f'W/"{len(body):x}-{base64.b64encode(digest).decode()[:27]}"'
