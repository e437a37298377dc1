"""The queue of deliveries: sends them, retries them, and records every attempt."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from msgspec.structs import replace

from ..http.connections import is_local
from ..http.exchange import RecordedResponse
from ..http.stopwatch import stopwatch
from ..settings import Settings
from ..tiledesk.clock import Clock, format_time
from ..tiledesk.deliveries import RETRY_WAITS, Attempt, Delivery, DeliveryState, outcome_of_attempt
from ..tiledesk.tokens import Tokens
from .history import History
from .log import DeliveryLog, QueuedDelivery
from .payload import RequestBuilder
from .scheduler import Scheduler
from .sender import DeliveryError, Sender
from .simulation import Simulations
from .workers import WorkerPools

OnChange = Callable[[tuple[str, ...]], None]
"""Called after each change of a delivery, with the drifts that it showed. It must not block."""

_STOPPED: Final = "stopped before it was delivered"

_log: Final = logging.getLogger("tiledesk_mock.webhooks")


class DeliveryQueue:
    """Sends deliveries in worker threads.

    A subscription has one worker for first attempts, which are sent in order, and others for retries.

    Args:
        tokens: signs the requests.
        clock: the emulator's; retries wait by it.
        settings: the dialect and the limits.
        on_change: called after each change.
    """

    def __init__(self, tokens: Tokens, clock: Clock, settings: Settings, on_change: OnChange) -> None:
        self.log: Final = DeliveryLog(settings.delivery_log_size)
        self.history: Final = History(clock, settings.id_seed, settings.delivery_log_size)
        self.simulations: Final = Simulations()
        self.changed: Final = threading.Condition(threading.RLock())
        self.is_closing = False
        self._requests: Final = RequestBuilder(tokens, settings.webhooks_origin)
        self._clock: Final = clock
        self._settings: Final = settings
        self._on_change: Final = on_change
        self._scheduler: Final = Scheduler(clock, self._retry)
        self._workers: Final = WorkerPools(self._attempt, settings.webhook_timeout, settings.webhook_queue)
        self._under_way: Final[dict[str, QueuedDelivery]] = {}

    def put(self, queued: QueuedDelivery) -> None:
        """Queue a delivery of the log. Call it with `changed` held."""
        self._under_way[queued.delivery.id] = queued
        if self.is_closing:
            self._give_up((queued,))
        else:
            self._put(queued, is_retry=False)

    def drain(self, timeout: float) -> int:
        """Wait until no delivery is under way; retries are made without their waits.

        Returns how many are still under way after `timeout` seconds.
        """
        with self._scheduler.without_waits():
            self.wait_for(lambda: not self._under_way, timeout)
            return len(self._under_way)

    def wait_for(self, condition: Callable[[], Any], timeout: float) -> bool:
        """Wait until a condition is true, checked after each change of a delivery; return whether it is."""
        with self.changed:
            return bool(self.changed.wait_for(condition, min(timeout, threading.TIMEOUT_MAX)))

    def cancel(self) -> None:
        """Cancel all deliveries, and clear log and history."""
        with self.changed:
            for queued in self._under_way.values():
                queued.is_cancelled = True
            self._under_way.clear()
            self._scheduler.clear()
            self._workers.abort()
            self.log.clear()
            self.history.clear()
            self._notify()

    def close(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for the attempts under way; log how many deliveries are given up."""
        with self.changed:
            self.is_closing = True
        waiting = self._scheduler.close()
        with self.changed:
            self._give_up(waiting)
            self.wait_for(lambda: not self._under_way, timeout)
            unfinished = tuple(self._under_way.values())
            self._give_up(unfinished)
            self._workers.abort()
        if waiting or unfinished:
            _log.warning(
                "webhook deliveries given up: %d that waited for a retry, %d that got no response",
                len(waiting),
                len(unfinished),
            )
        self._workers.join(0.5)

    def _put(self, queued: QueuedDelivery, *, is_retry: bool) -> None:
        if not self._workers.put(queued, is_retry=is_retry):
            self._end(queued, DeliveryState.GIVEN_UP, "the queue is full")

    def _retry(self, queued: QueuedDelivery) -> None:
        with self.changed:
            if not queued.is_cancelled:
                self._put(queued, is_retry=True)

    def _attempt(self, queued: QueuedDelivery, sender: Sender) -> None:
        """Send a delivery once, in a worker thread."""
        if queued.is_cancelled:
            return
        target = queued.delivery.subscription.target
        if not self._settings.webhooks_anywhere and not is_local(target):
            self._hold_back(queued, target)
            return
        attempt, response = self._send(queued, sender)
        with self.changed:
            if not queued.is_cancelled:
                self._record(queued, attempt, response)

    def _hold_back(self, queued: QueuedDelivery, target: str) -> None:
        reason = "not on this machine; --webhooks-anywhere allows it"
        _log.warning("webhook held back: %s is %s", target, reason)
        with self.changed:
            if not queued.is_cancelled:  # after a reset another delivery has its id
                self._end(queued, DeliveryState.HELD_BACK, reason)

    def _send(self, queued: QueuedDelivery, sender: Sender) -> tuple[Attempt, RecordedResponse | None]:
        """Send a delivery, or let the simulated target respond."""
        if queued.request is None:
            subscription = queued.delivery.subscription
            queued.request = self._requests.build(queued.payload, subscription, queued.time)
        request = queued.request
        at, started = self._clock.iso(), stopwatch()
        respond = self.simulations.responder_for(request.target) or sender.send
        response, error = None, None
        try:
            response = respond(request)
        except DeliveryError as delivery_error:
            error = str(delivery_error)
        except Exception as failure:  # noqa: BLE001  (the function of a tester may raise anything)
            _log.exception("%s: the delivery failed", request.target)
            error = repr(failure)
        seconds = stopwatch() - started
        number = len(queued.delivery.attempts) + 1
        return Attempt(number, at, seconds, response.status if response else None, error), response

    def _record(self, queued: QueuedDelivery, attempt: Attempt, response: RecordedResponse | None) -> None:
        """Add an attempt to its delivery, then schedule a retry or end the delivery."""
        verdict = outcome_of_attempt(attempt.status, attempt.number, self._settings.dialect)
        is_retried = verdict.state is DeliveryState.WAITING and not self.is_closing
        due = self._clock.now() + self._wait(queued, attempt.number) if is_retried else None
        if due is not None:
            attempt = replace(attempt, next_at=format_time(due))
        before = queued.delivery
        drifts = before.drifts or verdict.drifts
        queued.delivery = replace(before, attempts=(*before.attempts, attempt), drifts=drifts)
        self._on_change(() if before.drifts else drifts)
        _log_attempt(queued.delivery, attempt)
        if due is not None:
            queued.delivery = replace(queued.delivery, state=DeliveryState.WAITING)
            self._scheduler.add(due, queued)
            self.changed.notify_all()
            return
        if self._settings.subscription_log and queued.request is not None:
            self.history.add(before.subscription, queued.request, response, attempt.error)
        if verdict.state is DeliveryState.WAITING:  # but the emulator is closing
            self._end(queued, DeliveryState.GIVEN_UP, _STOPPED)
        else:
            self._end(queued, verdict.state, verdict.reason)

    def _wait(self, queued: QueuedDelivery, number: int) -> int:
        """Return milliseconds until the next attempt: random, but the same in each run with one id seed."""
        seed = self._settings.id_seed
        source = random.Random(None if seed is None else f"{seed} {queued.delivery.id} {number}")  # noqa: S311
        return source.randint(*RETRY_WAITS[number - 1])

    def _end(self, queued: QueuedDelivery, state: DeliveryState, reason: str | None = None) -> None:
        queued.delivery = replace(queued.delivery, state=state, reason=reason)
        if self._under_way.pop(queued.delivery.id, None) is not None:
            self.log.mark_ended(queued)
        self._notify()

    def _give_up(self, deliveries: Iterable[QueuedDelivery]) -> None:
        for queued in deliveries:
            queued.is_cancelled = True
            self._end(queued, DeliveryState.GIVEN_UP, _STOPPED)

    def _notify(self) -> None:
        self.changed.notify_all()
        self._on_change(())


def _log_attempt(delivery: Delivery, attempt: Attempt) -> None:
    _log.info(
        "webhook %s -> %s %s %.1f ms%s",
        delivery.event_name,
        delivery.subscription.target,
        attempt.error or attempt.status,
        attempt.seconds * 1000,
        f", again at {attempt.next_at}" if attempt.next_at else "",
    )
