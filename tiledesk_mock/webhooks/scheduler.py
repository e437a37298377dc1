"""The scheduler: retries that are due at a time of the emulator's clock."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final

from ..tiledesk.clock import Clock
from .log import QueuedDelivery


class Scheduler:
    """Calls `retry` with each delivery when it is due, in a thread that runs while any is scheduled.

    If the clock jumps past the due time, the retry is made at once; while the clock is frozen, it is not.
    """

    def __init__(self, clock: Clock, retry: Callable[[QueuedDelivery], None]) -> None:
        self._clock: Final = clock
        self._retry: Final = retry
        self._order: Final = count()
        self._changed: Final = threading.Condition()
        self._scheduled: Final[list[tuple[int, int, QueuedDelivery]]] = []
        self._hurries = 0
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._unsubscribe: Final = clock.on_change(self._wake)

    def add(self, due: int, queued: QueuedDelivery) -> None:
        """Schedule a retry at `due`, in milliseconds of the clock."""
        with self._changed:
            heapq.heappush(self._scheduled, (due, next(self._order), queued))
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tiledesk-mock retries", daemon=True)
                self._thread.start()

    @contextmanager
    def without_waits(self) -> Iterator[None]:
        """Make every retry at once, while the block runs."""
        self._hurry(1)
        try:
            yield
        finally:
            self._hurry(-1)

    def clear(self) -> list[QueuedDelivery]:
        """Cancel all retries; return their deliveries in the order in which they were due."""
        with self._changed:
            cancelled = [queued for _, _, queued in sorted(self._scheduled, key=lambda entry: entry[:2])]
            self._scheduled.clear()
            self._changed.notify_all()
            return cancelled

    def close(self) -> list[QueuedDelivery]:
        """Cancel all retries, and stop listening to the clock; return the deliveries."""
        if not self._is_closed:
            self._is_closed = True
            self._unsubscribe()
        cancelled, thread = self.clear(), self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        return cancelled

    def _hurry(self, step: int) -> None:
        with self._changed:
            self._hurries += step
            self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        while (due := self._wait_for_due()) is not None:
            for queued in due:
                self._retry(queued)

    def _wait_for_due(self) -> list[QueuedDelivery] | None:
        """Wait until deliveries are due and return them; return None when none is scheduled any more."""
        with self._changed:
            while self._scheduled:
                due = self._take_due()
                if due:
                    return due
                self._changed.wait(self._seconds_to_wait())
            self._thread = None
            return None

    def _take_due(self) -> list[QueuedDelivery]:
        now = self._clock.now()
        due = []
        while self._scheduled and (self._hurries or self._scheduled[0][0] <= now):
            due.append(heapq.heappop(self._scheduled)[2])
        return due

    def _seconds_to_wait(self) -> float | None:
        if self._clock.is_frozen:
            return None
        return min(max(self._scheduled[0][0] - self._clock.now(), 1) / 1000, threading.TIMEOUT_MAX)
