"""People whose tokens stay the same for a while: a test compares what came with what it gave."""

from __future__ import annotations

import threading
from typing import Any, Final

from ..tiledesk.clock import Clock
from .people import Known, Person

_LASTING: Final = 60_000
"""Milliseconds of the emulator's clock for which somebody has the same token."""

_MOST: Final = 10_000
_OF_EACH_TOKEN: Final = frozenset({"iat", "jti"})
"""Claims that are others in each token."""


class LastingTokens:
    """Keeps people with the tokens that they were given. Safe to use from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock: Final = clock
        self._lock: Final = threading.Lock()
        self._kept: Final[dict[Any, tuple[int, Person]]] = {}

    def person(self, known: Known) -> Person:
        """Return the person, with the token of before if it still says the same and was signed lately."""
        if known.badge is None:
            return known.person
        said = frozenset(
            (name, repr(value)) for name, value in known.badge.claims.items() if name not in _OF_EACH_TOKEN
        )
        key = known.person, known.badge.secret, said
        now = self._clock.now()
        with self._lock:
            since, kept = self._kept.get(key, (now, known.person))
            if not 0 <= now - since < _LASTING:
                since, kept = now, known.person
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[key] = since, kept
        return kept

    def forget(self) -> None:
        """Give everybody a new one."""
        with self._lock:
            self._kept.clear()
