"""The Flask application over one emulator."""

from __future__ import annotations

import logging
from functools import cache
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from ..emulator import Emulator
from ..errors import ApiError, NoResponse, StorageFull
from ..http.paths import without_prefix
from ..node.body_parser import parse_body
from .auth import auth
from .environs import whole_body
from .events import events
from .express import RAW_PATH, ExpressPaths, ExpressResponse, Sent, preflight
from .guards import BODY, EMULATOR, answered, emulator
from .passage import UNSERVED
from .paths import decode, is_not_emulated, printed
from .patience import HANGING
from .pipeline import Pipeline
from .replies import HTML, Reply, json_reply, not_found, reply_to
from .routing import DirectFlask
from .subscriptions import subscriptions
from .upgrades import Upgrades

HELLO: Final = (
    b"Hello from Tiledesk server. It's UP. See the documentation here http://developer.tiledesk.com"
)

_log: Final = logging.getLogger("tiledesk_mock")


def create_app(emulator: Emulator) -> Flask:
    """Return the WSGI application that speaks for `emulator`, which stays the caller's to close.

    Its routes and handlers are shared by all of them: Flask refuses to add others.
    """
    app = _template().twin()
    app.extensions[EMULATOR] = emulator
    answering = Upgrades(ExpressPaths(app.wsgi_app), emulator)
    app.wsgi_app = Pipeline(answering, emulator)  # type: ignore[method-assign]
    return app


@cache
def _template() -> DirectFlask:
    app = DirectFlask("tiledesk_mock", _read)
    app.response_class = ExpressResponse
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    for blueprint in (auth, events, subscriptions):
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "hello", _hello)
    app.register_error_handler(ApiError, _refuse)
    app.register_error_handler(StorageFull, _refuse)
    app.register_error_handler(HTTPException, _answer_unserved)
    app.register_error_handler(Exception, _fail)
    return app


def _read() -> Response | None:
    environ = request.environ
    environ[BODY] = {}
    if environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ:
        environ[BODY] = parse_body(
            whole_body(environ), environ.get("CONTENT_TYPE"), environ.get("HTTP_CONTENT_ENCODING")
        )
    return Sent(preflight(environ)) if environ["REQUEST_METHOD"] == "OPTIONS" else None


def _hello() -> Response:
    return answered(Reply(200, HELLO, HTML))


def _refuse(error: ApiError | StorageFull) -> Response:
    if isinstance(error, NoResponse) and emulator().settings.hang:
        request.environ[HANGING] = True
    return answered(reply_to(error))


def _answer_unserved(_: HTTPException) -> Response:
    request.environ[UNSERVED] = True
    try:
        return answered(_unserved())
    except ApiError as error:
        return answered(reply_to(error))


def _fail(error: Exception) -> Response:
    _log.exception("%s %s failed: please report this", request.method, request.path, exc_info=error)
    return answered(json_reply({"err": "error"}, 500))


def _unserved() -> Reply:
    """Answer a path that no route serves; in a project that is none, the project is what is wrong."""
    path, raw = request.environ["PATH_INFO"], without_prefix(request.environ[RAW_PATH])
    first, inside, _ = raw[1:].partition("/")
    foreign = is_not_emulated(path)
    if first and (inside or not foreign):
        emulator().project(decode(first))
    decode(raw)
    if foreign:
        _log.info("not emulated: %s %s", request.method, path)
    return not_found(request.method, printed(raw), "not emulated" if foreign else None)
