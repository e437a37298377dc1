"""The rate limit: a number of requests in a period of the emulator's time."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from ..tiledesk.clock import Clock

_MOST_CALLERS: Final = 1000


class RateLimit:
    """Allows each caller `limit` requests in any period of `seconds` seconds on `clock`.

    A refused request does not count.
    """

    def __init__(self, limit: int, seconds: int, clock: Clock) -> None:
        self.limit: Final = limit
        self.seconds: Final = seconds
        self._period: Final = seconds * 1000
        self._clock: Final = clock
        self._allowed: Final[dict[str, deque[int]]] = {}
        self._lock: Final = threading.Lock()

    def retry_after(self, caller: str) -> int:
        """Allow a request of `caller` and return 0, or return the whole seconds until the next is allowed."""
        with self._lock:
            now = self._clock.now()
            times = self._times(caller, now)
            if len(times) < self.limit:
                times.append(now)
                return 0
            return max(1, -(-(times[0] + self._period - now) // 1000))

    def reset(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._allowed.clear()

    def _times(self, caller: str, now: int) -> deque[int]:
        """Return the times of the caller's requests in the period before `now`."""
        start = now - self._period
        if caller not in self._allowed and len(self._allowed) >= _MOST_CALLERS:
            for idle in [one for one, times in self._allowed.items() if not times or times[-1] <= start]:
                del self._allowed[idle]
        times = self._allowed.setdefault(caller, deque())
        while times and times[0] <= start:
            times.popleft()
        while times and times[-1] > now:  # the clock was set back
            times.pop()
        return times
