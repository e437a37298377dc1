"""Targets that fail without a server: simulated, for as many attempts as a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .transport import NoAnswer, Outgoing, Reply

FAILURES: Final = {
    "timeout": "timed out",
    "refused": "connection refused",
    "reset": "connection reset by peer",
}
"""What can be simulated in place of an answer, and how the journal tells it."""


@dataclass(slots=True)
class Simulation:
    """What the target (None: every one) answers for the next `left` attempts (None: for ever)."""

    id: str
    target: str | None
    answer: Callable[[Outgoing], Reply]
    left: int | None


class Simulations:
    """The targets that are simulated; the first that is meant answers."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._rules: Final[list[Simulation]] = []
        self._number = 0

    def add(self, target: str | None, answer: Callable[[Outgoing], Reply], count: int | None = None) -> str:
        """Let `answer` answer in the target's place; return an id, with which it can be removed."""
        with self._lock:
            self._number += 1
            rule = Simulation(str(self._number), target, answer, count)
            self._rules.append(rule)
            return rule.id

    def remove(self, id: str) -> None:  # noqa: A002  (a record's own word)
        """Let a simulation be over; one that is over already may be."""
        with self._lock:
            self._rules[:] = [rule for rule in self._rules if rule.id != id]

    def clear(self) -> None:
        """Simulate nothing any more."""
        with self._lock:
            self._rules.clear()

    def answer_for(self, target: str) -> Callable[[Outgoing], Reply] | None:
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


def failure(status: int | None, error: str | None) -> Callable[[Outgoing], Reply]:
    """Return what answers with a status, or fails like one of `FAILURES`; raise ValueError for another."""
    if error is None:
        answer = Reply(503 if status is None else status)
        return lambda _: answer
    if error not in FAILURES:
        raise ValueError(f"{error!r} is none of {', '.join(FAILURES)}")
    told = FAILURES[error]

    def fail(_: Outgoing) -> Reply:
        raise NoAnswer(told)

    return fail
