"""HAR 1.2: read from any writer (browsers, Playwright, mitmproxy, Insomnia, this package), and written."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct, field
from msgspec.json import format as json_format

from ..http.connections import split_http_url
from ..http.encodings import ContentDecodingError, decode_text, decompress_body, encode_text, from_base64
from ..http.exchange import Headers, RecordedRequest, RecordedResponse, first_header
from ..node.convert import ConversionError, convert
from ..node.json import Json
from ..node.reasons import reason_of
from ..tiledesk.wire import Document
from .cassette import Entry, Selection, located, origin_and_target, recorded_time, within_limit

SENDER: Final = "_sender"
"""The field of an entry with the claims of its sender, whose token was redacted."""

_PAGE_PARTS: Final = frozenset(
    {"document", "stylesheet", "image", "media", "font", "script", "texttrack", "manifest", "websocket"}
)
"""The `_resourceType` of parts of a page, unlike calls that its scripts make."""

_STATIC: Final = (".css", ".gif", ".ico", ".jpg", ".js", ".map", ".mjs", ".png", ".svg", ".woff", ".woff2")

_OTHER_SCHEME: Final = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
"""How URLs begin that have no HTTP server: `data:`, `blob:`, `chrome-extension:`."""


class _Pair(Struct):
    name: str
    value: str | None = None


class _Body(Struct):
    text: str | None = None
    mime_type: str | None = field(default=None, name="mimeType")
    params: list[_Pair] | None = None
    encoding: Json = None
    other_encoding: Json = field(default=None, name="_encoding")
    file: str | None = field(default=None, name="_file")
    size: Json = None


class _Request(Struct):
    method: str
    url: str
    headers: list[_Pair] | None = None
    query: list[_Pair] | None = field(default=None, name="queryString")
    body: _Body | None = field(default=None, name="postData")


class _Response(Struct):
    status: int
    headers: list[_Pair] | None = None
    content: _Body | None = None


class _HarEntry(Struct):
    request: _Request
    response: _Response
    started: str | None = field(default=None, name="startedDateTime")
    time: Json = None
    resource_type: Json = field(default=None, name="_resourceType")
    sender: Json = field(default=None, name=SENDER)


class _Log(Struct):
    entries: list[Json]


class _Har(Struct):
    log: _Log


def read_har(document: Json, file: str, selection: Selection) -> Iterator[Entry]:
    """Yield the entries of a HAR that `selection` matches and that have a response, sorted by time.

    Parts of a web page (scripts, images, ...) and what was not HTTP are left out. Raises CassetteError.
    """
    entries = list(within_limit(_entries(document, file, selection), file))
    times = [recorded_time(entry.started) for entry in entries]
    if None in times:
        yield from entries
        return
    # HAR says that writers need not keep the order, and that readers are to sort.
    yield from (entries[index] for index in sorted(range(len(entries)), key=times.__getitem__))  # type: ignore[arg-type]


def _entries(document: Json, file: str, selection: Selection) -> Iterator[Entry]:
    with located(file):
        items = convert(document, _Har).log.entries
    for index, item in enumerate(items):
        path = f"log.entries[{index}]"
        with located(file, path):
            if selection.excludes(item, "url") or _is_ignored(har_entry := convert(item, _HarEntry)):
                continue
            entry = _entry(har_entry, Path(file), path)
        yield entry


def _is_ignored(entry: _HarEntry) -> bool:
    """Return whether an entry has no response, or is a WebSocket or a part of a page."""
    url, content = entry.request.url, entry.response.content
    if entry.response.status < 200 or _OTHER_SCHEME.match(url):
        return True
    parts = split_http_url(url)
    is_part = entry.resource_type in _PAGE_PARTS or (parts and parts.path.lower().endswith(_STATIC))
    is_json = content is not None and "json" in (content.mime_type or "")
    return bool(entry.request.method == "GET" and is_part and not is_json)


def _entry(item: _HarEntry, file: Path, path: str) -> Entry:
    request = item.request
    origin, target = origin_and_target(request.url, "request.url")
    if request.query and "?" not in target:  # some writers keep the query out of the URL
        target = f"{target}?{_form(request.query)}"
    headers, is_number = _headers(request.headers), isinstance(item.time, (int, float))
    return Entry(
        RecordedRequest(request.method.upper(), target, headers, _posted(request, headers, file.parent)),
        _response(item.response, file.parent),
        origin=origin,
        started=item.started or "",
        milliseconds=max(float(item.time), 0.0) if is_number else 0.0,
        location=f"{file.name} {path}",
        sender=item.sender if isinstance(item.sender, dict) else {},
    )


def _headers(pairs: list[_Pair] | None) -> Headers:
    """Return the headers without HTTP/2's own. Chromium joins several of a name with line breaks."""
    return tuple(
        (pair.name, value)
        for pair in pairs or ()
        if not pair.name.startswith(":")
        for value in (pair.value or "").split("\n")
    )


def _form(pairs: list[_Pair]) -> str:
    return urlencode([(pair.name, pair.value or "") for pair in pairs])


def _posted(request: _Request, headers: Headers, folder: Path) -> bytes:
    body = request.body
    if body is None:
        return b""
    if body.text is None and body.params is not None:
        return _form(body.params).encode()
    return _bytes(body, body.mime_type or first_header(headers, "Content-Type"), folder, "request.postData")


