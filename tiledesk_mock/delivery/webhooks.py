"""Webhooks: each fired event goes to whom it concerns, is tried again, and is accounted for."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from ..domain.bus import Fired
from ..domain.clock import Clock, iso
from ..domain.deliveries import RETRY_WAITS, Attempt, Delivery, DeliveryState, judge
from ..domain.tokens import Tokens
from ..domain.wire import Document
from ..errors import UnknownDelivery
from ..settings import Settings
from .audience import Audience
from .courier import Courier, Outcome
from .envelope import Envelopes, Payload
from .history import History
from .lanes import Lanes
from .log import DeliveryLog, Parcel
from .simulation import Simulations, failure
from .timetable import Timetable
from .transport import Connect, HttpTransport, Outgoing, Reply, Transport

_STOPPED: Final = "stopped before it was delivered"

_log: Final = logging.getLogger("tiledesk_mock.webhooks")


class Webhooks:
    """Delivers fired events to their subscribers, without ever holding up who fires them.

    Each subscription has a lane: its first attempts leave in the order in which the events were fired, one
    after the other. Retries have lanes of their own, and go there when the clock says so. Lanes start their
    threads when there is something to send, and end them when there was nothing for a while.

    Args:
        audience: who is told of an event.
        tokens: what signs.
        clock: the emulator's; retries wait by it.
        settings: the dialect, the limits, and how far deliveries may go.
        notice: called whenever something has changed, with the drifts that it showed; it must not wait.
        connect: makes the transport of a worker; by default HTTP.
    """

    def __init__(
        self,
        audience: Audience,
        tokens: Tokens,
        clock: Clock,
        settings: Settings,
        notice: Callable[[tuple[str, ...]], None] = lambda _: None,
        connect: Connect | None = None,
    ) -> None:
        self._audience: Final = audience
        self._notice: Final = notice
        self._clock: Final = clock
        self._settings: Final = settings
        connect = connect or (lambda: HttpTransport(settings.webhook_timeout))
        self._log: Final = DeliveryLog(settings.delivery_log_size)
        self._history: Final = History(clock, settings.id_seed, settings.delivery_log_size)
        self._simulations: Final = Simulations()
        self._courier: Final = Courier(
            Envelopes(tokens, settings.webhooks_origin),
            self._simulations,
            clock,
            anywhere=settings.webhooks_anywhere,
        )
        self._timetable: Final[Timetable[Parcel]] = Timetable(clock, self._retry)
        self._changed: Final = threading.Condition(threading.RLock())
        self._under_way: Final[dict[str, Parcel]] = {}
        self._lanes: Final[Lanes[Parcel]] = Lanes(self._attempt, connect, settings.webhook_queue)
        self._is_closing = False
        self.on_change: Callable[[tuple[str, ...]], None] | None = None
        """Called when a delivery has changed, with the drifts that showed; it must not block."""

    # What is told, and what came of it

    def deliver(self, fired: Fired) -> None:
        """Send an event on its way to all who subscribed to it: to `event.emit`, then to its name."""
        found = self._audience.of(fired)
        if not found or self._is_closing:
            return
        payload, now = Payload(fired, self._audience.user_of(fired)), self._clock.now()
        with self._changed:
            for subscription in found:
                self._send_off(self._log.add(subscription, payload, now))

    def deliveries(self) -> list[Document]:
        """Return what is known of each delivery, oldest first, as `/__admin/deliveries` shows it."""
        with self._changed:
            parcels = self._log.all()
        return [parcel.document() for parcel in parcels]

    def log(self) -> tuple[Delivery, ...]:
        """Return each delivery as a value, oldest first."""
        with self._changed:
            return tuple(parcel.delivery for parcel in self._log.all())

    def history(self, id_project: str) -> list[Document]:
        """Return a project's history as `/subscriptions/history` answers it."""
        return self._history.rows(id_project)

    def wait_for(self, holds: Callable[[tuple[Delivery, ...]], Any], timeout: float) -> bool:
        """Wait until `holds` of the deliveries, looked at whenever one changes; tell whether it did."""
        with self._changed:
            return bool(self._changed.wait_for(lambda: holds(self.log()), timeout))

    # What a tester does with it

    def drain(self, timeout: float = 10.0) -> Document:
        """Wait until nothing is under way; retries, those to come as well, are made without their waits.

        Returns how many deliveries are still `under_way` after `timeout` seconds, 0 where `drained`.
        """
        with self._timetable.hurried(), self._changed:
            self._changed.wait_for(lambda: not self._under_way, timeout)
            return {"drained": not self._under_way, "under_way": len(self._under_way)}

    def resend(self, id: str) -> Document:  # noqa: A002  (a record's own word)
        """Send a delivery again as a new one, to the byte if it was sent before; return the new one.

        Raises UnknownDelivery.
        """
        with self._changed:
            known = self._log.get(id)
            if known is None:
                raise UnknownDelivery(id)
            again = self._log.repeat(known)
            self._send_off(again)
            return again.document()

    def fail(
        self,
        target: str | None = None,
        *,
        status: int | None = None,
        error: str | None = None,
        count: int | None = None,
    ) -> str:
        """Let a target (None: every one) fail without being asked; return an id for `recover`.

        Arguments:
            target: the URL as subscribed.
            status: what it answers; 503 if there is no error either.
            error: `timeout` (which does not take its time), `refused` or `reset`, in place of an answer.
            count: for how many attempts; None is until it recovers, or the emulator is reset.

        Raises ValueError for another error.
        """
        return self._simulations.add(target, failure(status, error), count)

    def simulate(self, target: str | None, answer: Callable[[Outgoing], Reply]) -> str:
        """Let a function answer in a target's place; return an id for `recover`."""
        return self._simulations.add(target, answer)

    def recover(self, id: str) -> None:  # noqa: A002  (likewise)
        """Let what `fail` or `simulate` began be over."""
        self._simulations.remove(id)

    def cancel(self) -> None:
        """Forget everything, what is on its way included."""
        with self._changed:
            self._simulations.clear()
            for parcel in self._under_way.values():
                parcel.is_cancelled = True
            self._under_way.clear()
            self._timetable.clear()
            self._lanes.retire()
            self._log.clear()
            self._history.clear()
            self._tell()

    def close(self, timeout: float = 2.0) -> None:
        """Wait up to `timeout` seconds for what is being sent; say what is given up. May be called twice."""
        with self._changed:
            self._is_closing = True
        waiting = self._timetable.close()
        with self._changed:
            self._give_up(waiting, _STOPPED)
            self._changed.wait_for(lambda: not self._under_way, timeout)
            left = tuple(self._under_way.values())
            self._give_up(left, _STOPPED)
            self._lanes.retire()
        if waiting or left:
            _log.warning(
                "gave up %d webhook deliveries: %d waited for a retry, %d were not answered",
                len(waiting) + len(left),
                len(waiting),
                len(left),
            )
        self._lanes.join(0.5)

    def _send_off(self, parcel: Parcel) -> None:
        self._under_way[parcel.delivery.id] = parcel
        self._queue(parcel, is_retry=False)

    def _queue(self, parcel: Parcel, *, is_retry: bool) -> None:
        if not self._lanes.put(parcel.delivery.subscription, parcel, is_retry=is_retry):
            self._end(parcel, DeliveryState.GIVEN_UP, "the queue is full")

    def _retry(self, parcel: Parcel) -> None:
        with self._changed:
            if not parcel.is_cancelled:
                self._queue(parcel, is_retry=True)

    def _attempt(self, parcel: Parcel, transport: Transport) -> None:
        """Send a parcel once: the work of the lanes."""
        if parcel.is_cancelled:
            return
        refusal = self._courier.refuses(parcel)
        if refusal is not None:
            with self._changed:
                self._end(parcel, DeliveryState.HELD_BACK, refusal)
            return
        attempt, outcome = self._courier.send(parcel, transport)
        with self._changed:
            if not parcel.is_cancelled:
                self._note(parcel, attempt, outcome)

    def _note(self, parcel: Parcel, attempt: Attempt, outcome: Outcome) -> None:
        """Write an attempt down, and do what follows from it."""
        verdict = judge(attempt.status, attempt.number, self._settings.dialect)
        waits = verdict.state is DeliveryState.WAITING and not self._is_closing
        due = self._clock.now() + self._wait(parcel, attempt.number) if waits else None
        if due is not None:
            attempt = replace(attempt, next_at=iso(due))
        known = parcel.delivery
        drifts = known.drifts or verdict.drifts
        parcel.delivery = replace(known, attempts=(*known.attempts, attempt), drifts=drifts)
        self._notice(() if known.drifts else drifts)
        _log_attempt(parcel.delivery, attempt)
        if due is not None:
            parcel.delivery = replace(parcel.delivery, state=DeliveryState.WAITING)
            self._timetable.add(due, parcel)
            self._changed.notify_all()
            return
        if self._settings.subscription_log and parcel.outgoing is not None:
            self._history.add(known.subscription, parcel.outgoing, outcome.reply, outcome.error)
        if verdict.state is DeliveryState.WAITING:  # but the emulator is closing
            self._end(parcel, DeliveryState.GIVEN_UP, _STOPPED)
        else:
            self._end(parcel, verdict.state, verdict.reason)

    def _wait(self, parcel: Parcel, number: int) -> int:
        """Return milliseconds until the next attempt: at random, but the same in each run of one id seed."""
        seed = self._settings.id_seed
        source = random.Random(None if seed is None else f"{seed} {parcel.delivery.id} {number}")  # noqa: S311
        return source.randint(*RETRY_WAITS[number - 1])

    def _end(self, parcel: Parcel, state: DeliveryState, reason: str | None = None) -> None:
        parcel.delivery = replace(parcel.delivery, state=state, reason=reason)
        if self._under_way.pop(parcel.delivery.id, None) is not None:
            self._log.end(parcel)
        self._tell()

    def _tell(self) -> None:
        """Let whoever waits look again."""
        self._changed.notify_all()
        self._notice(())

    def _give_up(self, parcels: Iterable[Parcel], reason: str) -> None:
        for parcel in parcels:
            parcel.is_cancelled = True
            self._end(parcel, DeliveryState.GIVEN_UP, reason)


def _log_attempt(delivery: Delivery, attempt: Attempt) -> None:
    _log.info(
        "webhook %s -> %s %s %.1f ms%s",
        delivery.event_name,
        delivery.subscription.target,
        attempt.error or attempt.status,
        attempt.seconds * 1000,
        f", again at {attempt.next_at}" if attempt.next_at else "",
    )
