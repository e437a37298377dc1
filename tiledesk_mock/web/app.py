"""The Flask application over one emulator."""

from __future__ import annotations

import logging
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from ..domain.bodies import read_body
from ..domain.prefixes import without_prefix
from ..emulator import Emulator
from ..errors import ApiError, NeverAnswered, StorageFull
from .auth import auth_blueprint
from .environs import whole_body
from .events import events_blueprint
from .express import RAW_PATH, ExpressPaths, ExpressResponse, Sent, preflight
from .guards import BODY, answered
from .passage import UNSERVED
from .paths import decode, is_not_emulated, printed
from .patience import HANGING
from .pipeline import Pipeline
from .replies import HTML, Answer, answer_for, json_answer, not_found
from .routing import LeanFlask, Rules
from .subscriptions import subscriptions_blueprint
from .upgrades import Upgrades

HELLO: Final = (
    b"Hello from Tiledesk server. It's UP. See the documentation here http://developer.tiledesk.com"
)

_RULES: Final = Rules()

_log: Final = logging.getLogger("tiledesk_mock")


def create_app(emulator: Emulator) -> Flask:
    """Return the WSGI application that speaks for `emulator`, which stays the caller's to close."""
    app = LeanFlask("tiledesk_mock")
    app.response_class = ExpressResponse
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.extensions["tiledesk_mock"] = emulator
    _RULES.give(app, lambda: _add_routes(app, emulator))
    _refuse(app, emulator)
    answering = Upgrades(ExpressPaths(app.wsgi_app), emulator)
    app.wsgi_app = Pipeline(answering, emulator)  # type: ignore[method-assign]
    return app


def _add_routes(app: Flask, emulator: Emulator) -> None:
    for blueprint in (auth_blueprint, events_blueprint, subscriptions_blueprint):
        app.register_blueprint(blueprint(emulator))

    @app.before_request
    def read() -> Response | None:
        environ = request.environ
        environ[BODY] = {}
        if environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ:
            environ[BODY] = read_body(
                whole_body(environ), environ.get("CONTENT_TYPE"), environ.get("HTTP_CONTENT_ENCODING")
            )
        return Sent(preflight(environ)) if environ["REQUEST_METHOD"] == "OPTIONS" else None

    @app.get("/", endpoint="hello")
    def hello() -> Response:
        return answered(Answer(200, HELLO, HTML))


def _refuse(app: Flask, emulator: Emulator) -> None:
    """Answer what no route answers, and what a route refuses."""

    @app.errorhandler(ApiError)
    @app.errorhandler(StorageFull)
    def refuse(error: ApiError) -> Response:
        if emulator.settings.hang and isinstance(error, NeverAnswered):
            request.environ[HANGING] = True
        return answered(answer_for(error))

    @app.errorhandler(HTTPException)
    def unknown(_: HTTPException) -> Response:
        request.environ[UNSERVED] = True
        try:
            return answered(_unknown(emulator))
        except ApiError as error:
            return answered(answer_for(error))

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        _log.exception("%s %s failed: please report this", request.method, request.path, exc_info=error)
        return answered(json_answer({"err": "error"}, 500))


def _unknown(emulator: Emulator) -> Answer:
    """Answer a path that no route serves; in a project that is none, the project is what is wrong."""
    path, raw = request.environ["PATH_INFO"], without_prefix(request.environ[RAW_PATH])
    first, inside, _ = raw[1:].partition("/")
    foreign = is_not_emulated(path)
    if first and (inside or not foreign):
        emulator.project(decode(first))
    decode(raw)
    if foreign:
        _log.warning("not emulated: %s %s", request.method, path)
    return not_found(request.method, printed(raw), "not emulated" if foreign else None)
