"""HAR 1.2 written, so that it opens wherever HARs do."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Final
from urllib.parse import parse_qsl

from ..http.encodings import decode_text, to_base64
from ..http.exchange import Headers, RecordedRequest, RecordedResponse, first_header
from ..tiledesk.wire import Document
from .cassette import Entry
from .har import SENDER

CREATOR: Final = "tiledesk-mock"

_UNKNOWN: Final = -1
"""What HAR writes for a size that is not known."""

_COOKIE_TIMES: Final = {"expires", "path", "domain"}


def har_document(entries: Iterable[Entry]) -> Document:
    """Return a HAR of the entries."""
    creator = {"name": CREATOR, "version": _version()}
    return {"log": {"version": "1.2", "creator": creator, "entries": [_entry(entry) for entry in entries]}}


def _entry(entry: Entry) -> Document:
    time = round(entry.milliseconds, 3)
    document: Document = {
        "startedDateTime": entry.started or "1970-01-01T00:00:00.000Z",
        "time": time,
        "request": _request(entry),
        "response": _response(entry.response),
        "cache": {},
        "timings": {"send": 0, "wait": time, "receive": 0},
    }
    return {**document, SENDER: dict(entry.sender)} if entry.sender else document


def _request(entry: Entry) -> Document:
    request = entry.request
    document: Document = {
        "method": request.method,
        "url": entry.url,
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(request),
        "headers": _pairs(request.headers),
        "queryString": _pairs(parse_qsl(request.query, keep_blank_values=True)),
        "headersSize": _UNKNOWN,
        "bodySize": len(request.body),
    }
    if request.body:
        kind = first_header(request.headers, "Content-Type") or ""
        text = decode_text(request.body, kind)
        data = {"text": to_base64(request.body), "_encoding": "base64"} if text is None else {"text": text}
        document["postData"] = {"mimeType": kind, **data}
    return document


def _response(answer: RecordedResponse) -> Document:
    return {
        "status": answer.status,
        "statusText": _phrase(answer.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [_set_cookie(value) for name, value in answer.headers if name.lower() == "set-cookie"],
        "headers": _pairs(answer.headers),
        "content": _content(answer),
        "redirectURL": answer.header("Location") or "",
        "headersSize": _UNKNOWN,
        "bodySize": len(answer.body),
    }


def _content(answer: RecordedResponse) -> Document:
    kind = answer.header("Content-Type") or ""
    document: Document = {"size": len(answer.body), "mimeType": kind or "x-unknown"}
    if not answer.body:
        return {**document, "text": ""}
    text = decode_text(answer.body, kind)
    if text is None:
        return {**document, "text": to_base64(answer.body), "encoding": "base64"}
    return {**document, "text": text}


def _pairs(fields: Iterable[tuple[str, str]] | Headers) -> list[Document]:
    return [{"name": name, "value": value} for name, value in fields]


def _cookies(request: RecordedRequest) -> list[Document]:
    given = (part.strip().partition("=") for part in (request.header("Cookie") or "").split(";"))
    return [{"name": name, "value": value} for name, _, value in given if name]


def _set_cookie(text: str) -> Document:
    first, *attributes = (part.strip() for part in text.split(";"))
    name, _, value = first.partition("=")
    words = {key.lower(): told for key, _, told in (part.partition("=") for part in attributes)}
    cookie: Document = {"name": name, "value": value}
    cookie.update((key, told) for key, told in words.items() if key in _COOKIE_TIMES)
    return {**cookie, "httpOnly": "httponly" in words, "secure": "secure" in words}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _version() -> str:
    try:
        return version("tiledesk-mock")
    except PackageNotFoundError:
        return "0"
