"""Cassettes of VCR.py, version 1, in YAML or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlunsplit

from ..http.connections import split_http_url
from ..http.encodings import ContentDecodingError, decompress_body, encode_text, from_base64
from ..http.exchange import Headers, RecordedRequest, RecordedResponse, first_header
from ..node.json import Json
from .branches import Branch
from .cassette import Entry, Selection

_VERSION: Final = 1


def read_vcr(document: Json, file: str, selection: Selection) -> Iterator[Entry]:
    """Yield the interactions of a VCR.py cassette that `selection` takes.

    Raises CassetteError with the place of what is broken.
    """
    top = Branch(document, file)
    if top.has("http_interactions"):
        raise top.part("http_interactions").refuse(
            "expected VCR.py's interactions, not those of Ruby's VCR: save them as HAR"
        )
    if top.whole("version", _VERSION) != _VERSION:
        raise top.part("version").refuse(f"expected version {_VERSION} of VCR.py's cassettes")
    for item in top.items("interactions"):
        request, response = item.object("request"), item.object("response")
        if selection.matches(request.text("uri")):
            yield _entry(item, request, response)


def _entry(item: Branch, request: Branch, response: Branch) -> Entry:
    uri, headers = request.text("uri"), _fields(request)
    parts = split_http_url(uri)
    if parts is None:
        raise request.part("uri").refuse(f"expected a whole URL, not {uri!r}")
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    posted = _content(request.part("body"), first_header(headers, "Content-Type"))
    return Entry(
        RecordedRequest(request.text("method").upper(), target, headers, posted),
        _answer(response),
        origin=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
        started=item.text("recorded_at", ""),
        place=f"{Path(item.file).name} {item.path}",
    )


def _answer(response: Branch) -> RecordedResponse:
    headers = _fields(response)
    if response.has("status_code"):  # as VCR.py wrote what httpx was answered
        status, content = response.whole("status_code"), response.part("content")
    else:
        status, content = response.object("status").whole("code"), response.part("body")
    try:
        body = decompress_body(headers, _content(content, first_header(headers, "Content-Type")))
    except ContentDecodingError as error:
        raise content.refuse(f"expected {error}") from error
    return RecordedResponse(status, headers, body)


def _fields(message: Branch) -> Headers:
    """Return the header fields; each name has a list of values, or one value."""
    if not message.has("headers"):
        return ()
    headers = message.object("headers").value
    return tuple(
        (str(name), _text(value))
        for name, values in headers.items()
        for value in (values if isinstance(values, list) else [values])
    )


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _content(body: Branch, kind: str | None) -> bytes:
    """Return a body: nothing, text, bytes, or an object that holds one of them."""
    value = body.value
    if isinstance(value, dict):
        if body.has("base64_string"):
            return _decoded(body)
        return _content(body.part("string"), kind)
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return encode_text(value, kind)
    raise body.refuse("expected text, bytes or nothing")


def _decoded(body: Branch) -> bytes:
    try:
        return from_base64(body.text("base64_string"))
    except ContentDecodingError as error:
        raise body.part("base64_string").refuse("expected base64") from error
