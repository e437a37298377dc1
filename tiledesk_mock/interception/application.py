"""Call a WSGI application directly, without a connection."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from ..errors import ConnectionDropped
from ..http.connection_options import asks_for_upgrade, wants_keep_alive
from ..http.exchange import BODILESS_STATUSES, RecordedResponse
from ..server import Timeouts
from ..server.head import COMMON_ENVIRON, add_header, add_target
from ..server.response import connection_fields, date_now
from ..web.waits import CLIENT_TIMEOUT

WSGIApplication = Callable[..., Iterable[bytes]]

Respond = Callable[["InterceptedRequest"], RecordedResponse]
"""Responds to an intercepted request; raises ConnectionDropped."""


class InterceptedRequest(Struct, frozen=True):
    """A request: `scheme` and `netloc` of its URL, and `target`, its path and query as they would be sent.

    `timeout` is how many seconds the client waits for the response; None: without end.
    """

    method: str
    scheme: str
    netloc: str
    target: str
    headers: Iterable[tuple[str, str]]
    body: bytes = b""
    timeout: float | None = None


def call_application(
    application: WSGIApplication, timeouts: Timeouts, request: InterceptedRequest
) -> RecordedResponse:
    """Return the application's response. Its body is too short if the connection was dropped midway.

    It has the header fields that a server with these timeouts adds.
    Raises ConnectionDropped if the connection was dropped before, or the client does not wait long enough.
    """
    started: list[Any] = []
    body, is_cut = b"", False

    def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
        started[:] = status, headers

    try:
        environ = _environ(request)
        for part in application(environ, start_response):
            body += part
    except ConnectionDropped as dropped:
        if dropped.reason != "midway":
            raise
        is_cut = True
    status, headers = int(started[0][:3]), _completed(started[1], environ, timeouts)
    if is_cut and not any(name.lower() == "content-length" for name, _ in headers):
        # Only a length shows that chunks are missing.
        headers.append(("Content-Length", str(2 * len(body) + 1)))
    is_bodiless = request.method == "HEAD" or status in BODILESS_STATUSES
    return RecordedResponse(status, tuple(headers), b"" if is_bodiless else body)


def _completed(
    headers: list[tuple[str, str]], environ: dict[str, Any], timeouts: Timeouts
) -> list[tuple[str, str]]:
    """Return the header fields of a response with those that the server adds."""
    if asks_for_upgrade(environ):
        return [("Connection", "close"), *headers]
    names = {name.lower() for name, _ in headers}
    completed = list(headers)
    if "date" not in names:
        completed.append(("Date", date_now()))
    if "connection" not in names:
        completed += connection_fields(timeouts, keep_alive=wants_keep_alive(environ))
    return completed


def _environ(request: InterceptedRequest) -> dict[str, Any]:
    environ: dict[str, Any] = {
        **COMMON_ENVIRON,
        "REMOTE_ADDR": "127.0.0.1",
        "REQUEST_METHOD": request.method,
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    add_target(environ, request.target)
    environ["SERVER_NAME"], _, port = request.netloc.partition(":")
    environ["SERVER_PORT"] = port or ("443" if request.scheme == "https" else "80")
    environ["wsgi.url_scheme"] = request.scheme
    environ["wsgi.input"] = io.BytesIO(request.body)
    environ["wsgi.errors"] = sys.stderr
    for name, value in request.headers:
        add_header(environ, name, value)
    environ.setdefault("HTTP_HOST", request.netloc)
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # the body is not chunked here
    if request.body:
        environ["CONTENT_LENGTH"] = str(len(request.body))
    if request.timeout is not None:
        environ[CLIENT_TIMEOUT] = request.timeout
    return environ
