"""Interception of the requests library, where an adapter would send."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from requests import ConnectionError as Unreachable
from requests import PreparedRequest, ReadTimeout, Response, sessions
from requests.adapters import HTTPAdapter
from requests.exceptions import RetryError
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import MaxRetryError, ProtocolError
from urllib3.util import Retry, Timeout

from ..errors import ConnectionDropped
from .application import InterceptedRequest, Reply, WSGIApplication, call_application
from .hosts import Action, InterceptionScope
from .patching import patched

Send = Callable[..., Response]

_RESET: Final = ConnectionResetError(104, "Connection reset by peer")


@contextmanager
def intercepted_requests(application: WSGIApplication, hosts: InterceptionScope) -> Iterator[None]:
    """Answer what is sent to `hosts` through requests, from any thread and session."""
    with (
        patched(HTTPAdapter, "send", partial(_sending, application, hosts), hosts),
        patched(sessions, "get_environ_proxies", partial(_looking_up_proxies, hosts), hosts),
    ):
        yield


def _sending(application: WSGIApplication, hosts: InterceptionScope, before: Send) -> Send:
    def send(
        adapter: HTTPAdapter,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        *more: Any,
        **named: Any,
    ) -> Response:
        scheme, netloc = _place(str(request.url))
        way = hosts.action_for(netloc)
        if way is Action.PASS:
            return before(adapter, request, stream, timeout, *more, **named)
        if way is Action.REFUSE:
            raise Unreachable(hosts.refusal_message(netloc), request=request)
        asked = InterceptedRequest(
            str(request.method),
            scheme,
            netloc,
            request.path_url,
            _fields(request.headers.items()),
            _body(request.body),
            _read_timeout(timeout),
        )
        return _answered(application, adapter, request, asked)

    return send


def _answered(
    application: WSGIApplication, adapter: HTTPAdapter, request: PreparedRequest, asked: InterceptedRequest
) -> Response:
    """Return the answer, after as many tries as the adapter's `max_retries` makes of it."""
    retries: Retry = adapter.max_retries
    while True:
        try:
            raw = _raw(call_application(application, asked), asked.method)
        except ConnectionDropped as dropped:
            retries = _after_failure(retries, request, dropped)
            continue
        if not retries.is_retry(asked.method, raw.status, "Retry-After" in raw.headers):
            return adapter.build_response(request, raw)
        try:
            retries = retries.increment(asked.method, request.url, response=raw)
        except MaxRetryError as error:
            if retries.raise_on_status:
                raise RetryError(error, request=request) from error
            return adapter.build_response(request, raw)
        retries.sleep(raw)


def _after_failure(retries: Retry, request: PreparedRequest, dropped: ConnectionDropped) -> Retry:
    """Return what is left of the tries; raise what requests raises where nothing is."""
    try:
        left = retries.increment(
            request.method, request.url, error=ProtocolError("Connection aborted.", _RESET)
        )
    except (MaxRetryError, ProtocolError):
        raise _failure(dropped, request) from dropped
    left.sleep()
    return left


def _looking_up_proxies(hosts: InterceptionScope, before: Callable[..., Any]) -> Callable[..., Any]:
    """Return what finds no proxy for a request that is answered here.

    Looking through the environment for one takes requests longer than all else that it does with a request.
    """

    def get_environ_proxies(url: str, no_proxy: Any = None) -> Any:
        return {} if hosts.action_for(_place(url)[1]) is Action.INTERCEPT else before(url, no_proxy)

    return get_environ_proxies


def _place(url: str) -> tuple[str, str]:
    """Return scheme and host of a URL, the host with its port."""
    scheme, _, rest = url.partition("://")
    return scheme, rest.partition("/")[0].partition("?")[0].rpartition("@")[2]


def _fields(items: Iterable[tuple[Any, Any]]) -> list[tuple[str, str]]:
    return [(_text(name), _text(value)) for name, value in items]


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    if isinstance(body, str):
        return body.encode()
    pieces = [body.read()] if hasattr(body, "read") else body
    return b"".join(piece.encode() if isinstance(piece, str) else piece for piece in pieces)


def _read_timeout(timeout: Any) -> float | None:
    if not isinstance(timeout, Timeout):
        seconds: float | None = timeout[1] if isinstance(timeout, tuple) else timeout
        return seconds
    running = timeout.clone()
    running.start_connect()
    left = running.read_timeout
    return left if isinstance(left, (int, float)) else None


def _raw(reply: Reply, method: str) -> HTTPResponse:
    """Return what requests reads an answer from: a body that is too short fails there as it would."""
    return HTTPResponse(
        body=io.BytesIO(reply.body),
        headers=HTTPHeaderDict(reply.headers),
        status=reply.status,
        reason=reply.reason,
        preload_content=False,
        request_method=method,
        enforce_content_length=True,
    )


def _failure(dropped: ConnectionDropped, request: PreparedRequest) -> Unreachable | ReadTimeout:
    if dropped.reason == "timeout":
        return ReadTimeout("Read timed out.", request=request)
    return Unreachable(ProtocolError("Connection aborted.", _RESET), request=request)
