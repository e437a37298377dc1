"""What Express and its middlewares do around every answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from flask import Response

from ..http.encodings import weak_etag
from ..http.exchange import BODILESS_STATUSES, RecordedResponse
from .paths import canonical

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .replies import Reply

POWERED_BY: Final = ("X-Powered-By", "Express")
CORS: Final = ("Access-Control-Allow-Origin", "*")
METHODS: Final = "GET,HEAD,PUT,PATCH,POST,DELETE"

RAW_PATH: Final = "tiledesk_mock.path"
"""Where the environ keeps the path as it came, without the query."""


_STATUS_LINES: Final = {int(status): f"{int(status)} {status.phrase}" for status in HTTPStatus}


class ExpressResponse(Response):
    """A response without Flask's defaults."""

    default_mimetype = None
    autocorrect_location_header = False


class Sent(ExpressResponse):
    """A response that is complete when it is made: nothing is added to it or converted any more."""

    def __init__(self, answer: RecordedResponse) -> None:
        self._answer: Final = answer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:  # noqa: ARG002
        """Send it."""
        start_response(status_line(self._answer.status), list(self._answer.headers))
        return [self._answer.body]


class ExpressPaths:
    """WSGI middleware: gives Flask's router the path as Express's router would match it."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app: Final = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Rewrite the path, and keep the raw one."""
        path = raw_path(environ)
        environ[RAW_PATH] = path
        environ["PATH_INFO"] = canonical(path)
        environ["SCRIPT_NAME"] = ""
        return self._app(environ, start_response)


def raw_path(environ: WSGIEnvironment) -> str:
    """Return the path of the request line, undecoded; a server that does not tell it has it made up."""
    target: str | None = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if target is None:
        decoded: bytes = (environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]).encode("latin-1")
        return "".join(_escaped(byte) for byte in decoded) or "/"
    if "://" in target.partition("/")[0] + "//" and not target.startswith("/"):
        target = "/" + target.partition("://")[2].partition("/")[2]
    return target.partition("?")[0]


def _escaped(byte: int) -> str:
    return chr(byte) if 0x20 < byte < 0x7F and byte != 0x25 else f"%{byte:02X}"


def status_line(status: int) -> str:
    """Return a status with its phrase."""
    return _STATUS_LINES.get(status) or f"{status} Unknown"


def respond(answer: Reply, environ: WSGIEnvironment) -> RecordedResponse:
    """Return an answer with Express's headers, as it is sent; an unchanged GET becomes a 304."""
    headers = [POWERED_BY, CORS, *answer.headers] if answer.cors else [POWERED_BY, *answer.headers]
    method = environ["REQUEST_METHOD"]
    tag = weak_etag(answer.body) if answer.is_sent else None
    if tag and method in ("GET", "HEAD") and 200 <= answer.status < 300 and is_fresh(environ, tag):
        return RecordedResponse(304, (*headers, ("ETag", tag)))
    if answer.status in BODILESS_STATUSES:
        return RecordedResponse(answer.status, (*headers, ("ETag", tag)) if tag else tuple(headers))
    if answer.content_type is not None:
        headers.append(("Content-Type", answer.content_type))
    headers.append(("Content-Length", str(len(answer.body))))
    if tag:
        headers.append(("ETag", tag))
    return RecordedResponse(answer.status, tuple(headers), b"" if method == "HEAD" else answer.body)


def is_fresh(environ: WSGIEnvironment, tag: str) -> bool:
    """Tell whether the client has the answer already, by `If-None-Match` and `Cache-Control`."""
    wanted = environ.get("HTTP_IF_NONE_MATCH")
    # With a date the answer is never fresh, since nothing here says when it was modified.
    if not wanted or "HTTP_IF_MODIFIED_SINCE" in environ:
        return False
    if "no-cache" in environ.get("HTTP_CACHE_CONTROL", "").replace(" ", "").split(","):
        return False
    same = (tag, tag.removeprefix("W/"), f"W/{tag}")
    return wanted == "*" or any(given.strip(" ") in same for given in wanted.split(","))


def preflight(environ: WSGIEnvironment) -> RecordedResponse:
    """Answer OPTIONS as the cors middleware does, for every path."""
    headers = (
        POWERED_BY,
        CORS,
        ("Access-Control-Allow-Methods", METHODS),
        ("Vary", "Access-Control-Request-Headers"),
    )
    wanted = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS")
    allowed = (("Access-Control-Allow-Headers", wanted),) if wanted else ()
    return RecordedResponse(204, (*headers, *allowed, ("Content-Length", "0")))
