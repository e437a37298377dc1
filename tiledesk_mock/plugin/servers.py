"""The emulators of a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..settings import Settings
from ..testing import TiledeskMock

if TYPE_CHECKING:
    from ..diff.report import DiffReport


_MAX_IDLE: Final = 8
"""How many emulators are kept for later tests: each of a thousand tests may have its own seed."""


class Servers:
    """One emulator for each distinct set of settings, made when it is first needed.

    An emulator that is only intercepted never listens on a socket. The most recently used ones are kept.
    `diff_report` is the report of the tests that are compared with an upstream.
    """

    def __init__(self) -> None:
        self.diff_report: DiffReport | None = None
        self._handles: Final[dict[Settings, TiledeskMock]] = {}
        self._of_session: Final[set[Settings]] = set()

    def get(self, settings: Settings, *, for_session: bool = False) -> TiledeskMock:
        """Return the handle for these settings, which may not listen yet.

        It is valid until the test ends; with `for_session` until the session ends. Raises SetupError if the
        seed is invalid.
        """
        handle = self._handles.pop(settings, None)
        if handle is None or handle.is_stopped:  # a test may have stopped it
            handle = TiledeskMock(settings)
        if for_session:
            self._of_session.add(settings)
        self._handles[settings] = handle  # moves it to the end
        self._stop_idle()
        return handle

    def _stop_idle(self) -> None:
        idle = [settings for settings in self._handles if settings not in self._of_session]
        for settings in idle[:-_MAX_IDLE]:
            self._handles.pop(settings).stop()

    def stop(self) -> None:
        """Stop all of them."""
        for handle in self._handles.values():
            handle.stop()
        self._handles.clear()


class ServerFactory:
    """Starts more servers for a test, which are stopped when it ends; `set_up` is called with each handle."""

    def __init__(self, settings: Settings, set_up: Callable[[TiledeskMock], None]) -> None:
        self._settings: Final = settings
        self._set_up: Final = set_up
        self.handles: Final[list[TiledeskMock]] = []

    def __call__(self, **overrides: Any) -> TiledeskMock:
        """Start another server with the settings of the test and `overrides`.

        Raises SetupError if a setting, the seed or the address is invalid.
        """
        handle = TiledeskMock(self._settings, **overrides)
        self.handles.append(handle)
        self._set_up(handle)
        return handle.start()

    def stop(self) -> None:
        """Stop all of them."""
        for handle in self.handles:
            handle.stop()
