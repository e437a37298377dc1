"""Targets that fail without a server: simulated, for as many attempts as a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from ..errors import SettingsError
from .transport import NoResponse, Reply, WebhookRequest

FAILURES: Final = {
    "timeout": "timed out",
    "refused": "connection refused",
    "reset": "connection reset by peer",
}
"""What can be simulated in place of an answer, and how the journal tells it."""

_STATUSES: Final = range(100, 600)
_COUNTS: Final = range(1, 1_000_000_001)


class Simulation(Struct):
    """What the target (None: every one) answers for the next `left` attempts (None: for ever)."""

    id: str
    target: str | None
    answer: Callable[[WebhookRequest], Reply]
    left: int | None


class Simulations:
    """The targets that are simulated; the first that is meant answers."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._rules: Final[list[Simulation]] = []
        self._number = 0

    def add(
        self, target: str | None, answer: Callable[[WebhookRequest], Reply], count: int | None = None
    ) -> str:
        """Let `answer` answer in the target's place; return an id, with which it can be removed.

        Raises SettingsError for a target that is no text, and a `count` that is no number from 1.
        """
        if not isinstance(target, (str, type(None))):
            raise SettingsError("target", target, "a URL")
        if count is not None:
            _whole("count", count, _COUNTS)
        with self._lock:
            self._number += 1
            rule = Simulation(str(self._number), target, answer, count)
            self._rules.append(rule)
            return rule.id

    def remove(self, id: str) -> bool:  # noqa: A002  (a record's own word)
        """Let a simulation be over; tell whether it was not yet."""
        with self._lock:
            before = len(self._rules)
            self._rules[:] = [rule for rule in self._rules if rule.id != id]
            return len(self._rules) < before

    def clear(self) -> None:
        """Simulate nothing any more."""
        with self._lock:
            self._rules.clear()

    def answer_for(self, target: str) -> Callable[[WebhookRequest], Reply] | None:
        """Return what answers for a target this time, or None if it is not simulated."""
        with self._lock:
            for rule in self._rules:
                if rule.target in (None, target):
                    self._count(rule)
                    return rule.answer
        return None

    def _count(self, rule: Simulation) -> None:
        if rule.left is not None:
            rule.left -= 1
            if rule.left <= 0:
                self._rules.remove(rule)


def failure(status: int | None, error: str | None) -> Callable[[WebhookRequest], Reply]:
    """Return what answers with a status, or fails like one of `FAILURES`; raise SettingsError for another."""
    if error is None:
        answer = Reply(_whole("status", 503 if status is None else status, _STATUSES))
        return lambda _: answer
    if error not in tuple(FAILURES):
        raise SettingsError("error", error, f"one of {', '.join(FAILURES)}")
    told = FAILURES[error]

    def fail(_: WebhookRequest) -> Reply:
        raise NoResponse(told)

    return fail


def _whole(name: str, value: object, allowed: range) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
        raise SettingsError(name, value, f"a whole number from {allowed[0]} to {allowed[-1]}")
    return value
