"""Simulated targets: they fail, or a function responds for them, without a server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from ..errors import SettingsError
from ..http.exchange import RecordedResponse
from .sender import DeliveryError, WebhookRequest

Responder = Callable[[WebhookRequest], RecordedResponse]
"""Responds in place of a target. It may raise DeliveryError."""

FAILURES: Final = {
    "timeout": "timed out",
    "refused": "connection refused",
    "reset": "connection reset by peer",
}
"""The errors that can be simulated, with the message that an attempt has."""

_STATUSES: Final = range(100, 600)
_COUNTS: Final = range(1, 1_000_000_001)


class Simulation(Struct):
    """What responds for a target (None: for every one) for the next `left` attempts (None: without end)."""

    id: str
    target: str | None
    respond: Responder
    left: int | None


class Simulations:
    """The simulated targets. Of several simulations of one target, the oldest responds."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._simulations: Final[list[Simulation]] = []
        self._number = 0

    def add(self, target: str | None, respond: Responder, count: int | None = None) -> str:
        """Let `respond` respond for a target; return an id for `remove`.

        Raises SettingsError if the target is no text, or `count` no positive integer.
        """
        if not isinstance(target, (str, type(None))):
            raise SettingsError("target", target, "a URL")
        if count is not None:
            _check_number("count", count, _COUNTS)
        with self._lock:
            self._number += 1
            self._simulations.append(Simulation(str(self._number), target, respond, count))
            return str(self._number)

    def remove(self, id: str) -> bool:  # noqa: A002  (a record's own word)
        """End a simulation; return whether there was one with that id."""
        with self._lock:
            before = len(self._simulations)
            self._simulations[:] = [one for one in self._simulations if one.id != id]
            return len(self._simulations) < before

    def clear(self) -> None:
        """End all simulations."""
        with self._lock:
            self._simulations.clear()

    def responder_for(self, target: str) -> Responder | None:
        """Return what responds for a target in this attempt, and count it; None if it is not simulated."""
        with self._lock:
            for simulation in self._simulations:
                if simulation.target in (None, target):
                    self._count(simulation)
                    return simulation.respond
        return None

    def _count(self, simulation: Simulation) -> None:
        if simulation.left is not None:
            simulation.left -= 1
            if simulation.left <= 0:
                self._simulations.remove(simulation)


def failing(status: int | None, error: str | None) -> Responder:
    """Return a responder with a status (by default 503), or that fails with one of `FAILURES`.

    Raises SettingsError if the status or the error cannot be simulated.
    """
    if error is None:
        response = RecordedResponse(_check_number("status", 503 if status is None else status, _STATUSES))
        return lambda _: response
    if error not in tuple(FAILURES):  # a tuple, since what a client sent may not be hashable
        raise SettingsError("error", error, f"one of {', '.join(FAILURES)}")

    def fail(_: WebhookRequest) -> RecordedResponse:
        raise DeliveryError(FAILURES[error])

    return fail


def _check_number(name: str, value: object, allowed: range) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
        raise SettingsError(name, value, f"a whole number from {allowed[0]} to {allowed[-1]}")
    return value
