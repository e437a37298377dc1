"""The rows of the control API's table that concern recording and replaying."""

from __future__ import annotations

from ..emulator import Emulator
from ..modes import Modes
from .control_routes import Route


def mode_routes(emulator: Emulator) -> tuple[Route, ...]:
    """Return `mode` and `cassette` of an emulator."""
    modes = Modes(emulator)
    return (
        Route("GET", "/mode", lambda _, __: modes.mode()),
        Route("PUT", "/mode", lambda _, asked: modes.set_mode(asked.document)),
        Route("GET", "/cassette", lambda _, __: modes.cassette()),
    )
