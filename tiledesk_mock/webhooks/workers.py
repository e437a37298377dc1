"""The threads that send deliveries: workers with a queue, and the scheduler of retries."""

from __future__ import annotations

import heapq
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Final

from ..http.stopwatch import stopwatch
from ..redaction.masking import Masked
from ..tiledesk.clock import Clock
from .connections import KEPT_SECONDS, IdleConnections
from .log import QueuedDelivery
from .sender import Sender

AttemptFunction = Callable[[QueuedDelivery, Sender], None]

FIRST_ATTEMPT_WAIT: Final = 0.25
"""Seconds after which the next first attempt does not wait for the one before it.

The real server never waits. Targets that respond in time get the events of a subscription in order.
"""

_WORKERS: Final = 16
"""Threads for the first attempts of a subscription, of which all but one are for slow targets."""

_RETRY_WORKERS: Final = 4
"""Threads for the retries of a subscription, so that one that hangs does not delay the others."""

_IDLE: Final = KEPT_SECONDS
"""Seconds that a thread waits for more deliveries; then it closes connections that were idle so long."""

_log: Final = logging.getLogger("tiledesk_mock.webhooks")


class WorkerPool:
    """A queue of up to `limit` deliveries, and up to `workers` threads that attempt them.

    An attempt begins when none is under way, or when the last one began `wait` seconds ago.
    Each thread has a sender of its own, made by `new_sender`; they share the idle connections.
    """

    def __init__(
        self,
        attempt: AttemptFunction,
        new_sender: Callable[[], Sender],
        connections: IdleConnections,
        limit: int,
        name: str,
        workers: int,
        wait: float,
    ) -> None:
        self._wait: Final = wait
        self._name: Final = name
        self._attempt: Final = attempt
        self._new_sender: Final = new_sender
        self._connections: Final = connections
        self._limit: Final = limit
        self._max_workers: Final = workers
        self._queue: Final[deque[QueuedDelivery]] = deque()
        self._changed: Final = threading.Condition()
        self._senders: Final[dict[threading.Thread, Sender]] = {}
        self._working = 0
        self._idle = 0
        self._began = 0.0
        self._is_open = True

    def put(self, queued: QueuedDelivery) -> bool:
        """Queue a delivery; return whether the queue had room."""
        with self._changed:
            if len(self._queue) >= self._limit or not self._is_open:
                return False
            self._queue.append(queued)
            self._use_worker()
            return True

    def abort(self) -> list[threading.Thread]:
        """Empty the queue, and abort the attempts that are under way; return the threads, which will end."""
        with self._changed:
            self._is_open = False
            self._queue.clear()
            self._changed.notify_all()
            senders = dict(self._senders)
        for sender in senders.values():
            sender.abort()
        return list(senders)

    def _run(self) -> None:
        thread = threading.current_thread()
        sender = self._senders[thread]
        while (queued := self._next()) is not None:
            self._work(queued, sender)
            with self._changed:
                self._idle += 1
        self._connections.close_expired()
        with self._changed:
            del self._senders[thread]

    def _work(self, queued: QueuedDelivery, sender: Sender) -> None:
        try:
            self._attempt(queued, sender)
        except Exception:  # noqa: BLE001  (the worker goes on with the next delivery)
            _log.exception("%s: an attempt failed", self._name)

    def _next(self) -> QueuedDelivery | None:
        """Wait for the next delivery; return None when the thread is to end, which is counted then."""
        with self._changed:
            ends = stopwatch() + _IDLE
            while not (has_next := bool(self._queue) and self._is_turn()):
                if not self._is_open or stopwatch() >= ends:
                    break
                self._changed.wait(_IDLE if self._is_turn() else self._began + self._wait - stopwatch())
            self._idle -= 1
            if not has_next:
                self._working -= 1
                return None
            self._began = stopwatch()
            delivery = self._queue.popleft()
            self._use_worker()
            return delivery

    # The methods below are called with `_changed` held.

    def _use_worker(self) -> None:
        """Wake an idle thread for what is queued, or start one; at most one started waits for its turn."""
        if not self._queue:
            return
        self._changed.notify()
        is_taken = self._idle >= (1 if self._wait else len(self._queue))
        if not is_taken and self._working < self._max_workers:
            thread = threading.Thread(target=self._run, name=f"tiledesk-mock {self._name}", daemon=True)
            self._senders[thread] = self._new_sender()
            self._working += 1
            self._idle += 1
            thread.start()

    def _is_turn(self) -> bool:
        is_free = self._working == self._idle
        return is_free or stopwatch() >= self._began + self._wait


class WorkerPools:
    """The pools of all subscriptions: each has one for first attempts and one for retries, made on demand."""

    def __init__(self, attempt: AttemptFunction, timeout: float, limit: int) -> None:
        self._connections: Final = IdleConnections()
        new_sender = partial(Sender, timeout, self._connections)
        self._new_pool: Final = partial(WorkerPool, attempt, new_sender, self._connections, limit)
        self._limit: Final = limit
        self._pools: Final[dict[tuple[str, bool], WorkerPool]] = {}
        self._aborted: Final[list[threading.Thread]] = []
        self._full: Final[set[str]] = set()

    def put(self, queued: QueuedDelivery, *, is_retry: bool) -> bool:
        """Queue a delivery; return whether there was room. A full queue is logged once until it has room."""
        subscription = queued.delivery.subscription
        key = subscription.id, is_retry
        if key not in self._pools:
            name = f"webhook {subscription.id}"
            workers, wait = (_RETRY_WORKERS, 0.0) if is_retry else (_WORKERS, FIRST_ATTEMPT_WAIT)
            self._pools[key] = self._new_pool(name, workers, wait)
        if self._pools[key].put(queued):
            self._full.discard(subscription.id)
            return True
        if subscription.id not in self._full:
            self._full.add(subscription.id)
            _log.warning(
                "%s responds too slowly: %d deliveries are queued, and further ones are given up",
                Masked(subscription.url),
                self._limit,
            )
        return False

    def abort(self) -> None:
        """Empty all queues, and abort the attempts that are under way."""
        self._aborted[:] = [thread for thread in self._aborted if thread.is_alive()]
        for pool in self._pools.values():
            self._aborted.extend(pool.abort())
        self._pools.clear()
        self._full.clear()
        self._connections.close()

    def join(self, timeout: float) -> None:
        """Wait for the threads of all aborted pools to end, up to `timeout` seconds for each."""
        for thread in self._aborted:
            if thread is not threading.current_thread():
                thread.join(timeout)


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
        self._unsubscribe: Callable[[], None] | None = clock.on_change(lambda: self._hurry(0))

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
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        cancelled, thread = self.clear(), self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        return cancelled

    def _hurry(self, step: int) -> None:
        with self._changed:
            self._hurries += step
            self._changed.notify_all()

    def _run(self) -> None:
        while (due := self._wait_for_due()) is not None:
            for queued in due:
                self._retry(queued)

    def _wait_for_due(self) -> list[QueuedDelivery] | None:
        """Wait until deliveries are due and return them; return None when none is scheduled any more."""
        with self._changed:
            while self._scheduled:
                now, due = self._clock.now(), []
                while self._scheduled and (self._hurries or self._scheduled[0][0] <= now):
                    due.append(heapq.heappop(self._scheduled)[2])
                if due:
                    return due
                seconds = min(max(self._scheduled[0][0] - now, 1) / 1000, threading.TIMEOUT_MAX)
                self._changed.wait(None if self._clock.is_frozen else seconds)
            self._thread = None
            return None
