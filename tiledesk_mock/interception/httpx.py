"""Interception of httpx, sync and async, in the transports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
from anyio.to_thread import run_sync

from ..errors import ConnectionDropped
from ..http.exchange import BODILESS_STATUSES, RecordedResponse
from ..node.reasons import reason_of
from .application import InterceptedRequest, Respond
from .hosts import Action, InterceptionScope, refusal_message
from .patching import patched

HandleAsyncRequest = Callable[..., Coroutine[Any, Any, httpx.Response]]


@contextmanager
def intercepted_httpx(respond: Respond, scope: InterceptionScope) -> Iterator[None]:
    """Intercept httpx's own transports, in all threads and event loops."""

    def wrap(original: Callable[..., httpx.Response]) -> Callable[..., httpx.Response]:
        def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            if _passes(request, scope):
                return original(transport, request)
            return _respond(respond, request, request.read())

        return handle_request

    def wrap_async(original: HandleAsyncRequest) -> HandleAsyncRequest:
        async def handle_request(
            transport: httpx.AsyncHTTPTransport, request: httpx.Request
        ) -> httpx.Response:
            if _passes(request, scope):
                return await original(transport, request)
            body = await request.aread()
            # In a thread, since a fault may delay the response, which must not block the event loop.
            return await run_sync(_respond, respond, request, body, abandon_on_cancel=True)

        return handle_request

    with (
        patched(httpx.HTTPTransport, "handle_request", wrap, scope),
        patched(httpx.AsyncHTTPTransport, "handle_async_request", wrap_async, scope),
    ):
        yield


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of a response. Reading fails at its end if it is shorter than announced."""

    def __init__(self, response: RecordedResponse, method: str) -> None:
        self._body: Final = response.body
        is_bodiless = method == "HEAD" or response.status in BODILESS_STATUSES
        length = None if is_bodiless else response.header("content-length")
        self._missing: Final = 0 if length is None else max(int(length) - len(response.body), 0)

    def __iter__(self) -> Iterator[bytes]:
        yield self._body
        if self._missing:
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body "
                f"(received {len(self._body)} bytes, expected {len(self._body) + self._missing})"
            )

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


def _passes(request: httpx.Request, scope: InterceptionScope) -> bool:
    netloc = request.url.netloc.decode("ascii")
    action = scope.action_for(netloc)
    if action is Action.REFUSE:
        raise httpx.ConnectError(refusal_message(netloc), request=request)
    return action is Action.PASS


def _respond(respond: Respond, request: httpx.Request, body: bytes) -> httpx.Response:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    intercepted = InterceptedRequest(
        request.method,
        request.url.scheme,
        request.url.netloc.decode("ascii"),
        request.url.raw_path.decode("ascii"),
        headers,
        body,
        request.extensions.get("timeout", {}).get("read"),
    )
    try:
        response = respond(intercepted)
    except ConnectionDropped as dropped:
        if dropped.reason == "timeout":
            raise httpx.ReadTimeout("The read operation timed out", request=request) from dropped
        raise httpx.ReadError("[Errno 104] Connection reset by peer", request=request) from dropped
    stream = _Body(response, request.method)
    reason = {"reason_phrase": reason_of(response.status).encode()}
    return httpx.Response(response.status, headers=response.headers, stream=stream, extensions=reason)
