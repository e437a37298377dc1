"""`/__admin`: the control API over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from ..control.controls import Controls
from ..control.operations import CONTROL_HEADER, OPERATIONS, Operation
from ..emulator import Emulator
from ..errors import (
    MalformedEscape,
    SettingsError,
    SetupError,
    StorageFull,
    UnknownConversation,
    UnknownDelivery,
    UnknownEntry,
    UnknownEvent,
    UnknownSnapshot,
    UnknownStep,
)
from ..node.json import Json, collector_paused, load_json, stringify
from .access import Access
from .minimal_flask import MinimalFlask
from .requests import ADMIN, RAW_PATH, decode
from .responses import JSON
from .stream import SocketGivenUp, stream_view

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_BODY_LIMIT: Final = 256 * 1024 * 1024
"""Bytes of a body. A seed of 100,000 events has 20 million."""

_STATUSES: Final = {
    UnknownConversation: 404,
    UnknownDelivery: 404,
    UnknownEntry: 404,
    UnknownEvent: 404,
    UnknownSnapshot: 404,
    UnknownStep: 404,
    SetupError: 400,
    StorageFull: 500,
}

_log: Final = logging.getLogger("tiledesk_mock")


class _BodyNotReceived(Exception):
    """The client sends no more of the body, for a `reason` that the server has raised and handles itself."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(reason)
        self.reason: Final = reason


def control_app(emulator: Emulator) -> WSGIApplication:
    """Return the control API as a WSGI application of its own."""
    app = MinimalFlask("tiledesk_mock.control")
    app.config.update(MAX_CONTENT_LENGTH=_BODY_LIMIT, PROPAGATE_EXCEPTIONS=True)
    app.register_blueprint(_blueprint(emulator))

    @app.errorhandler(HTTPException)
    def refuse_route(error: HTTPException) -> Response:
        is_too_large = isinstance(error, RequestEntityTooLarge)
        reason = f"the body has more than {_BODY_LIMIT:,} bytes" if is_too_large else error.name.lower()
        response = _error(error.code or 500, f"{request.method} {request.path}: {reason}")
        response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
        return response

    @app.errorhandler(_BodyNotReceived)
    def end(error: _BodyNotReceived) -> Response:
        raise error.reason

    @app.errorhandler(SocketGivenUp)
    def give_up(error: SocketGivenUp) -> Response:
        raise error

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        _log.exception("%s %s failed: please report this", request.method, request.path, exc_info=error)
        return _error(500, "the emulator failed; its log has the reason")

    @app.after_request
    def mark(response: Response) -> Response:
        response.headers.set(*CONTROL_HEADER)
        return response

    return app


def _blueprint(emulator: Emulator) -> Blueprint:
    blueprint = Blueprint("control", __name__, url_prefix=f"/{ADMIN}")
    access = Access(emulator)

    @blueprint.before_request
    def authorize() -> Response | None:
        refusal = access.refusal(request.environ)
        return refusal and _error(*refusal)

    @blueprint.errorhandler(MalformedEscape)
    def refuse_path(_: MalformedEscape) -> Response:
        return _error(400, f"{request.environ[RAW_PATH]}: a percent-escape is not UTF-8")

    @blueprint.before_request
    def refuse_missing_id() -> Response | None:
        # Elsewhere a last slash has no effect. Here it may be that of an id that a script does not have.
        if request.method != "DELETE" or not request.environ[RAW_PATH].endswith("/"):
            return None
        return _error(404, f"DELETE {request.path}/: not found, the id is missing")

    for kind, status in _STATUSES.items():
        blueprint.register_error_handler(kind, lambda error, status=status: _error(status, str(error)))
    blueprint.add_url_rule("/stream", "stream", stream_view(emulator), provide_automatic_options=False)
    controls = Controls(emulator)
    for number, operation in enumerate(OPERATIONS):
        _add_route(blueprint, f"operation_{number}", operation, controls)
    return blueprint


def _error(status: int, reason: str) -> Response:
    """Return an error of the control API: JSON with one line."""
    response = _json(status, {"error": reason})
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _add_route(blueprint: Blueprint, name: str, operation: Operation, controls: Controls) -> None:
    def respond(**ids: str) -> Response:
        ids = {name: decode(value) for name, value in ids.items()}
        is_large = operation.document == "seed" or operation.path == "/state"
        with collector_paused() if is_large else nullcontext():
            perform = Controls.exported if operation.perform is Controls.state else operation.perform
            result = perform(controls, **operation.arguments(_body(operation), request.args), **ids)
        if operation.missing and not result:
            return _error(404, f"there is no {operation.missing} {next(iter(ids.values()))!r}")
        if isinstance(result, bytes):  # an export, which is JSON already
            return Response(result, 200, content_type=JSON)
        return _json(200, operation.response(result, ids))

    blueprint.add_url_rule(
        operation.path, name, respond, methods=[operation.method], provide_automatic_options=False
    )


def _body(operation: Operation) -> Mapping[str, Any]:
    """Return the body, which is a JSON object whatever its Content-Type, and empty without one."""
    raw = _received_body()
    try:
        document = load_json(raw, constants=False) if raw.strip() else {}
    except (ValueError, RecursionError) as error:
        raise SetupError(f"the body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise SettingsError("the body", document, "a JSON object")
    if operation.document == "seed" and not document:  # `{}` would be a seed; a forgotten body is more likely
        raise SetupError("the body is empty: expected a seed, as GET /state returns it")
    return document


def _received_body() -> bytes:
    try:
        raw = request.get_data(cache=False)
    except HTTPException:
        raise
    except Exception as error:
        raise _BodyNotReceived(error) from error
    if len(raw) >= _BODY_LIMIT:  # the rest of a body in chunks was not read
        raise RequestEntityTooLarge
    return raw


def _json(status: int, value: Json) -> Response:
    return Response(stringify(value), status, content_type=JSON)
