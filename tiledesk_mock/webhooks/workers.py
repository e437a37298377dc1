"""Lanes: work in the order in which it came, in threads that start when there is some."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from ..tiledesk.model import Subscription
from .transport import Connect, Transport

Job = TypeVar("Job")

_RETRY_WORKERS: Final = 4
"""Threads that may send a subscription's retries: one that hangs shall not hold up the others."""

_IDLE: Final = 5.0
"""Seconds that a thread waits for more work, and keeps its connection."""

_log: Final = logging.getLogger("tiledesk_mock.webhooks")


class WorkerPool(Generic[Job]):
    """Does one job after the other, or `workers` at a time, each worker over a transport of its own.

    Args:
        name: what its threads are called.
        work: does a job; it raises nothing.
        connect: makes a worker's transport.
        limit: how many jobs may wait.
        workers: how many threads there may be.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Job, Transport], None],
        connect: Connect,
        *,
        limit: int,
        workers: int = 1,
    ) -> None:
        self._name: Final = name
        self._work: Final = work
        self._connect: Final = connect
        self._limit: Final = limit
        self._most: Final = workers
        self._jobs: Final[deque[Job]] = deque()
        self._wanted: Final = threading.Condition()
        self._transports: Final[dict[threading.Thread, Transport]] = {}
        self._working = 0
        self._free = 0
        self._is_open = True

    def put(self, job: Job) -> bool:
        """Take a job; tell whether there was room for it."""
        with self._wanted:
            if len(self._jobs) >= self._limit or not self._is_open:
                return False
            self._jobs.append(job)
            if len(self._jobs) > self._free and self._working < self._most:
                self._start()
            self._wanted.notify()
            return True

    def retire(self) -> None:
        """Forget what waits, and cut short what is under way."""
        with self._wanted:
            self._is_open = False
            self._jobs.clear()
            self._wanted.notify_all()
            transports = tuple(self._transports.values())
        for transport in transports:
            transport.abort()

    def join(self, timeout: float) -> None:
        """Wait for the threads of a retired lane to end."""
        for thread in self._threads():
            if thread is not threading.current_thread():
                thread.join(timeout)

    @property
    def is_alive(self) -> bool:
        """Tell whether any of its threads still runs."""
        return any(thread.is_alive() for thread in self._threads())

    def _threads(self) -> tuple[threading.Thread, ...]:
        with self._wanted:
            return tuple(self._transports)

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name=f"tiledesk-mock {self._name}", daemon=True)
        self._transports[thread] = self._connect()
        self._working += 1
        thread.start()

    def _run(self) -> None:
        thread = threading.current_thread()
        transport = self._transports[thread]
        while (job := self._next()) is not None:
            self._do(job, transport)
        transport.close()
        with self._wanted:
            del self._transports[thread]

    def _do(self, job: Job, transport: Transport) -> None:
        try:
            self._work(job, transport)
        except Exception:  # noqa: BLE001  (whatever becomes of one job, the next has its turn)
            _log.exception("%s: a job failed", self._name)

    def _next(self) -> Job | None:
        """Return the next job; None when the thread is to end, which is counted out then."""
        with self._wanted:
            self._free += 1
            self._wanted.wait_for(lambda: self._jobs or not self._is_open, _IDLE)
            self._free -= 1
            if self._jobs:
                return self._jobs.popleft()
            self._working -= 1
            return None


class WorkerPools(Generic[Job]):
    """The lanes of all subscriptions: one for first attempts, one for retries, each made when it is needed.

    Args:
        work: does a job; it raises nothing.
        connect: makes a worker's transport.
        limit: how many jobs may wait in one lane.
    """

    def __init__(self, work: Callable[[Job, Transport], None], connect: Connect, limit: int) -> None:
        self._work: Final = work
        self._connect: Final = connect
        self._limit: Final = limit
        self._lanes: Final[dict[tuple[str, bool], WorkerPool[Job]]] = {}
        self._retired: Final[list[WorkerPool[Job]]] = []
        self._full: Final[set[str]] = set()

    def put(self, subscription: Subscription, job: Job, *, is_retry: bool) -> bool:
        """Take a job; tell whether there was room. The first one without is logged, until there is again."""
        lane = self._lane(subscription, is_retry)
        if lane.put(job):
            self._full.discard(subscription.id)
            return True
        if subscription.id not in self._full:
            self._full.add(subscription.id)
            _log.warning(
                "%s takes its events too slowly: %d wait already, and further ones are given up",
                subscription.target,
                self._limit,
            )
        return False

    def retire(self) -> None:
        """Retire all lanes: forget what waits, and cut short what is under way."""
        for lane in self._lanes.values():
            lane.retire()
        self._retired[:] = [lane for lane in (*self._retired, *self._lanes.values()) if lane.is_alive]
        self._lanes.clear()
        self._full.clear()

    def join(self, timeout: float) -> None:
        """Wait for the threads of all retired lanes to end, up to `timeout` seconds for each."""
        for lane in self._retired:
            lane.join(timeout)

    def _lane(self, subscription: Subscription, is_retry: bool) -> WorkerPool[Job]:
        key = subscription.id, is_retry
        if key not in self._lanes:
            workers = _RETRY_WORKERS if is_retry else 1
            name = f"webhook {subscription.id}"
            self._lanes[key] = WorkerPool(name, self._work, self._connect, limit=self._limit, workers=workers)
        return self._lanes[key]
