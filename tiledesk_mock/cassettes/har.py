"""HAR 1.2 read, whoever wrote it: browsers, Playwright, mitmproxy, Insomnia, this package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlunsplit

from ..http.connections import split_http_url
from ..http.encodings import (
    ContentDecodingError,
    decode_text,
    decompress_body,
    encode_text,
    from_base64,
    to_base64,
)
from ..http.exchange import Headers, RecordedRequest, RecordedResponse, first_header
from ..node.json import Json
from ..tiledesk.wire import Document
from .branches import Branch
from .cassette import Entry, Selection, recorded_time

SENDER: Final = "_sender"
"""The own field of an entry that tells who sent the request, after its token was redacted."""

_PAGE_PARTS: Final = frozenset(
    {"document", "stylesheet", "image", "media", "font", "script", "texttrack", "manifest", "websocket"}
)
"""What `_resourceType` calls the parts of a page and not the calls that its scripts make."""

_STATIC: Final = (".css", ".gif", ".ico", ".jpg", ".js", ".map", ".mjs", ".png", ".svg", ".woff", ".woff2")

_OTHER_SCHEME: Final = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
"""How addresses of no HTTP server begin: `data:`, `blob:`, `chrome-extension:`."""


def read_har(document: Json, file: str, selection: Selection) -> Iterator[Entry]:
    """Yield the entries of a HAR that `selection` takes and that were answered.

    Parts of a web page (scripts, images, ...) are passed over, what was no HTTP, and what a browser gave up.
    Raises CassetteError with the place of what is broken.
    """
    found = list(_entries(Branch(document, file), selection))
    starts = [recorded_time(entry.started) for entry in found]
    if None in starts:
        yield from found
        return
    # Writers need not keep the order, says HAR: readers are to sort.
    yield from (found[index] for index in sorted(range(len(found)), key=starts.__getitem__))  # type: ignore[arg-type]


def _entries(document: Branch, selection: Selection) -> Iterator[Entry]:
    for item in document.object("log").items("entries"):
        request, response = item.object("request"), item.object("response")
        url = request.text("url")
        if selection.matches(url) and not _is_aside(item, url, response.whole("status")):
            yield _entry(item, request, response)


def _is_aside(item: Branch, url: str, status: int) -> bool:
    """Tell whether an entry is none of a client's calls: unanswered, a WebSocket, a part of a page."""
    if status < 200 or _OTHER_SCHEME.match(url):
        return True
    method, kind = item.object("request").text("method"), item.part("_resourceType").value
    mime = str(item.object("response").part("content").part("mimeType").value)
    address = split_http_url(url)
    is_part = kind in _PAGE_PARTS or (address is not None and address.path.lower().endswith(_STATIC))
    return method == "GET" and is_part and "json" not in mime


def _entry(item: Branch, request: Branch, response: Branch) -> Entry:
    origin, target = _address(request)
    sender = item.part(SENDER).value
    return Entry(
        RecordedRequest(request.text("method").upper(), target, _fields(request), _posted(request)),
        _answer(response),
        origin=origin,
        started=item.text("startedDateTime", ""),
        milliseconds=max(item.number("time", 0.0), 0.0),
        place=f"{Path(item.file).name} {item.path}",
        sender=sender if isinstance(sender, dict) else {},
    )


def _address(request: Branch) -> tuple[str, str]:
    """Return origin and target of a request; a query that stands beside the URL only is put into it."""
    url = request.text("url")
    parts = split_http_url(url)
    if parts is None:
        raise request.part("url").refuse(f"expected a whole URL, not {url!r}")
    query = parts.query
    if not query and request.has("queryString"):
        pairs = [(pair.text("name"), pair.text("value", "")) for pair in request.items("queryString")]
        query = urlencode(pairs)
    target = urlunsplit(("", "", parts.path or "/", query, ""))
    host = parts.netloc.rpartition("@")[2]
    # A path that begins with two slashes would be written like a host.
    return f"{parts.scheme}://{host}", target if target.startswith("/") else f"/{target}"


