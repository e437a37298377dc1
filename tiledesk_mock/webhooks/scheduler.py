"""The timetable: what is to happen at a time of the emulator's clock."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final, Generic, TypeVar

from ..tiledesk.clock import Clock

Job = TypeVar("Job")


class Scheduler(Generic[Job]):
    """Calls `do` with each job when its time has come, in a thread that lives while anything waits.

    A clock that jumps past the time brings it about at once; one that stands still never does.
    """

    def __init__(self, clock: Clock, do: Callable[[Job], None]) -> None:
        self._clock: Final = clock
        self._do: Final = do
        self._order: Final = count()
        self._changed: Final = threading.Condition()
        self._waiting: Final[list[tuple[int, int, Job]]] = []
        self._hurrying = 0
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._undo: Final = clock.on_change(self._wake)

    def add(self, due: int, job: Job) -> None:
        """Let `job` be done at `due`, milliseconds of the clock; at once while everything hurries."""
        with self._changed:
            heapq.heappush(self._waiting, (due, next(self._order), job))
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tiledesk-mock retries", daemon=True)
                self._thread.start()

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Wait for no time inside of the block."""
        self._hurry(1)
        try:
            yield
        finally:
            self._hurry(-1)

    def clear(self) -> list[Job]:
        """Forget everything that waits, and return it."""
        with self._changed:
            jobs = [job for _, _, job in sorted(self._waiting, key=lambda entry: entry[:2])]
            self._waiting.clear()
            self._changed.notify_all()
            return jobs

    def close(self) -> list[Job]:
        """Forget everything, and the clock; return what waited."""
        if not self._is_closed:
            self._is_closed = True
            self._undo()
        jobs, thread = self.clear(), self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        return jobs

    def _hurry(self, step: int) -> None:
        with self._changed:
            self._hurrying += step
            self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        while (due := self._due()) is not None:
            for job in due:
                self._do(job)

    def _due(self) -> list[Job] | None:
        """Wait until something is due and return it; None when nothing waits any more."""
        with self._changed:
            while self._waiting:
                due = self._taken()
                if due:
                    return due
                self._changed.wait(self._pause())
            self._thread = None
            return None

    def _taken(self) -> list[Job]:
        now = self._clock.now()
        taken = []
        while self._waiting and (self._hurrying or self._waiting[0][0] <= now):
            taken.append(heapq.heappop(self._waiting)[2])
        return taken

    def _pause(self) -> float | None:
        if self._clock.is_frozen:
            return None
        return min(max(self._waiting[0][0] - self._clock.now(), 1) / 1000, threading.TIMEOUT_MAX)
