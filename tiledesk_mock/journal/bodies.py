"""Bodies without their secrets."""

from __future__ import annotations

import json

from ..http.encodings import ContentDecodingError, decompress_body, possible_texts
from ..http.exchange import Headers, RecordedRequest, first_header
from ..node.body_parser import FORM_TYPE
from ..node.json import MAX_DEPTH, Json, json_depth, load_json
from ..redaction.masking import masked_form, masked_json, masked_text


def shown_body(request: RecordedRequest) -> tuple[str | bytes, bool]:
    """Return the body of a request without secrets: bytes if it is not UTF-8.

    It is as it was sent, unless it is compressed and has secrets; then the second value is true.
    """
    body, is_plain = request.body, False
    if request.header("Content-Encoding"):
        plain = plain_body(request.headers, body)
        is_plain = _without_secrets(request.headers, plain) != plain
        body = plain if is_plain else body
    shown = _without_secrets(request.headers, body)
    try:
        return shown.decode(), is_plain
    except ValueError:
        return shown, is_plain


def _without_secrets(headers: Headers, body: bytes) -> bytes:
    try:
        body.decode()
    except ValueError:
        return masked_bytes(headers, body)
    return text_of(headers, body).encode("utf-8", "surrogatepass")


def plain_body(headers: Headers, body: bytes) -> bytes:
    """Return a body decompressed; an empty one if that fails."""
    try:
        return decompress_body(headers, body)
    except ContentDecodingError:
        return b""


def masked_bytes(headers: Headers, body: bytes) -> bytes:
    """Return a body that is not UTF-8 with the secrets masked that are in its text."""
    for text, charset in possible_texts(body, first_header(headers, "Content-Type")):
        masked = masked_text(text)
        if masked != text:
            return masked.encode(charset, "backslashreplace")
    return body


def text_of(headers: Headers, body: bytes) -> str:
    """Return a body as text with its secrets masked."""
    value = json_of(body)
    if value is not None:
        masked = masked_json(value)
        return (
            body.decode("utf-8", "backslashreplace")
            if masked == value
            else json.dumps(masked, ensure_ascii=False)
        )
    text = body.decode("utf-8", "backslashreplace")
    is_form = (first_header(headers, "Content-Type") or "").startswith(FORM_TYPE)
    if is_form:
        return masked_form(text)
    return masked_text(text)


def json_of(body: bytes) -> Json:
    """Return a body as JSON; None if it is not JSON, or is nested too deeply to be handled here."""
    try:
        value = load_json(body, constants=False)
    except (ValueError, RecursionError):
        return None
    return value if json_depth(value) <= MAX_DEPTH else None
