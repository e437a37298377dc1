"""The journal: what was asked and answered, the newest of it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final, TypeVar

from ..domain.clock import Clock
from ..domain.exchange import Exchange, RecordedAnswer, RecordedRequest

Found = TypeVar("Found")


class Journal:
    """Keeps the last `size` exchanges. Safe to use from many threads.

    What is kept is raw: secrets are masked by `tiledesk_mock.instruments.showing` when somebody looks.
    """

    def __init__(self, size: int, clock: Clock) -> None:
        self._clock: Final = clock
        self._kept: Final[deque[Exchange]] = deque(maxlen=size)
        self._drifts: Final[dict[str, int]] = {}
        self._changed: Final = threading.Condition()
        self._numbers = count(1)
        self._waiting = 0

    def record(
        self, request: RecordedRequest, answer: RecordedAnswer | None, seconds: float, **known: Any
    ) -> Exchange:
        """Note an exchange; `known` are further fields of Exchange. Whoever waits for one looks again."""
        with self._changed:
            exchange = Exchange(next(self._numbers), self._clock.now(), request, answer, seconds, **known)
            self._kept.append(exchange)
            for drift in exchange.drifts:
                self._drifts[drift] = self._drifts.get(drift, 0) + 1
            if self._waiting:
                self._changed.notify_all()
        return exchange

    def exchanges(self) -> Sequence[Exchange]:
        """Return what is kept, oldest first."""
        with self._changed:
            return tuple(self._kept)

    @property
    def drifts(self) -> dict[str, int]:
        """Return how often each drift was asked for since the start or the last reset."""
        with self._changed:
            return dict(self._drifts)

    def clear(self) -> None:
        """Forget everything, and count from 1 again."""
        with self._changed:
            self._kept.clear()
            self._drifts.clear()
            self._numbers = count(1)

    def touch(self) -> None:
        """Let whoever waits look again: something happened beside the requests."""
        with self._changed:
            if self._waiting:
                self._changed.notify_all()

    def wait_until(self, look: Callable[[], Found | None], timeout: float) -> Found | None:
        """Return what `look` finds, now or after any change within `timeout` seconds; None if it does not."""
        deadline = time.monotonic() + timeout
        with self._changed:
            self._waiting += 1
            try:
                while (found := look()) is None:
                    left = deadline - time.monotonic()
                    if left <= 0 or not self._changed.wait(left):
                        return look()
                return found
            finally:
                self._waiting -= 1
