"""The guard: connections to the real Tiledesk are blocked, and recorded."""

from __future__ import annotations

import socket
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from ..errors import TiledeskMockError
from ..http.connections import split_http_url
from .patching import patched

GUARDED: Final = frozenset({"api.tiledesk.com", "rtm.tiledesk.com"})

_ADVICE: Final = "in tests, configure the client with tiledesk_mock.url, or use tiledesk_mock_intercept"

_LIBRARY_PATHS: Final = ("site-packages", "/lib/python", str(Path(__file__).parent))
"""Parts of the paths of files that are not a test or its client."""


class BlockedLookup(Struct, frozen=True):
    """A blocked connection to `host`; `location` is the file and line that opened it, or a thread."""

    host: str
    location: str


class RealHostRefused(TiledeskMockError, socket.gaierror):
    """The address of a guarded host was looked up. For the client, the name cannot be resolved."""


class Guard:
    """While it is entered, `hosts` have no address in this process. The attempts are in `blocked`.

    Clients that use Python's sockets, asyncio too, resolve names with the functions of `socket`. With a proxy
    the proxy resolves them: then the guard finds the host in the calls of `http.client`, which requests and
    urllib3 use, and of httpx's transports.
    """

    def __init__(self, hosts: frozenset[str] = GUARDED) -> None:
        self._hosts: Final = hosts
        self._patches: Final = ExitStack()
        self._is_over = False
        self.blocked: Final[list[BlockedLookup]] = []

    def __enter__(self) -> Guard:
        self._is_over = False
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            self._patch(socket, name, self._guard_lookup)
        client = sys.modules.get("http.client")  # if it is not imported, no client uses it
        if client is not None:
            self._patch(client.HTTPConnection, "set_tunnel", self._guard_tunnel)
            self._patch(client.HTTPConnection, "putrequest", self._guard_target)
        httpx = sys.modules.get("httpx")
        if httpx is not None:
            wrap = partial(self._guard_httpx, httpx.ConnectError)
            self._patch(httpx.HTTPTransport, "handle_request", wrap)
            self._patch(httpx.AsyncHTTPTransport, "handle_async_request", wrap)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._patches.close()

    def _patch(self, owner: Any, name: str, wrap: Callable[..., Any]) -> None:
        self._patches.enter_context(patched(owner, name, wrap, lambda: self._is_over))

    def _guard_lookup(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def look_up(host: Any, *more: Any, **keywords: Any) -> Any:
            self._check(host)
            return original(host, *more, **keywords)

        return look_up

    def _guard_tunnel(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def set_tunnel(connection: Any, host: str, *more: Any, **keywords: Any) -> Any:
            self._check(host.partition(":")[0])
            return original(connection, host, *more, **keywords)

        return set_tunnel

    def _guard_target(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def putrequest(connection: Any, method: str, url: str, *more: Any, **keywords: Any) -> Any:
            target = split_http_url(url)  # requests to a proxy have an absolute URL
            if target is not None:
                self._check(target.hostname)
            return original(connection, method, url, *more, **keywords)

        return putrequest

    def _guard_httpx(
        self, connect_error: Callable[..., Exception], original: Callable[..., Any]
    ) -> Callable[..., Any]:
        def handle(transport: Any, request: Any) -> Any:
            pool = type(getattr(transport, "_pool", None)).__name__
            try:
                if "Proxy" in pool:  # without a proxy the name is looked up, unless a test mocks the pool
                    self._check(request.url.host)
            except RealHostRefused as error:
                raise connect_error(str(error), request=request) from error
            return original(transport, request)

        return handle

    def _check(self, host: Any) -> None:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        name = name.lower().rstrip(".")
        if self._is_over or name not in self._hosts:
            return
        self.blocked.append(BlockedLookup(name, _location()))
        raise RealHostRefused(socket.EAI_NONAME, f"{name} is the real Tiledesk: {_ADVICE}")


def _location() -> str:
    """Return the innermost line of the stack that is not a library's.

    Where a library resolves names in threads of its own, as asyncio does, there is none.
    """
    for frame in reversed(traceback.extract_stack()[:-3]):
        if not any(part in frame.filename for part in _LIBRARY_PATHS):
            return f"{frame.filename}:{frame.lineno}"
    return f"the thread {threading.current_thread().name}"
