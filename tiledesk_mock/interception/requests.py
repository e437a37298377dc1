"""Interception of requests, in its HTTPAdapter."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from requests import ConnectionError as RequestsConnectionError
from requests import PreparedRequest, ReadTimeout, Response, sessions
from requests.adapters import HTTPAdapter
from requests.exceptions import RetryError
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import MaxRetryError, ProtocolError
from urllib3.util import Retry, Timeout

from ..errors import ConnectionDropped
from ..http.exchange import RecordedResponse
from ..node.reasons import reason_of
from .application import InterceptedRequest, Respond
from .hosts import Action, InterceptionScope, refusal_message
from .patching import patched

_RESET: Final = ConnectionResetError(104, "Connection reset by peer")


@contextmanager
def intercepted_requests(respond: Respond, scope: InterceptionScope) -> Iterator[None]:
    """Intercept requests' adapter, in all threads and sessions."""

    def wrap(original: Callable[..., Response]) -> Callable[..., Response]:
        def send(
            adapter: HTTPAdapter,
            request: PreparedRequest,
            stream: bool = False,
            timeout: Any = None,
            *more: Any,
            **keywords: Any,
        ) -> Response:
            netloc = _split_url(str(request.url))[1]
            action = scope.action_for(netloc)
            if action is Action.PASS:
                return original(adapter, request, stream, timeout, *more, **keywords)
            if action is Action.REFUSE:
                raise RequestsConnectionError(refusal_message(netloc), request=request)
            return _respond(respond, adapter, request, timeout)

        return send

    def wrap_proxies(original: Callable[..., Any]) -> Callable[..., Any]:
        # Searching the environment for a proxy takes longer than everything else that requests does.
        def get_environ_proxies(url: str, no_proxy: Any = None) -> Any:
            is_intercepted = scope.action_for(_split_url(url)[1]) is Action.INTERCEPT
            return {} if is_intercepted else original(url, no_proxy)

        return get_environ_proxies

    with (
        patched(HTTPAdapter, "send", wrap, scope),
        patched(sessions, "get_environ_proxies", wrap_proxies, scope),
    ):
        yield


def _respond(respond: Respond, adapter: HTTPAdapter, request: PreparedRequest, timeout: Any) -> Response:
    """Return the response, after the retries of the adapter's `max_retries`."""
    scheme, netloc = _split_url(str(request.url))
    method = str(request.method)
    headers = [(_text(name), _text(value)) for name, value in request.headers.items()]
    body = _body(request.body)
    intercepted = InterceptedRequest(
        method, scheme, netloc, request.path_url, headers, body, _read_timeout(timeout)
    )
    retries: Retry = adapter.max_retries
    while True:
        try:
            response = _urllib3_response(respond(intercepted), method)
        except ConnectionDropped as dropped:
            retries = _retry_after_failure(retries, request, dropped)
            continue
        if not retries.is_retry(method, response.status, "Retry-After" in response.headers):
            return adapter.build_response(request, response)
        try:
            retries = retries.increment(method, request.url, response=response)
        except MaxRetryError as error:
            if retries.raise_on_status:
                raise RetryError(error, request=request) from error
            return adapter.build_response(request, response)
        retries.sleep(response)


def _retry_after_failure(retries: Retry, request: PreparedRequest, dropped: ConnectionDropped) -> Retry:
    """Wait, and return the remaining retries; raise the error of requests if there are none."""
    aborted = ProtocolError("Connection aborted.", _RESET)
    try:
        remaining = retries.increment(request.method, request.url, error=aborted)
    except (MaxRetryError, ProtocolError):
        if dropped.reason == "timeout":
            raise ReadTimeout("Read timed out.", request=request) from dropped
        raise RequestsConnectionError(aborted, request=request) from dropped
    remaining.sleep()
    return remaining


def _split_url(url: str) -> tuple[str, str]:
    """Return scheme and host of a URL, the host with its port. It is faster than urlsplit."""
    scheme, _, rest = url.partition("://")
    return scheme, rest.partition("/")[0].partition("?")[0].rpartition("@")[2]


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    if isinstance(body, str):
        return body.encode()
    parts = [body.read()] if hasattr(body, "read") else body
    return b"".join(part.encode() if isinstance(part, str) else part for part in parts)


def _read_timeout(timeout: Any) -> float | None:
    if not isinstance(timeout, Timeout):
        seconds: float | None = timeout[1] if isinstance(timeout, tuple) else timeout
        return seconds
    running = timeout.clone()
    running.start_connect()
    left = running.read_timeout
    return left if isinstance(left, (int, float)) else None


def _urllib3_response(response: RecordedResponse, method: str) -> HTTPResponse:
    """Return what requests reads a response from. Reading a body that is too short fails as it would."""
    return HTTPResponse(
        body=io.BytesIO(response.body),
        headers=HTTPHeaderDict(response.headers),
        status=response.status,
        reason=reason_of(response.status),
        preload_content=False,
        request_method=method,
        enforce_content_length=True,
    )
