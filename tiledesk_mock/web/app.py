"""The Flask application over one emulator."""

from __future__ import annotations

import logging
from copy import copy
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from flask import Flask
from werkzeug.exceptions import HTTPException

from ..emulator import Emulator
from ..errors import ApiError, NoResponse, StorageFull, StoreCorrupted
from ..http.exchange import RecordedResponse
from ..http.paths import without_prefix
from ..tiledesk.auth import Role
from .guards import BODY, EMULATOR, STATE, authorize, project_of
from .middleware import Middleware
from .minimal_flask import MinimalFlask
from .not_emulated import is_not_emulated, is_outside
from .requests import RAW_PATH, decode, printed
from .responses import (
    ApiResponse,
    error_response,
    express_response,
    json_response,
    not_found,
    preflight_response,
)
from .routes import routes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_TAKES_CONTEXT: Final = Flask.dispatch_request.__code__.co_argcount > 1
"""Whether Flask passes a request's context to its methods, as later versions than 3.1 do."""

_DEFECT: Final = "a defect of tiledesk-mock ({}): its log has the traceback, please report it"

_log: Final = logging.getLogger("tiledesk_mock")


def create_app(emulator: Emulator) -> Flask:
    """Return the WSGI application of `emulator`, which the caller closes.

    All applications share their routes: Flask refuses to add others.
    """
    app = copy(routed_app())
    app.config, app.extensions = copy(app.config), {EMULATOR: emulator}
    app.wsgi_app = Middleware(partial(respond, app), emulator, app.url_map)  # type: ignore[method-assign]
    return app


def respond(app: Flask, environ: WSGIEnvironment) -> RecordedResponse:
    """Return the response of the view that serves a request, or of the error that it ends with.

    The environ has the parsed body, or what was raised when it was parsed.
    """
    method = environ["REQUEST_METHOD"]
    try:
        if isinstance(environ[BODY], Exception):
            raise environ[BODY]
        if method == "OPTIONS":
            return preflight_response(environ)
        if "%" in environ[RAW_PATH]:
            decode(environ[RAW_PATH])  # Express decodes all of a path before any route
        response = _view_response(app, environ)
    except (ApiError, StorageFull) as error:
        if isinstance(error, NoResponse) and app.extensions[EMULATOR].settings.hang:
            environ[STATE].hangs = True
        _explain(error, app, environ)
        response = error_response(error)
    except StoreCorrupted as error:
        _log.error("%s %s failed: %s", method, environ["PATH_INFO"], error)
        environ[STATE].reason = f"the store is damaged: {error}"
        response = error_response(error)
    except Exception as error:  # noqa: BLE001  (whatever it is, the client gets a response)
        _log.exception("%s %s failed: please report this", method, environ["PATH_INFO"])
        environ[STATE].reason = _DEFECT.format(type(error).__name__)
        response = json_response({"err": "error"}, 500)
    return express_response(response, environ)


def _explain(error: Exception, app: Flask, environ: WSGIEnvironment) -> None:
    # Imported on first use: a test without errors needs none of it.
    from .reasons import reason_of

    environ[STATE].explain(lambda: reason_of(error, app, environ), str(error))


def _view_response(app: Flask, environ: WSGIEnvironment) -> ApiResponse:
    with app.request_context(environ) as context:
        try:
            response: Any = app.dispatch_request(*((context,) if _TAKES_CONTEXT else ()))
        except HTTPException:
            return _response_without_route(app, environ)
    return response  # type: ignore[no-any-return]  # as the views are annotated


def _response_without_route(app: Flask, environ: WSGIEnvironment) -> ApiResponse:
    """Respond to a path without a route: an unknown project is refused first."""
    emulator: Emulator = app.extensions[EMULATOR]
    environ[STATE].is_emulated = False
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    raw = without_prefix(environ[RAW_PATH])
    first, _, _ = raw.removeprefix("/").partition("/") if raw.startswith("/") else ("", "", "")
    in_tiledesk = is_not_emulated(method, path)
    if in_tiledesk:  # whatever is refused first: the project, for example
        _log.info("not emulated: %s %s", method, path)
    project = project_of(emulator, environ, decode(first)) if first and not is_outside(method, path) else None
    if project is not None and path.split("/")[2:3] == ["subscriptions"]:
        authorize(emulator, environ, project, Role.ADMIN)  # which Express does before it looks for a route
    _explain_route(app, environ)
    return not_found(method, printed(raw), "not emulated" if in_tiledesk else None)


def _explain_route(app: Flask, environ: WSGIEnvironment) -> None:
    from .route_reasons import route_reason  # as above

    environ[STATE].explain(lambda: route_reason(environ, app.url_map))


@cache
def routed_app() -> MinimalFlask:
    """Return an application without an emulator.

    It is made once, in 0.4 ms, and copied for each emulator.
    """
    app = MinimalFlask("tiledesk_mock")
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.register_blueprint(routes)
    app.freeze()
    return app
