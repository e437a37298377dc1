"""What Express and its middlewares do around every answer."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, Final

from flask import Response
from werkzeug.datastructures import Headers

from .paths import canonical

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .replies import Answer

POWERED_BY: Final = ("X-Powered-By", "Express")
CORS: Final = ("Access-Control-Allow-Origin", "*")
METHODS: Final = "GET,HEAD,PUT,PATCH,POST,DELETE"

RAW_PATH: Final = "tiledesk_mock.path"
"""Where the environ keeps the path as it came, without the query."""


class ExpressResponse(Response):
    """A response without Flask's defaults."""

    default_mimetype = None
    autocorrect_location_header = False


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


def etag(body: bytes) -> str:
    """Return the weak ETag that Express gives a body: its length in hex, 27 characters of its SHA-1."""
    digest = hashlib.sha1(body, usedforsecurity=False).digest()
    return f'W/"{len(body):x}-{base64.b64encode(digest).decode()[:27]}"'


def respond(answer: Answer, method: str, request_headers: Headers) -> Response:
    """Turn an answer into a response, with Express's headers; an unchanged GET becomes a 304."""
    headers = [POWERED_BY, *answer.headers]
    if answer.cors:
        headers.insert(1, CORS)
    if answer.content_type is not None:
        headers.append(("Content-Type", answer.content_type))
    if answer.is_sent:
        tag = etag(answer.body)
        headers.append(("ETag", tag))
        if method in ("GET", "HEAD") and 200 <= answer.status < 300 and is_fresh(request_headers, tag):
            return ExpressResponse(None, 304, [header for header in headers if header[0] != "Content-Type"])
    return ExpressResponse(answer.body, answer.status, headers)


def is_fresh(headers: Headers, tag: str) -> bool:
    """Tell whether the client has the answer already, by `If-None-Match` and `Cache-Control`."""
    wanted = headers.get("If-None-Match")
    if not wanted or "If-Modified-Since" in headers:  # nothing here says when it was modified: so it was
        return False
    if "no-cache" in headers.get("Cache-Control", "").replace(" ", "").split(","):
        return False
    strong = tag.removeprefix("W/")
    return wanted == "*" or any(given.strip().removeprefix("W/") == strong for given in wanted.split(","))


def preflight(request_headers: Headers) -> Response:
    """Answer OPTIONS as the cors middleware does, for every path."""
    headers = [
        POWERED_BY,
        CORS,
        ("Access-Control-Allow-Methods", METHODS),
        ("Vary", "Access-Control-Request-Headers"),
    ]
    wanted = request_headers.get("Access-Control-Request-Headers")
    if wanted:
        headers.append(("Access-Control-Allow-Headers", wanted))
    return ExpressResponse(None, 204, [*headers, ("Content-Length", "0")])
