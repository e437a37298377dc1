"""Interception of the httpx library, sync and async, where a transport would send."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import anyio.to_thread
import httpx

from ..errors import ConnectionDropped
from ..http.exchange import BODILESS_STATUSES
from .application import InterceptedRequest, Reply, WSGIApplication, call_application
from .hosts import Action, InterceptionScope
from .patching import patched

Handle = Callable[..., httpx.Response]
HandleAsync = Callable[..., Coroutine[Any, Any, httpx.Response]]


@contextmanager
def intercepted_httpx(application: WSGIApplication, hosts: InterceptionScope) -> Iterator[None]:
    """Answer what is sent to `hosts` through httpx's own transports, from any thread and event loop."""
    with (
        patched(httpx.HTTPTransport, "handle_request", partial(_handling, application, hosts), hosts),
        patched(
            httpx.AsyncHTTPTransport,
            "handle_async_request",
            partial(_handling_async, application, hosts),
            hosts,
        ),
    ):
        yield


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of a reply, which fails at its end if that comes too early."""

    def __init__(self, reply: Reply, method: str) -> None:
        self._body: Final = reply.body
        self._missing: Final = 0 if method == "HEAD" or reply.status in BODILESS_STATUSES else _missing(reply)

    def __iter__(self) -> Iterator[bytes]:
        yield self._body
        if self._missing:
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body "
                f"(received {len(self._body)} bytes, expected {len(self._body) + self._missing})"
            )

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


def _handling(application: WSGIApplication, hosts: InterceptionScope, before: Handle) -> Handle:
    def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        if _passes(request, hosts):
            return before(transport, request)
        return _answered(application, request, request.read())

    return handle_request


def _handling_async(
    application: WSGIApplication, hosts: InterceptionScope, before: HandleAsync
) -> HandleAsync:
    async def handle_async_request(
        transport: httpx.AsyncHTTPTransport, request: httpx.Request
    ) -> httpx.Response:
        if _passes(request, hosts):
            return await before(transport, request)
        body = await request.aread()
        # In a thread, since a fault may take its time, and nothing else in the loop shall wait for it.
        return await anyio.to_thread.run_sync(_answered, application, request, body, abandon_on_cancel=True)

    return handle_async_request


def _passes(request: httpx.Request, hosts: InterceptionScope) -> bool:
    netloc = request.url.netloc.decode("ascii")
    way = hosts.action_for(netloc)
    if way is Action.REFUSE:
        raise httpx.ConnectError(hosts.refusal_message(netloc), request=request)
    return way is Action.PASS


def _answered(application: WSGIApplication, request: httpx.Request, body: bytes) -> httpx.Response:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    asked = InterceptedRequest(
        request.method,
        request.url.scheme,
        request.url.netloc.decode("ascii"),
        request.url.raw_path.decode("ascii"),
        headers,
        body,
        request.extensions.get("timeout", {}).get("read"),
    )
    try:
        reply = call_application(application, asked)
    except ConnectionDropped as dropped:
        raise _failure(dropped, request) from dropped
    return httpx.Response(reply.status, headers=reply.headers, stream=_Body(reply, request.method))


def _missing(reply: Reply) -> int:
    lengths = [int(value) for name, value in reply.headers if name.lower() == "content-length"]
    return max(lengths[0] - len(reply.body), 0) if lengths else 0


def _failure(dropped: ConnectionDropped, request: httpx.Request) -> httpx.TransportError:
    if dropped.reason == "timeout":
        return httpx.ReadTimeout("The read operation timed out", request=request)
    return httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