def _response(response: _Response, folder: Path) -> RecordedResponse:
    headers, content, path = _headers(response.headers), response.content, "response.content"
    if content is None:
        return RecordedResponse(response.status, headers)
    has_size = isinstance(content.size, (int, float)) and content.size > 0
    if content.text is None and content.file is None and has_size:
        raise ConversionError(
            f"{path}.text",
            "expected the content: save the HAR with content, or take the entries of Tiledesk's host only",
        )
    content_type = first_header(headers, "Content-Type") or content.mime_type
    try:
        body = decompress_body(headers, _bytes(content, content_type, folder, path))
    except ContentDecodingError as error:
        raise ConversionError(f"{path}.text", f"expected {error}") from error
    # Beside a 304 a browser writes the body from its cache: without a cache, that is the response.
    return RecordedResponse(200 if response.status == 304 and body else response.status, headers, body)


def _bytes(body: _Body, content_type: str | None, folder: Path, path: str) -> bytes:
    """Return a body, which is text, base64, or in a file beside the HAR."""
    if not body.text and body.file is not None:
        attached = folder / body.file
        if Path(body.file).name != body.file or not attached.is_file():
            problem = f"expected a file beside the HAR, not {body.file!r}; or embed the content"
            raise ConversionError(f"{path}._file", problem)
        return attached.read_bytes()
    if "base64" not in (body.encoding, body.other_encoding):
        return encode_text(body.text or "", content_type)
    try:
        return from_base64(body.text or "")
    except ContentDecodingError as error:
        raise ConversionError(f"{path}.text", "expected base64") from error


CREATOR: Final = "tiledesk-mock"

_UNKNOWN: Final = -1
"""HAR's value for an unknown size."""

_COOKIE_ATTRIBUTES: Final = {"expires", "path", "domain"}

HAR_TAIL: Final = b"\n  ]\n }\n}\n"
"""What follows the last entry of a written HAR."""

ENTRY_END: Final = b"\n   }"
"""How an entry of a written HAR ends; no line inside of an entry begins so."""


def har_document(entries: Iterable[Entry]) -> Document:
    """Return a HAR of the entries."""
    try:
        creator = {"name": CREATOR, "version": version("tiledesk-mock")}
    except PackageNotFoundError:
        creator = {"name": CREATOR, "version": "0"}
    documents = [_entry_document(entry) for entry in entries]
    return {"log": {"version": "1.2", "creator": creator, "entries": documents}}


def har_head() -> bytes:
    """Return what is before the first entry of a written HAR."""
    return _encoded(har_document([]), indent=b"").partition(b"]")[0]


def har_entry(entry: Entry, *, is_first: bool) -> bytes:
    """Return an entry of a written HAR, with what separates it from the one before."""
    separator = b"\n   " if is_first else b",\n   "
    return separator + _encoded(_entry_document(entry), indent=b"   ")


def har_pieces(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the bytes of a HAR file, entry by entry."""
    yield har_head()
    count = 0
    for count, entry in enumerate(entries, 1):
        yield har_entry(entry, is_first=count == 1)
    yield HAR_TAIL if count else HAR_TAIL.lstrip()


def _encoded(document: Document, indent: bytes) -> bytes:
    compact = json.dumps(document, ensure_ascii=False)  # with `indent`, json takes four times as long
    return json_format(compact.encode("utf-8", "replace"), indent=1).replace(b"\n", b"\n" + indent)


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
        content_type = request.header("Content-Type") or ""
        document["postData"] = {"mimeType": content_type} | _text(request.body, content_type, "_encoding")
    return document


def _response_document(response: RecordedResponse) -> Document:
    content_type = response.header("Content-Type") or ""
    content: Document = {"size": len(response.body), "mimeType": content_type or "x-unknown"}
    return {
        "status": response.status,
        "statusText": reason_of(response.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [_set_cookie(value) for name, value in response.headers if name.lower() == "set-cookie"],
        "headers": _pairs(response.headers),
        "content": content | _text(response.body, content_type, "encoding"),
        "redirectURL": response.header("Location") or "",
        "headersSize": _UNKNOWN,
        "bodySize": len(response.body),
    }


def _text(body: bytes, content_type: str, encoding: str) -> Document:
    text = decode_text(body, content_type) if body else ""
    return {"text": base64.b64encode(body).decode(), encoding: "base64"} if text is None else {"text": text}


def _pairs(fields: Iterable[tuple[str, str]]) -> list[Document]:
    return [{"name": name, "value": value} for name, value in fields]


def _cookies(request: RecordedRequest) -> list[Document]:
    cookies = (part.strip().partition("=") for part in (request.header("Cookie") or "").split(";"))
    return [{"name": name, "value": value} for name, _, value in cookies if name]


def _set_cookie(text: str) -> Document:
    first, *attributes = (part.strip() for part in text.split(";"))
    name, _, value = first.partition("=")
    pairs = {key.lower(): text for key, _, text in (part.partition("=") for part in attributes)}
    cookie: Document = {"name": name, "value": value}
    cookie.update((key, text) for key, text in pairs.items() if key in _COOKIE_ATTRIBUTES)
    return {**cookie, "httpOnly": "httponly" in pairs, "secure": "secure" in pairs}
