"""A WSGI application that is asked directly, as if through a connection."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from ..errors import ConnectionDropped
from ..http.exchange import BODILESS_STATUSES
from ..server.head import add_header
from ..server.response import date_now
from ..web.waits import CLIENT_TIMEOUT

WSGIApplication = Callable[..., Iterable[bytes]]
Fields = list[tuple[str, str]]

_COMMON: Final = (
    ("SCRIPT_NAME", ""),
    ("SERVER_PROTOCOL", "HTTP/1.1"),
    ("SERVER_SOFTWARE", "tiledesk-mock"),
    ("REMOTE_ADDR", "127.0.0.1"),
    ("wsgi.version", (1, 0)),
    ("wsgi.multithread", True),
    ("wsgi.multiprocess", False),
    ("wsgi.run_once", False),
    ("wsgi.input_terminated", True),
)
_PHRASES: Final = {int(status): status.phrase for status in HTTPStatus}


class InterceptedRequest(Struct, frozen=True):
    """A request: `scheme` and `netloc` of its URL, and `target`, path and query as they would be sent.

    `timeout` is how many seconds the client waits for the answer, None for ever.
    """

    method: str
    scheme: str
    netloc: str
    target: str
    headers: Iterable[tuple[str, str]]
    body: bytes = b""
    timeout: float | None = None


class Reply(Struct, frozen=True):
    """What came back; the body may be shorter than its Content-Length says."""

    status: int
    headers: Fields
    body: bytes

    @property
    def reason(self) -> str:
        """Return the phrase that goes with the status."""
        return _PHRASES.get(self.status, "Unknown")


def call_application(application: WSGIApplication, asked: InterceptedRequest) -> Reply:
    """Return what the application answers.

    Raises ConnectionDropped if it drops the connection before the head of the answer is sent whole, or
    answers later than the client waits.
    """
    started: list[Any] = []
    body = b""

    def start(status: str, headers: Fields, _: object = None) -> Any:
        started[:] = status, headers

    try:
        for piece in application(_environ(asked), start):
            body += piece
    except ConnectionDropped as dropped:
        if dropped.reason != "midway":
            raise
    status, headers = int(started[0][:3]), list(started[1])
    if not any(name.lower() == "date" for name, _ in headers):
        headers.append(("Date", date_now()))
    return Reply(status, headers, b"" if asked.method == "HEAD" or status in BODILESS_STATUSES else body)


def _environ(asked: InterceptedRequest) -> dict[str, Any]:
    path, _, query = asked.target.partition("?")
    environ: dict[str, Any] = dict(_COMMON)
    environ["REQUEST_METHOD"] = asked.method
    environ["RAW_URI"] = environ["REQUEST_URI"] = asked.target
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1") if "%" in path else path
    environ["QUERY_STRING"] = query
    environ["SERVER_NAME"], _, port = asked.netloc.partition(":")
    environ["SERVER_PORT"] = port or ("443" if asked.scheme == "https" else "80")
    environ["wsgi.url_scheme"] = asked.scheme
    environ["wsgi.input"] = io.BytesIO(asked.body)
    environ["wsgi.errors"] = sys.stderr
    for name, value in asked.headers:
        add_header(environ, name, value)
    environ.setdefault("HTTP_HOST", asked.netloc)
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # the body is here as a whole
    if asked.body:
        environ["CONTENT_LENGTH"] = str(len(asked.body))
    if asked.timeout is not None:
        environ[CLIENT_TIMEOUT] = asked.timeout
    return environ