def _fields(message: Branch) -> Headers:
    """Return the header fields, without HTTP/2's own; Chromium writes several of a name with line breaks."""
    return tuple(
        (name, value)
        for field in message.items("headers", optional=True)
        for name in [field.text("name")]
        if not name.startswith(":")
        for value in field.text("value", "").split("\n")
    )


def _posted(request: Branch) -> bytes:
    if not request.has("postData"):
        return b""
    data = request.object("postData")
    kind = data.text("mimeType", "") or first_header(_fields(request), "Content-Type")
    if not data.has("text") and data.has("params"):
        pairs = [(pair.text("name"), pair.text("value", "")) for pair in data.items("params")]
        return urlencode(pairs).encode()
    return _content(data, kind)


def _answer(response: Branch) -> RecordedResponse:
    headers, content = _fields(response), response.part("content")
    status = response.whole("status")
    kind = first_header(headers, "Content-Type") or content.text("mimeType", "")
    if content.value is None:
        return RecordedResponse(status, headers)
    if not content.has("text") and not content.has("_file") and content.number("size", 0) > 0:
        raise content.part("text").refuse(
            "expected the content: save the HAR with content, or take the entries of Tiledesk's host only"
        )
    try:
        body = decompress_body(headers, _content(content, kind))
    except ContentDecodingError as error:
        raise content.part("text").refuse(f"expected {error}") from error
    # A browser writes what its cache held beside a 304: for who has no cache, that is the answer.
    return RecordedResponse(200 if status == 304 and body else status, headers, body)


def _content(data: Branch, kind: str | None) -> bytes:
    """Return a body: text, base64, or a file beside the HAR."""
    if not data.part("text").value and data.has("_file"):
        return _attached(data)
    text = data.text("text", "")
    if "base64" not in (data.part("encoding").value, data.part("_encoding").value):
        return encode_text(text, kind)
    try:
        return from_base64(text)
    except ContentDecodingError as error:
        raise data.part("text").refuse("expected base64") from error


def _attached(data: Branch) -> bytes:
    name = data.text("_file")
    path = Path(data.file).parent / name
    if Path(name).name != name or not path.is_file():
        raise data.part("_file").refuse(f"expected a file beside the HAR, not {name!r}; or embed the content")
    return path.read_bytes()


CREATOR: Final = "tiledesk-mock"

_UNKNOWN: Final = -1
"""What HAR writes for a size that is not known."""

_COOKIE_TIMES: Final = {"expires", "path", "domain"}


def har_document(entries: Iterable[Entry]) -> Document:
    """Return a HAR of the entries."""
    creator = {"name": CREATOR, "version": _version()}
    return {
        "log": {
            "version": "1.2",
            "creator": creator,
            "entries": [_entry_document(entry) for entry in entries],
        }
    }


def _entry_document(entry: Entry) -> Document:
    time = round(entry.milliseconds, 3)
    document: Document = {
        "startedDateTime": entry.started or "1970-01-01T00:00:00.000Z",
        "time": time,
        "request": _request_document(entry),
        "response": _response_document(entry.response),
        "cache": {},
        "timings": {"send": 0, "wait": time, "receive": 0},
    }
    return {**document, SENDER: dict(entry.sender)} if entry.sender else document


def _request_document(entry: Entry) -> Document:
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


def _response_document(answer: RecordedResponse) -> Document:
    return {
        "status": answer.status,
        "statusText": _phrase(answer.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [_set_cookie(value) for name, value in answer.headers if name.lower() == "set-cookie"],
        "headers": _pairs(answer.headers),
        "content": _content_document(answer),
        "redirectURL": answer.header("Location") or "",
        "headersSize": _UNKNOWN,
        "bodySize": len(answer.body),
    }


def _content_document(answer: RecordedResponse) -> Document:
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
