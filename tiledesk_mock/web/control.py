"""`/__admin`: the emulator in a tester's hand, over HTTP."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from ..control.arguments import Asked
from ..control.local import LocalControls
from ..control.mode_routes import mode_routes
from ..control.routes import ROUTES, NotThere, Route
from ..control.webhook_routes import DELIVERY_ROUTES
from ..emulator import Emulator
from ..errors import MalformedEscape, SettingsError, SetupError, StorageFull, UnknownDelivery, UnknownSnapshot
from ..node.json import Json, stringify
from .gate import Gate
from .requests import ADMIN, RAW_PATH, decode
from .responses import JSON
from .routing import RoutingFlask

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_log: Final = logging.getLogger("tiledesk_mock")


def control_app(emulator: Emulator) -> WSGIApplication:
    """Return the control API as a WSGI application of its own."""
    app = RoutingFlask("tiledesk_mock.control")
    app.register_blueprint(_blueprint(emulator))

    @app.errorhandler(HTTPException)
    def unknown(error: HTTPException) -> Response:
        return control_failure(error)

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        _log.exception("%s %s failed: please report this", request.method, request.path, exc_info=error)
        return control_error(500, "the emulator failed; its log has the reason")

    return app


def _blueprint(emulator: Emulator) -> Blueprint:
    blueprint = Blueprint("control", __name__, url_prefix=f"/{ADMIN}")
    gate = Gate(emulator.settings, emulator.admin_token)

    @blueprint.before_request
    def refuse_strangers() -> Response | None:
        refusal = gate.refusal(request.environ)
        return refusal and control_error(*refusal)

    @blueprint.errorhandler(MalformedEscape)
    def refuse_path(_: MalformedEscape) -> Response:
        return control_error(400, f"{request.environ[RAW_PATH]}: a percent-escape is not UTF-8")

    @blueprint.errorhandler(SetupError)
    @blueprint.errorhandler(StorageFull)
    def refuse(error: Exception) -> Response:
        is_missing = isinstance(error, (NotThere, UnknownDelivery, UnknownSnapshot))
        return control_error(
            500 if isinstance(error, StorageFull) else 404 if is_missing else 400, str(error)
        )

    controls = LocalControls(emulator)
    for number, route in enumerate((*ROUTES, *DELIVERY_ROUTES, *mode_routes(emulator))):
        _add(blueprint, f"route_{number}", route, controls)
    return blueprint


def control_error(status: int, reason: str) -> Response:
    """Return an error of the control API: JSON with one line."""
    response = _json({"error": reason}, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def control_failure(error: HTTPException) -> Response:
    """Return the answer to a path or a method that the control API does not have."""
    response = control_error(error.code or 500, f"{request.method} {request.path}: {error.name.lower()}")
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _add(blueprint: Blueprint, name: str, route: Route, controls: LocalControls) -> None:
    def answer(**ids: str) -> Response:
        asked = Asked(_document(), request.args, {key: decode(value) for key, value in ids.items()})
        asked.only(route.fields, route.query)
        return _json(route.answer(controls, asked))

    blueprint.add_url_rule(route.path, name, answer, methods=[route.method], provide_automatic_options=False)


def _document() -> Mapping[str, Any]:
    """Return the body, which is a JSON object whatever its Content-Type; without one it is empty."""
    raw = request.get_data(cache=False)
    if not raw.strip():
        return {}
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise SetupError(f"the body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise SettingsError("the body", document, "a JSON object")
    return document


def _json(value: Json, status: int = 200) -> Response:
    return Response(stringify(value), status, content_type=JSON)
