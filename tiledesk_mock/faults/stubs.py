"""Stubs: responses that a tester gives to requests, above all to those of routes that are not emulated."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from itertools import count
from typing import Annotated, Any, Final

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from ..errors import SetupError
from ..http.exchange import RecordedRequest
from ..http.paths import METHOD, PATH, PathPattern, path_matches
from ..node.convert import ConversionError, convert, excerpt
from ..node.json import ABSENT, Absent, Json
from ..tiledesk.wire import Document
from .rule import Expression, HeaderFields, is_body, path_document, read_expression

StubFunction = Callable[[RecordedRequest], Any]
"""Returns what to respond to a request: JSON, text or bytes; or status and that, and headers if wanted."""

_ID_IN_PATH: Final = re.compile(r"/(?::\w+|<[^/>]+>|\{[^/}]+\})(?=/|\Z)")
_PATH: Final = "a path like /leads or /leads/*, no query"


class Stub(Struct, frozen=True, kw_only=True):
    """A response, and the requests that get it.

    `method` is None for any but OPTIONS; `response` is JSON, text or bytes, ABSENT for an empty body, or a
    function of the request.
    """

    id: str = ""
    method: str | None
    path: PathPattern
    status: int = 200
    response: Json | bytes | StubFunction | Absent = ABSENT
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        path = self.path.pattern if isinstance(self.path, re.Pattern) else self.path
        return f"{self.id} ({self.method or 'any method'} {path})"

    def matches(self, request: RecordedRequest) -> bool:
        """Return whether a request gets this response. That of a GET is for HEAD, too."""
        method = "GET" if request.method == "HEAD" and self.method != "HEAD" else request.method
        if self.method is None and method == "OPTIONS":  # a browser's preflight request
            return False
        return self.method in (None, method) and path_matches(self.path, request.path)


class StubRule(Struct, forbid_unknown_fields=True, kw_only=True):
    """A stub as JSON, without the response."""

    method: Annotated[
        Annotated[str, Meta(pattern=METHOD)] | None, Meta(description="an HTTP method, or null for any")
    ]
    path: Annotated[
        Annotated[str, Meta(pattern=PATH)] | Expression,
        Meta(description=f'{_PATH}, or {{"regex": ..., "flags": ...}}'),
    ]
    response: Annotated[Any, Meta(description="the body: JSON, or text; empty if left out")] = ABSENT
    status: Annotated[int, Meta(ge=200, le=599, description="a status from 200 to 599")] = 200
    headers: Annotated[
        HeaderFields | None,
        Meta(description="an object of Latin-1 texts in a line, none of them about length or transfer"),
    ] = None


class _Kept(Struct):
    """A stub in force: how many requests it responded to, and in place of which emulated routes."""

    stub: Stub
    hits: int = 0
    hides: dict[str, None] = {}


class Stubs:
    """The stubs of one emulator. Safe to use from many threads. The newest that matches responds."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._ids = count(1)

    def add(self, rule: Mapping[str, Any]) -> Stub:
        """Add a stub; return it with its `id`. Raises SetupError for a wrong one."""
        stub = read_stub(rule)
        with self._lock:
            stub = replace(stub, id=f"stub-{next(self._ids)}")
            self._kept[stub.id] = _Kept(stub)
        return stub

    def remove(self, id_stub: str) -> bool:
        """Remove a stub; return whether one had that id."""
        with self._lock:
            return self._kept.pop(id_stub, None) is not None

    def clear(self) -> None:
        """Remove all stubs."""
        with self._lock:
            self._kept = {}

    def reset(self) -> None:
        """Remove all stubs, and count from 1 again."""
        self.clear()
        self._ids = count(1)

    def documents(self) -> list[Document]:
        """Return the stubs as JSON, each with its `hits` and the emulated routes that it `hides`."""
        with self._lock:
            return [
                {**stub_document(kept.stub), "hits": kept.hits, "hides": [*kept.hides]}
                for kept in self._kept.values()
            ]

    def match(self, request: RecordedRequest) -> Stub | None:
        """Return the stub that responds to a request, and count that; None if none matches."""
        with self._lock:
            for kept in reversed(self._kept.values()):
                if kept.stub.matches(request):
                    kept.hits += 1
                    return kept.stub
        return None

    def hide(self, stub: Stub, route: str) -> bool:
        """Note that a stub responded in place of an emulated route; return whether that is new."""
        with self._lock:
            kept = self._kept.get(stub.id)
            if kept is None or route in kept.hides:
                return False
            kept.hides[route] = None
            return True


def read_stub(rule: Mapping[str, Any]) -> Stub:
    """Read a stub; its response may be a function or bytes, its path a regular expression.

    Raises SetupError, which names the field, for a wrong one.
    """
    path, response = rule.get("path"), rule.get("response", ABSENT)
    is_pattern = isinstance(path, re.Pattern)
    plain = {name: value for name, value in rule.items() if name != "response"}
    try:
        read = convert(plain | ({"path": "/"} if is_pattern else {}), StubRule)
    except ConversionError as error:
        raise SetupError(f"stub.{error}") from error
    if not (response is ABSENT or callable(response) or is_body(response)):
        raise SetupError(f"stub.response: expected JSON, text, bytes or a function, not {excerpt(response)}")
    found: PathPattern = read_expression(path, "stub.path") if isinstance(path, Mapping) else path  # type: ignore[assignment]  # one of both
    if isinstance(found, str):
        _check_path(found)
    return Stub(
        method=read.method and read.method.upper(),
        path=found,
        status=read.status,
        response=response,
        headers=read.headers or {},
    )


def stub_document(stub: Stub) -> Document:
    """Return a stub as JSON; instead of a `response` that is a function it has the name of the `function`."""
    document: Document = {
        "id": stub.id,
        "method": stub.method,
        "path": path_document(stub.path),
        "status": stub.status,
    }
    if callable(stub.response):
        document["function"] = getattr(stub.response, "__qualname__", type(stub.response).__name__)
    elif stub.response is not ABSENT:
        is_bytes = isinstance(stub.response, bytes)
        document["response"] = (
            stub.response.decode("utf-8", "backslashreplace") if is_bytes else stub.response
        )
    if stub.headers:
        document["headers"] = dict(stub.headers)
    return document


def with_result(stub: Stub, request: RecordedRequest) -> Stub:
    """Return a stub with what its function responds to a request; raise SetupError if that is none."""
    if not callable(stub.response):
        return stub
    result = stub.response(request)
    status, response, headers = stub.status, result, stub.headers
    if isinstance(result, tuple):
        if len(result) not in (2, 3):
            raise SetupError(
                f"expected (status, response) or (status, response, headers), not {len(result)} items"
            )
        status, response = result[:2]
        headers = {**stub.headers, **(result[2] if len(result) > 2 else {})}
    if callable(response):
        raise SetupError("expected JSON, text or bytes, not a function")
    read = read_stub(
        {"method": None, "path": "/", "status": status, "response": response, "headers": headers}
    )
    return replace(read, id=stub.id)


def _check_path(path: str) -> None:
    """Raise SetupError for a path that no request has, or that was not meant so."""
    if "://" in path:
        raise SetupError(f"stub.path: expected {_PATH}, not the URL {path}")
    if named := _ID_IN_PATH.search(path):
        raise SetupError(f"stub.path: write * in place of {named[0][1:]}, as in /leads/*")
