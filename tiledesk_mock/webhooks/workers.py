"""Worker threads with a queue: deliveries in order, in threads that are started when there are any."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from .log import QueuedDelivery
from .sender import Sender

AttemptFunction = Callable[[QueuedDelivery, Sender], None]

_RETRY_WORKERS: Final = 4
"""Threads for the retries of a subscription, so that one that hangs does not delay the others."""

_IDLE: Final = 5.0
"""Seconds that a thread waits for more deliveries, and keeps its connection."""

_log: Final = logging.getLogger("tiledesk_mock.webhooks")


class WorkerPool:
    """A queue of deliveries, and up to `workers` threads that attempt them, each with its own sender.

    Args:
        name: the name of the threads.
        attempt: attempts a delivery.
        timeout: of the senders, in seconds.
        limit: how many deliveries may be queued.
        workers: how many threads there may be.
    """

    def __init__(self, name: str, attempt: AttemptFunction, timeout: float, limit: int, workers: int) -> None:
        self._name: Final = name
        self._attempt: Final = attempt
        self._timeout: Final = timeout
        self._limit: Final = limit
        self._max_workers: Final = workers
        self._queue: Final[deque[QueuedDelivery]] = deque()
        self._changed: Final = threading.Condition()
        self._senders: Final[dict[threading.Thread, Sender]] = {}
        self._working = 0
        self._idle = 0
        self._is_open = True

    def put(self, queued: QueuedDelivery) -> bool:
        """Queue a delivery; return whether the queue had room."""
        with self._changed:
            if len(self._queue) >= self._limit or not self._is_open:
                return False
            self._queue.append(queued)
            if len(self._queue) > self._idle and self._working < self._max_workers:
                self._start_worker()
            self._changed.notify()
            return True

    def abort(self) -> None:
        """Empty the queue, and abort the attempts that are under way."""
        with self._changed:
            self._is_open = False
            self._queue.clear()
            self._changed.notify_all()
            senders = tuple(self._senders.values())
        for sender in senders:
            sender.abort()

    def join(self, timeout: float) -> None:
        """Wait for the threads of an aborted pool to end."""
        for thread in self._threads():
            if thread is not threading.current_thread():
                thread.join(timeout)

    @property
    def is_alive(self) -> bool:
        """Return whether any of its threads still runs."""
        return any(thread.is_alive() for thread in self._threads())

    def _threads(self) -> tuple[threading.Thread, ...]:
        with self._changed:
            return tuple(self._senders)

    def _start_worker(self) -> None:
        thread = threading.Thread(target=self._run, name=f"tiledesk-mock {self._name}", daemon=True)
        self._senders[thread] = Sender(self._timeout)
        self._working += 1
        thread.start()

    def _run(self) -> None:
        thread = threading.current_thread()
        sender = self._senders[thread]
        while (queued := self._next()) is not None:
            self._work(queued, sender)
        sender.close()
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
            self._idle += 1
            self._changed.wait_for(lambda: self._queue or not self._is_open, _IDLE)
            self._idle -= 1
            if self._queue:
                return self._queue.popleft()
            self._working -= 1
            return None


class WorkerPools:
    """The pools of all subscriptions: each has one for first attempts and one for retries, made on demand.

    Args:
        attempt: attempts a delivery.
        timeout: of the senders, in seconds.
        limit: how many deliveries may be queued in one pool.
    """

    def __init__(self, attempt: AttemptFunction, timeout: float, limit: int) -> None:
        self._attempt: Final = attempt
        self._timeout: Final = timeout
        self._limit: Final = limit
        self._pools: Final[dict[tuple[str, bool], WorkerPool]] = {}
        self._aborted: Final[list[WorkerPool]] = []
        self._full: Final[set[str]] = set()

    def put(self, queued: QueuedDelivery, *, is_retry: bool) -> bool:
        """Queue a delivery; return whether there was room. A full queue is logged once until it has room."""
        subscription = queued.delivery.subscription
        if self._pool(subscription.id, is_retry).put(queued):
            self._full.discard(subscription.id)
            return True
        if subscription.id not in self._full:
            self._full.add(subscription.id)
            _log.warning(
                "%s responds too slowly: %d deliveries are queued, and further ones are given up",
                subscription.target,
                self._limit,
            )
        return False

    def abort(self) -> None:
        """Empty all queues, and abort the attempts that are under way."""
        for pool in self._pools.values():
            pool.abort()
        self._aborted[:] = [pool for pool in (*self._aborted, *self._pools.values()) if pool.is_alive]
        self._pools.clear()
        self._full.clear()

    def join(self, timeout: float) -> None:
        """Wait for the threads of all aborted pools to end, up to `timeout` seconds for each."""
        for pool in self._aborted:
            pool.join(timeout)

    def _pool(self, subscription: str, is_retry: bool) -> WorkerPool:
        key = subscription, is_retry
        if key not in self._pools:
            workers = _RETRY_WORKERS if is_retry else 1
            name = f"webhook {subscription}"
            self._pools[key] = WorkerPool(name, self._attempt, self._timeout, self._limit, workers)
        return self._pools[key]
