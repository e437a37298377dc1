"""Bodies as they travel and as cassettes keep them: compression, character sets, base64."""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import zlib
from dataclasses import replace
from typing import Final

from ..domain.exchange import Fields, RecordedAnswer, first_field

_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


_COMPRESSION: Final = frozenset({"content-encoding", "content-length"})


class UnreadableContent(ValueError):
    """A body that is not what it is said to be."""


def inflated(headers: Fields, body: bytes) -> bytes:
    """Return a body without its content encoding; one that is plain already stays as it is.

    Raises UnreadableContent for compressed data that is broken or of an unknown kind.
    """
    words = (first_field(headers, "Content-Encoding") or "").lower().replace(" ", "").split(",")
    for encoding in reversed(words):
        body = _without(encoding, body)
    return body


def plain(answer: RecordedAnswer) -> RecordedAnswer:
    """Return an answer without its content encoding; one that cannot be decoded stays as it is."""
    if first_field(answer.headers, "Content-Encoding") is None:
        return answer
    try:
        body = inflated(answer.headers, answer.body)
    except UnreadableContent:
        return answer
    kept: Fields = tuple(field for field in answer.headers if field[0].lower() not in _COMPRESSION)
    return replace(answer, headers=(*kept, ("Content-Length", str(len(body)))), body=body)


def _without(encoding: str, body: bytes) -> bytes:
    try:
        if encoding in ("gzip", "x-gzip") and body[:2] == b"\x1f\x8b":
            return gzip.decompress(body)
        if encoding == "deflate" and body and not _is_text(body):
            return _raw_deflate(body)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableContent(f"a body in {encoding}, not one that breaks off or is damaged") from error
    if encoding in ("br", "zstd", "compress") and not _is_text(body):
        raise UnreadableContent(f"a decoded body; {encoding} cannot be decoded here")
    return body


def _raw_deflate(body: bytes) -> bytes:
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)


def _is_text(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def encoded(text: str, content_type: str | None) -> bytes:
    """Return text as the bytes that its Content-Type announces, UTF-8 where it announces none."""
    match = _CHARSET.search(content_type or "")
    try:
        return text.encode(match[1] if match else "utf-8")
    except (LookupError, UnicodeEncodeError):
        return text.encode("utf-8", "replace")


def decoded(body: bytes, content_type: str | None) -> str | None:
    """Return bytes as the text from which `encoded` makes them again; None if there is none."""
    match = _CHARSET.search(content_type or "")
    for charset in (match[1] if match else "utf-8", "utf-8"):
        try:
            text = body.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
        if encoded(text, content_type) == body:
            return text
    return None


def from_base64(text: str) -> bytes:
    """Return what base64 stands for; raise UnreadableContent for what is none."""
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError) as error:
        raise UnreadableContent("base64") from error


def to_base64(body: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(body).decode()
