"""The emulators of a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ..settings import Settings
from ..testing import TiledeskMock

if TYPE_CHECKING:
    from ..diff.report import DiffReport


_IDLE: Final = 8
"""How many emulators stay for tests to come: a suite may have a seed of its own in each of a thousand."""


class Servers:
    """One emulator for each distinct set of settings, made when it is first asked for.

    An emulator that only answers intercepted requests never listens on a socket. Those that were asked for
    last are kept. `differences` is what the tests found that were compared with another Tiledesk.
    """

    def __init__(self) -> None:
        self.differences: DiffReport | None = None
        self._made: Final[dict[Settings, TiledeskMock]] = {}
        self._for_the_session: Final[set[Settings]] = set()

    def get(self, settings: Settings, *, for_the_session: bool = False) -> TiledeskMock:
        """Return the handle of these settings, whether it listens or not.

        It is good for a test, or until the session ends. Raises a SetupError if the seed cannot be used.
        """
        handle = self._made.pop(settings, None)
        if handle is None or handle.is_stopped:  # a test may try how its client bears that
            handle = TiledeskMock(settings)
        if for_the_session:
            self._for_the_session.add(settings)
        self._made[settings] = handle  # is the last one now
        self._stop_idle()
        return handle

    def _stop_idle(self) -> None:
        idle = [settings for settings in self._made if settings not in self._for_the_session]
        for settings in idle[:-_IDLE]:
            self._made.pop(settings).stop()

    def stop(self) -> None:
        """Stop them all."""
        for handle in self._made.values():
            handle.stop()
        self._made.clear()


class ServerFactory:
    """Makes servers beyond the first, which are stopped when the test ends; `on_made` is told of each."""

    def __init__(self, settings: Settings, on_made: Callable[[TiledeskMock], None]) -> None:
        self._settings: Final = settings
        self._on_made: Final = on_made
        self.made: Final[list[TiledeskMock]] = []

    def __call__(self, **given: Any) -> TiledeskMock:
        """Start another server; `given` are settings that differ from the test's own.

        Raises a SetupError if a setting, the seed or the address cannot be used.
        """
        handle = TiledeskMock(self._settings, **given)
        self.made.append(handle)
        self._on_made(handle)
        return handle.start()

    def stop(self) -> None:
        """Stop them all."""
        for handle in self.made:
            handle.stop()
