"""The routes of `/__admin` that concern webhooks, and the platform's own events."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request

from ..domain.javascript import stringify
from ..domain.model import Json
from ..emulator import Emulator
from ..errors import SetupError, UnknownDelivery
from .express import ExpressResponse
from .replies import JSON

_DRAIN_SECONDS: Final = 10.0


def add_delivery_routes(blueprint: Blueprint, emulator: Emulator) -> None:
    """Add `deliveries`, what is done with them, and `standard-events`."""
    webhooks = emulator.webhooks

    @blueprint.get("/deliveries")
    def list_deliveries() -> Response:
        return _json({"deliveries": webhooks.deliveries()})

    @blueprint.post("/deliveries/<id_delivery>/resend")
    def resend(id_delivery: str) -> Response:
        try:
            return _json(webhooks.resend(id_delivery))
        except UnknownDelivery as error:
            return _json({"error": str(error)}, 404)

    @blueprint.post("/deliveries/drain")
    def drain() -> Response:
        return _json(webhooks.drain(request.args.get("timeout", _DRAIN_SECONDS, float)))

    @blueprint.post("/deliveries/failures")
    def fail() -> Response:
        wanted = _object()
        try:
            webhooks.fail(
                wanted.get("target"),
                status=wanted.get("status"),
                error=wanted.get("error"),
                count=wanted.get("count"),
            )
        except ValueError as error:
            raise SetupError(f"error: {error}") from error
        return _json({"failing": True})

    @blueprint.post("/standard-events")
    def emit_standard() -> Response:
        wanted = _object()
        event = emulator.own_events.emit(
            str(wanted.get("name")),
            wanted.get("attributes") or {},
            wanted.get("project"),
            wanted.get("by"),
        )
        return _json(emulator.presentation.document(event))


def _object() -> dict[str, Json]:
    document = request.get_json(silent=True)
    if not isinstance(document, dict):
        raise SetupError("the body is to be a JSON object")
    return document


def _json(value: Json, status: int = 200) -> Response:
    return ExpressResponse(stringify(value), status, content_type=JSON)
