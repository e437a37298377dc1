"""The guard: connections to the real Tiledesk are blocked, and recorded."""

from __future__ import annotations

import socket
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import ExitStack
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
        self.is_over = False
        self.blocked: Final[list[BlockedLookup]] = []

    def __enter__(self) -> Guard:
        self.is_over = False
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            self._patch(socket, name, lambda host, *_, **__: host)
        client = sys.modules.get("http.client")  # if it is not imported, no client uses it
        if client is not None:
            self._patch(
                client.HTTPConnection, "set_tunnel", lambda _, host, *__, **___: host.partition(":")[0]
            )
            self._patch(client.HTTPConnection, "putrequest", lambda _, __, url, *___, **____: _host_of(url))
        httpx = sys.modules.get("httpx")
        if httpx is not None:
            transports = (
                (httpx.HTTPTransport, "handle_request"),
                (httpx.AsyncHTTPTransport, "handle_async_request"),
            )
            for transport, name in transports:
                self._patch(transport, name, _host_behind_proxy, httpx.ConnectError)
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over = True
        self._patches.close()

    def _patch(
        self,
        owner: Any,
        name: str,
        find_host: Callable[..., Any],
        connect_error: Callable[..., Exception] | None = None,
    ) -> None:
        """Check the host that `find_host` finds in the arguments of each call of `owner.name`."""

        def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
            def guarded(*args: Any, **keywords: Any) -> Any:
                try:
                    self._check(find_host(*args, **keywords))
                except RealHostRefused as error:
                    if connect_error is None:
                        raise
                    raise connect_error(str(error), request=args[1]) from error
                return original(*args, **keywords)

            return guarded

        self._patches.enter_context(patched(owner, name, wrap, self))

    def _check(self, host: Any) -> None:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        name = name.lower().rstrip(".")
        if self.is_over or name not in self._hosts:
            return
        self.blocked.append(BlockedLookup(name, _location()))
        raise RealHostRefused(socket.EAI_NONAME, f"{name} is the real Tiledesk: {_ADVICE}")


def _host_of(url: str) -> str | None:
    """Return the host of an absolute URL, as requests to a proxy have it."""
    target = split_http_url(url)
    return target.hostname if target else None


def _host_behind_proxy(transport: Any, request: Any) -> str | None:
    """Return the host of a request to a proxy; without a proxy, the lookup is guarded."""
    pool = type(getattr(transport, "_pool", None)).__name__
    return request.url.host if "Proxy" in pool else None


def _location() -> str:
    """Return the innermost line of the stack that is not a library's.

    Where a library resolves names in threads of its own, as asyncio does, there is none.
    """
    for frame in reversed(traceback.extract_stack()[:-3]):
        if not any(part in frame.filename for part in _LIBRARY_PATHS):
            return f"{frame.filename}:{frame.lineno}"
    return f"the thread {threading.current_thread().name}"
