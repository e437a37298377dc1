"""Cassettes of VCR.py, version 1, in YAML or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from msgspec import UNSET, Struct

from ..http.encodings import ContentDecodingError, decompress_body, encode_text, from_base64
from ..http.exchange import Headers, RecordedRequest, RecordedResponse, first_header
from ..node.convert import ConversionError, convert, excerpt
from ..node.json import Json
from .cassette import Entry, Selection, located, origin_and_target, within_limit

_VERSION: Final = 1


class _Status(Struct):
    code: int


class _Request(Struct):
    method: str
    uri: str
    headers: dict[str, Any] | None = None
    body: Any = None


class _Response(Struct):
    headers: dict[str, Any] | None = None
    status: _Status | None = None
    body: Any = None
    status_code: int | None = None  # as older versions wrote responses to httpx, with `content`
    content: Any = None


class _Interaction(Struct):
    request: _Request
    response: _Response
    recorded_at: str | None = None


class _Cassette(Struct):
    interactions: list[Json] = []
    version: int | None = None
    http_interactions: Json = UNSET

    def __post_init__(self) -> None:
        if self.http_interactions is not UNSET:
            raise ValueError("expected VCR.py's interactions, not those of Ruby's VCR: save them as HAR")


def read_vcr(document: Json, file: str, selection: Selection) -> Iterator[Entry]:
    """Yield the interactions of a VCR.py cassette that `selection` matches.

    Raises CassetteError.
    """
    with located(file):
        cassette = convert(document, _Cassette)
        if (cassette.version or _VERSION) != _VERSION:
            raise ConversionError("version", f"expected version {_VERSION} of VCR.py's cassettes")
    yield from within_limit(_entries(cassette, file, selection), file)


def _entries(cassette: _Cassette, file: str, selection: Selection) -> Iterator[Entry]:
    for index, item in enumerate(cassette.interactions):
        path = f"interactions[{index}]"
        with located(file, path):
            if selection.excludes(item, "uri"):
                continue
            entry = _entry(convert(item, _Interaction), f"{Path(file).name} {path}")
        yield entry


def _entry(interaction: _Interaction, location: str) -> Entry:
    request = interaction.request
    origin, target = origin_and_target(request.uri, "request.uri")
    headers = _headers(request.headers)
    body = _bytes(request.body, first_header(headers, "Content-Type"), "request.body")
    return Entry(
        RecordedRequest(request.method.upper(), target, headers, body),
        _response(interaction.response),
        origin=origin,
        started=interaction.recorded_at or "",
        location=location,
    )


def _response(response: _Response) -> RecordedResponse:
    headers = _headers(response.headers)
    if response.status_code is not None:
        status, content, path = response.status_code, response.content, "response.content"
    elif response.status is not None:
        status, content, path = response.status.code, response.body, "response.body"
    else:
        raise ConversionError("response.status", "missing; expected an object")
    try:
        body = decompress_body(headers, _bytes(content, first_header(headers, "Content-Type"), path))
    except ContentDecodingError as error:
        raise ConversionError(path, f"expected {error}") from error
    return RecordedResponse(status, headers, body)


def _headers(headers: dict[str, Any] | None) -> Headers:
    """Return the headers; each name has a list of values, or one value."""
    return tuple(
        (name, value.decode("latin-1") if isinstance(value, bytes) else str(value))
        for name, values in (headers or {}).items()
        for value in (values if isinstance(values, list) else [values])
    )


def _bytes(body: Any, content_type: str | None, path: str) -> bytes:
    """Return a body: null, text, bytes, or an object that contains one of them."""
    if isinstance(body, dict):
        if body.get("base64_string") is not None:
            return _decoded(body["base64_string"], f"{path}.base64_string")
        return _bytes(body.get("string"), content_type, f"{path}.string")
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return encode_text(body, content_type)
    raise ConversionError(path, f"expected text, bytes or nothing, not {excerpt(body)}")


def _decoded(text: Any, path: str) -> bytes:
    try:
        return from_base64(convert(text, str))
    except ValueError as error:
        raise ConversionError(path, "expected base64") from error
