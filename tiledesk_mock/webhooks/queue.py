"""The dispatch: takes parcels, sends them, tries again, and accounts for each."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from msgspec.structs import replace

from ..settings import Settings
from ..tiledesk.clock import Clock, format_time
from ..tiledesk.webhooks import RETRY_WAITS, Attempt, Delivery, DeliveryState, outcome_of_attempt
from .history import History
from .log import DeliveryLog, QueuedDelivery
from .scheduler import Scheduler
from .sender import Courier, Outcome
from .transport import Connect, Transport
from .workers import WorkerPools

Notice = Callable[[tuple[str, ...]], None]

_STOPPED: Final = "stopped before it was delivered"

_log: Final = logging.getLogger("tiledesk_mock.webhooks")


class DeliveryQueue:
    """Sends parcels without holding up who hands them in.

    Each subscription has a lane: its first attempts leave in the order in which they were handed in, one
    after the other. Retries have lanes of their own, and go there when the clock says so. Lanes start their
    threads when there is something to send, and end them when there was nothing for a while.

    Args:
        courier: who sends a parcel once.
        clock: the emulator's; retries wait by it.
        settings: the dialect and the limits.
        connect: makes the transport of a worker.
        notice: called whenever something has changed, with the drifts that it showed; it must not wait.
    """

    def __init__(
        self, courier: Courier, clock: Clock, settings: Settings, connect: Connect, notice: Notice
    ) -> None:
        self.log: Final = DeliveryLog(settings.delivery_log_size)
        self.history: Final = History(clock, settings.id_seed, settings.delivery_log_size)
        self.changed: Final = threading.Condition(threading.RLock())
        self.is_closing = False
        self._courier: Final = courier
        self._clock: Final = clock
        self._settings: Final = settings
        self._notice: Final = notice
        self._timetable: Final[Scheduler[QueuedDelivery]] = Scheduler(clock, self._retry)
        self._lanes: Final[WorkerPools[QueuedDelivery]] = WorkerPools(
            self._attempt, connect, settings.webhook_queue
        )
        self._under_way: Final[dict[str, QueuedDelivery]] = {}

    def send(self, parcel: QueuedDelivery) -> None:
        """Send a parcel of the log on its way. To be called with `change_json` held."""
        self._under_way[parcel.delivery.id] = parcel
        if self.is_closing:
            self._give_up((parcel,))
        else:
            self._queue(parcel, is_retry=False)

    def drain(self, timeout: float) -> int:
        """Wait until nothing is under way, and let no retry wait; return what is after `timeout` seconds."""
        with self._timetable.hurried():
            self.wait_for(lambda: not self._under_way, timeout)
            return len(self._under_way)

    def wait_for(self, holds: Callable[[], Any], timeout: float) -> bool:
        """Wait until something holds that is looked at whenever a parcel has changed; tell whether it did."""
        with self.changed:
            return bool(self.changed.wait_for(holds, min(timeout, threading.TIMEOUT_MAX)))

    def cancel(self) -> None:
        """Forget everything, what is on its way included."""
        with self.changed:
            for parcel in self._under_way.values():
                parcel.is_cancelled = True
            self._under_way.clear()
            self._timetable.clear()
            self._lanes.retire()
            self.log.clear()
            self.history.clear()
            self._tell()

    def close(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for what is being sent; say what is given up."""
        with self.changed:
            self.is_closing = True
        waiting = self._timetable.close()
        with self.changed:
            self._give_up(waiting)
            self.wait_for(lambda: not self._under_way, timeout)
            left = tuple(self._under_way.values())
            self._give_up(left)
            self._lanes.retire()
        if waiting or left:
            _log.warning(
                "webhook deliveries given up: %d that waited for a retry, %d that were not answered",
                len(waiting),
                len(left),
            )
        self._lanes.join(0.5)

    def _queue(self, parcel: QueuedDelivery, *, is_retry: bool) -> None:
        if not self._lanes.put(parcel.delivery.subscription, parcel, is_retry=is_retry):
            self._end(parcel, DeliveryState.GIVEN_UP, "the queue is full")

    def _retry(self, parcel: QueuedDelivery) -> None:
        with self.changed:
            if not parcel.is_cancelled:
                self._queue(parcel, is_retry=True)

    def _attempt(self, parcel: QueuedDelivery, transport: Transport) -> None:
        """Send a parcel once: the work of the lanes."""
        if parcel.is_cancelled:
            return
        refusal = self._courier.refuses(parcel)
        if refusal is not None:
            with self.changed:
                if not parcel.is_cancelled:  # a reset gives its id to another
                    self._end(parcel, DeliveryState.HELD_BACK, refusal)
            return
        attempt, outcome = self._courier.send(parcel, transport)
        with self.changed:
            if not parcel.is_cancelled:
                self._note(parcel, attempt, outcome)

    def _note(self, parcel: QueuedDelivery, attempt: Attempt, outcome: Outcome) -> None:
        """Write an attempt down, and do what follows from it."""
        verdict = outcome_of_attempt(attempt.status, attempt.number, self._settings.dialect)
        waits = verdict.state is DeliveryState.WAITING and not self.is_closing
        due = self._clock.now() + self._wait(parcel, attempt.number) if waits else None
        if due is not None:
            attempt = replace(attempt, next_at=format_time(due))
        known = parcel.delivery
        drifts = known.drifts or verdict.drifts
        parcel.delivery = replace(known, attempts=(*known.attempts, attempt), drifts=drifts)
        self._notice(() if known.drifts else drifts)
        _log_attempt(parcel.delivery, attempt)
        if due is not None:
            parcel.delivery = replace(parcel.delivery, state=DeliveryState.WAITING)
            self._timetable.add(due, parcel)
            self.changed.notify_all()
            return
        if self._settings.subscription_log and parcel.request is not None:
            self.history.add(known.subscription, parcel.request, outcome.reply, outcome.error)
        if verdict.state is DeliveryState.WAITING:  # but the emulator is closing
            self._end(parcel, DeliveryState.GIVEN_UP, _STOPPED)
        else:
            self._end(parcel, verdict.state, verdict.reason)

    def _wait(self, parcel: QueuedDelivery, number: int) -> int:
        """Return milliseconds until the next attempt: at random, but the same in each run of one id seed."""
        seed = self._settings.id_seed
        source = random.Random(None if seed is None else f"{seed} {parcel.delivery.id} {number}")  # noqa: S311
        return source.randint(*RETRY_WAITS[number - 1])

    def _end(self, parcel: QueuedDelivery, state: DeliveryState, reason: str | None = None) -> None:
        parcel.delivery = replace(parcel.delivery, state=state, reason=reason)
        if self._under_way.pop(parcel.delivery.id, None) is not None:
            self.log.end(parcel)
        self._tell()

    def _give_up(self, parcels: Iterable[QueuedDelivery]) -> None:
        for parcel in parcels:
            parcel.is_cancelled = True
            self._end(parcel, DeliveryState.GIVEN_UP, _STOPPED)

    def _tell(self) -> None:
        """Let whoever waits look again."""
        self.changed.notify_all()
        self._notice(())


def _log_attempt(delivery: Delivery, attempt: Attempt) -> None:
    _log.info(
        "webhook %s -> %s %s %.1f ms%s",
        delivery.event_name,
        delivery.subscription.target,
        attempt.error or attempt.status,
        attempt.seconds * 1000,
        f", again at {attempt.next_at}" if attempt.next_at else "",
    )
