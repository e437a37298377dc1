"""What `exec` prints when its command has ended: what it relied on, and the last exchanges if it failed."""

from __future__ import annotations

from typing import Final

from ..http.exchange import Exchange
from ..plugin.options import DriftPolicy
from ..plugin.report import drift_message, last_exchanges, not_emulated_message
from ..testing import TiledeskMock
from ..text import number_of, visible

_MAX_NOT_EMULATED: Final = 100
"""How many requests that are not emulated are kept."""


class ObservedCommand:
    """Keeps the drifts that a command relies on, and its requests that are not emulated.

    They are kept even if the command resets the emulator.

    Args:
        handle: the handle of the emulator that the command uses.
        policy: what drifts mean.
        strict: whether requests that are not emulated are a problem.
    """

    def __init__(self, handle: TiledeskMock, policy: DriftPolicy, *, strict: bool) -> None:
        self._handle: Final = handle
        self._policy: Final = policy
        self._strict: Final = strict
        self._drifts: Final[dict[str, Exchange | None]] = {}
        self._ignored: Final[dict[str, Exchange | None]] = {}
        self._not_emulated: Final[list[Exchange]] = []
        handle.emulator.journal.subscribe(self._keep)

    def ending(self, code: int) -> tuple[int, list[str]]:
        """Return the exit code, and the lines to print, for the exit code of the command.

        A code other than 0 stays. It becomes 1 if there is a problem.
        """
        drifts = dict.fromkeys(self._handle.emulator.journal.drifts) | self._drifts  # some have no exchange
        if self._policy is DriftPolicy.IGNORE:
            drifts.clear()
        lines = [f"  {drift_message(drift, exchange)}" for drift, exchange in drifts.items()]
        if lines:
            lines.insert(0, "the command relied on what the real server does not do:")
        if self._ignored and self._policy is not DriftPolicy.IGNORE:
            lines.append("the command asks for what the server ignores:")
            lines += [f"  {drift_message(drift, exchange)}" for drift, exchange in self._ignored.items()]
        if self._not_emulated:
            lines.append(not_emulated_message(self._not_emulated))
        if code:
            return code, [*lines, *map(visible, last_exchanges([self._handle]).splitlines())]
        problems = self._problems(len(drifts))
        if not problems:
            return 0, lines
        return 1, [*lines, f"tiledesk-mock exec: exit code 1, because of {' and '.join(problems)}"]

    def _problems(self, drifts: int) -> list[str]:
        """Return what lets a command fail whose exit code is 0."""
        problems = [number_of(drifts, "drift")] if drifts and self._policy is DriftPolicy.ERROR else []
        if self._strict and self._not_emulated:
            problems.append(f"{number_of(len(self._not_emulated), 'request')} to paths that are not emulated")
        return problems

    def _keep(self, exchange: Exchange) -> None:
        if not exchange.is_emulated and len(self._not_emulated) < _MAX_NOT_EMULATED:
            self._not_emulated.append(exchange)
        for drift in exchange.drifts:
            self._drifts.setdefault(drift, exchange)
        for drift in exchange.ignored:
            self._ignored.setdefault(drift, exchange)
