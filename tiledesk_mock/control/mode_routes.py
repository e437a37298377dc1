"""The rows of the control API's table that concern recording and replaying."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ..emulator import Emulator
from .routes import Route

if TYPE_CHECKING:
    from ..emulator.modes import ModeControl


def mode_routes(emulator: Emulator) -> tuple[Route, ...]:
    """Return `mode` and `cassette` of an emulator."""

    @cache
    def modes() -> ModeControl:
        # Here and not above: few emulators record, and start-up shall not wait for what that takes.
        from ..emulator.modes import ModeControl

        return ModeControl(emulator)

    return (
        Route("GET", "/mode", lambda _, __: modes().mode()),
        Route("PUT", "/mode", lambda _, asked: modes().set_mode(asked.document), None),
        Route("GET", "/cassette", lambda _, __: modes().cassette()),
    )
