"""Requests and answers between their two forms: WSGI's and the values that are recorded."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from werkzeug.wsgi import get_input_stream

from ..http.exchange import RecordedRequest, RecordedResponse
from .express import raw_path

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

LONGEST_BODY: Final = 16 * 1024 * 1024
"""Bytes of a body that are read: Tiledesk refuses far shorter ones, and giants shall not fill the memory."""

_PREFIX: Final = "HTTP_"
_UNPREFIXED: Final = ("CONTENT_TYPE", "CONTENT_LENGTH")


def recorded_request(environ: WSGIEnvironment) -> RecordedRequest:
    """Return the request of an environ; its body can still be read afterwards."""
    # Called for every request: a list of pairs is made in half the time of a generator's.
    headers = [(_field_name(name), value) for name, value in environ.items() if name[:5] == _PREFIX]
    headers += [(_field_name(name), environ[name]) for name in _UNPREFIXED if environ.get(name)]
    return RecordedRequest(environ["REQUEST_METHOD"], _target(environ), tuple(headers), whole_body(environ))


def with_request(
    environ: WSGIEnvironment, request: RecordedRequest, original: RecordedRequest
) -> WSGIEnvironment:
    """Return an environ that asks for `request`; it is the same one for the `original` request."""
    if request is original:
        return environ
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith("HTTP_") and name not in _UNPREFIXED
    }
    for name, value in request.headers:
        kept[_key(name)] = value
    kept.pop("HTTP_TRANSFER_ENCODING", None)
    path, _, query = request.target.partition("?")
    kept |= {"REQUEST_METHOD": request.method, "RAW_URI": request.target, "REQUEST_URI": request.target}
    kept |= {"PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": ""}
    kept |= {"wsgi.input": io.BytesIO(request.body), "CONTENT_LENGTH": str(len(request.body))}
    return kept


def collected(app: WSGIApplication, environ: WSGIEnvironment) -> RecordedResponse:
    """Return what an application answers, whole."""
    started: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
        started[:] = status, headers

    pieces = app(environ, start)
    try:
        body = b"".join(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
    status, headers = started
    return RecordedResponse(int(status[:3]), tuple(headers), body)


def _target(environ: WSGIEnvironment) -> str:
    path, query = raw_path(environ), environ.get("QUERY_STRING")
    return f"{path}?{query}" if query else path


def whole_body(environ: WSGIEnvironment) -> bytes:
    """Return the body of a request, which can be asked for again; of a giant one the beginning."""
    stream = environ["wsgi.input"]
    if type(stream) is io.BytesIO:
        return stream.getvalue()
    body = get_input_stream(environ).read(LONGEST_BODY)
    environ["wsgi.input"] = io.BytesIO(body)
    environ["wsgi.input_terminated"] = True
    return body


@lru_cache(512)
def _field_name(key: str) -> str:
    return key.removeprefix("HTTP_").replace("_", "-").title()


def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in _UNPREFIXED else f"HTTP_{key}"
