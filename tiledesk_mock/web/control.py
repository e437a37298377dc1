"""`/__admin`: the emulator in a tester's hand, over HTTP."""

from __future__ import annotations

from flask import Blueprint, Response, request

from ..domain.javascript import stringify
from ..domain.model import Json
from ..emulator import Emulator
from ..errors import SetupError
from .deliveries import add_delivery_routes
from .express import ExpressResponse
from .paths import ADMIN
from .replies import JSON


def control_blueprint(emulator: Emulator) -> Blueprint:
    """Return the routes that watch and steer the emulator."""
    blueprint = Blueprint("control", __name__, url_prefix=f"/{ADMIN}")

    @blueprint.get("/health")
    def health() -> Response:
        return _json({"status": "ok"})

    @blueprint.post("/reset")
    def reset() -> Response:
        emulator.reset()
        return _json({"reset": True})

    @blueprint.get("/state")
    def export() -> Response:
        return _json(emulator.export())

    @blueprint.put("/state")
    def replace() -> Response:
        emulator.replace_state(request.get_json(), "request body")
        return _json({"replaced": True})

    @blueprint.post("/seed")
    def seed() -> Response:
        return _json(emulator.add_seed(request.get_json(), "request body"))

    add_delivery_routes(blueprint, emulator)

    @blueprint.errorhandler(SetupError)
    def refuse(error: SetupError) -> Response:
        return _json({"error": str(error)}, 400)

    return blueprint


def _json(value: Json, status: int = 200) -> Response:
    return ExpressResponse(stringify(value), status, content_type=JSON)
