"""The rate limit: so many requests in a span of the emulator's time."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from ..tiledesk.clock import Clock

_KEPT: Final = 1000


class RateLimit:
    """Lets `limit` requests of each caller through in any `seconds` seconds, exactly, on `clock`.

    A request that was refused does not count.
    """

    def __init__(self, limit: int, seconds: int, clock: Clock) -> None:
        self._limit: Final = limit
        self._span: Final = seconds * 1000
        self._clock: Final = clock
        self._passed: Final[dict[str, deque[int]]] = {}
        self._lock: Final = threading.Lock()

    def retry_after(self, caller: str) -> int:
        """Let a request of `caller` through and return 0, or return the whole seconds until the next may."""
        with self._lock:
            now = self._clock.now()
            times = self._times(caller, now)
            if len(times) < self._limit:
                times.append(now)
                return 0
            return max(1, -(-(times[0] + self._span - now) // 1000))

    def reset(self) -> None:
        """Begin anew with everybody."""
        with self._lock:
            self._passed.clear()

    def _times(self, caller: str, now: int) -> deque[int]:
        """Return when the caller's requests of the span before `now` passed."""
        if caller not in self._passed and len(self._passed) >= _KEPT:
            self._drop_idle(now)
        times = self._passed.setdefault(caller, deque())
        while times and times[0] <= now - self._span:
            times.popleft()
        while times and times[-1] > now:  # the clock was set back
            times.pop()
        return times

    def _drop_idle(self, now: int) -> None:
        idle = [
            caller for caller, times in self._passed.items() if not times or times[-1] <= now - self._span
        ]
        for caller in idle:
            del self._passed[caller]
