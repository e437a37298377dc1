"""The guard: who asks for the address of the real Tiledesk is stopped, and remembered."""

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


class BlockedLookup(Struct, frozen=True):
    """Somebody wanted to reach `host`; `place` is the file and line of their code, or a thread."""

    host: str
    location: str


class RealHostRefused(TiledeskMockError, socket.gaierror):
    """The address of a guarded host was asked for: to the caller, a name that cannot be resolved."""


class Guard:
    """While it is entered, `hosts` have no address in this process. What was tried is in `attempts`.

    Every client of Python's own sockets, asyncio's among them, looks a name up in `socket`. Behind a proxy it
    is the proxy that does: then `http.client`, on which requests and urllib3 stand, is told of the host, and
    so are httpx's transports.
    """

    def __init__(self, hosts: frozenset[str] = GUARDED) -> None:
        self._hosts: Final = hosts
        self._entered: Final = ExitStack()
        self.is_over = False
        self.blocked: Final[list[BlockedLookup]] = []

    def __enter__(self) -> Guard:
        self.is_over = False
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            self._entered.enter_context(patched(socket, name, self._guarding, self))
        client = sys.modules.get("http.client")  # who has not imported it has no client that uses it
        if client is not None:
            for name, guarding in (
                ("set_tunnel", self._guarding_tunnels),
                ("putrequest", self._guarding_targets),
            ):
                self._entered.enter_context(patched(client.HTTPConnection, name, guarding, self))
        httpx = sys.modules.get("httpx")
        if httpx is not None:
            refusing = partial(self._guarding_httpx, httpx.ConnectError)
            for kind, name in (
                (httpx.HTTPTransport, "handle_request"),
                (httpx.AsyncHTTPTransport, "handle_async_request"),
            ):
                self._entered.enter_context(patched(kind, name, refusing, self))
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over = True
        self._entered.close()

    def _guarding(self, before: Callable[..., Any]) -> Callable[..., Any]:
        def look_up(host: Any, *more: Any, **named: Any) -> Any:
            self._check(host)
            return before(host, *more, **named)

        return look_up

    def _guarding_tunnels(self, before: Callable[..., Any]) -> Callable[..., Any]:
        def set_tunnel(connection: Any, host: str, *more: Any, **named: Any) -> Any:
            self._check(host.partition(":")[0])
            return before(connection, host, *more, **named)

        return set_tunnel

    def _guarding_targets(self, before: Callable[..., Any]) -> Callable[..., Any]:
        def putrequest(connection: Any, method: str, url: str, *more: Any, **named: Any) -> Any:
            target = split_http_url(url)  # a whole address is what a proxy is asked for
            if target is not None:
                self._check(target.hostname)
            return before(connection, method, url, *more, **named)

        return putrequest

    def _guarding_httpx(
        self, unreached: Callable[..., Exception], before: Callable[..., Any]
    ) -> Callable[..., Any]:
        def handle(transport: Any, request: Any) -> Any:
            pool = type(getattr(transport, "_pool", None)).__name__
            try:
                if "Proxy" in pool:  # without one a name is looked up, unless somebody mocks what lies below
                    self._check(request.url.host)
            except RealHostRefused as error:
                raise unreached(str(error), request=request) from error
            return before(transport, request)

        return handle

    def _check(self, host: Any) -> None:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        name = name.lower().rstrip(".")
        if self.is_over or name not in self._hosts:
            return
        self.blocked.append(BlockedLookup(name, _place()))
        raise RealHostRefused(socket.EAI_NONAME, f"{name} is the real Tiledesk: {_ADVICE}")


_NOT_THE_TESTERS: Final = ("site-packages", "/lib/python", str(Path(__file__).parent))
"""What is in the path of a library's file, or of one that passes requests on."""


def _place() -> str:
    """Return the innermost line of the stack that is not a library's.

    There is none where a library looks names up in threads of its own, as asyncio does.
    """
    for frame in reversed(traceback.extract_stack()[:-3]):
        if not any(part in frame.filename for part in _NOT_THE_TESTERS):
            return f"{frame.filename}:{frame.lineno}"
    return f"the thread {threading.current_thread().name}"
