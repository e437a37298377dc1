"""Webhooks: each fired event goes to whom it concerns, is tried again, and is accounted for."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from ..domain.bus import Fired
from ..domain.clock import Clock, iso
from ..domain.deliveries import (
    RETRY_WAITS,
    Attempt,
    Delivery,
    DeliveryState,
    is_retried,
    is_success,
)
from ..domain.drift import WEBHOOK_RETRIES
from ..domain.model import Subscription, User
from ..domain.tokens import Tokens
from ..domain.wire import Document
from ..errors import UnknownDelivery
from ..settings import Dialect, Settings
from .envelope import Envelopes, Payload
from .history import History
from .lanes import Lane
from .log import DeliveryLog, Parcel
from .loopback import is_local
from .simulation import Simulations, failure, send
from .timetable import Timetable
from .transport import Connect, HttpTransport, NoAnswer, Outgoing, Reply, Transport

EVERY_EVENT: Final = "event.emit"
PREFIX: Final = "event.emit."

_RETRY_WORKERS: Final = 4
"""Threads that may send a subscription's retries: one that hangs shall not hold up the others."""

_log: Final = logging.getLogger("tiledesk_mock.webhooks")


class Subscribers(Protocol):
    """Where subscriptions are looked up."""

    def matching(self, id_project: str, event: str, /) -> Sequence[Subscription]:
        """Return a project's subscriptions for exactly that event, in order of creation."""


class Users(Protocol):
    """Where users are looked up."""

    def user(self, key: str, /) -> User | None:
        """Return the user with that id."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to: the target's answer, or the error in its place."""

    reply: Reply | None = None
    error: str | None = None

    @property
    def status(self) -> int | None:
        """Return the status of the answer."""
        return self.reply.status if self.reply else None


class Webhooks:
    """Delivers fired events to their subscribers, without ever holding up who fires them.

    Each subscription has a lane: its first attempts leave in the order in which the events were fired, one
    after the other. Retries have lanes of their own, and go there when the clock says so. Lanes start their
    threads when there is something to send, and end them when there was nothing for a while.

    Args:
        subscribers: who wants to be told.
        users: who members are.
        tokens: what signs.
        clock: the emulator's; retries wait by it.
        settings: the dialect, the limits, and how far deliveries may go.
        connect: makes the transport of a worker; by default HTTP.
    """

    def __init__(
        self,
        subscribers: Subscribers,
        users: Users,
        tokens: Tokens,
        clock: Clock,
        settings: Settings,
        connect: Connect | None = None,
    ) -> None:
        self._subscribers: Final = subscribers
        self._users: Final = users
        self._clock: Final = clock
        self._settings: Final = settings
        self._connect: Final = connect or (lambda: HttpTransport(settings.webhook_timeout))
        self._envelopes: Final = Envelopes(tokens, settings.webhooks_origin)
        self._log: Final = DeliveryLog(settings.delivery_log_size)
        self._history: Final = History(clock, settings.id_seed, settings.delivery_log_size)
        self._simulations: Final = Simulations()
        self._timetable: Final[Timetable[Parcel]] = Timetable(clock, self._retry)
        self._changed: Final = threading.Condition(threading.RLock())
        self._under_way: Final[dict[str, Parcel]] = {}
        self._lanes: Final[dict[tuple[str, bool], Lane[Parcel]]] = {}
        self._full: Final[set[str]] = set()
        self._is_closing = False

    # What is told, and what came of it

    def deliver(self, fired: Fired) -> None:
        """Send an event on its way to all who subscribed to it: to `event.emit`, then to its name."""
        id_project = fired.event.id_project
        found = [
            subscription
            for name in self._names(fired.event.name)
            for subscription in self._subscribers.matching(id_project, name)
        ]
        if not found or self._is_closing:
            return
        id_user = fired.member.id_user if fired.member else None
        payload = Payload(fired, self._users.user(id_user) if id_user else None)
        now = self._clock.now()
        with self._changed:
            for subscription in found:
                self._send_off(subscription, payload, now)

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
            sent = known.delivery
            again = self._send_off(sent.subscription, known.payload, known.moment, known.outgoing, sent.id)
            return again.document()

    def fail(
        self,
        target: str | None = None,
        *,
        status: int | None = None,
        error: str | None = None,
        count: int | None = None,
    ) -> Callable[[], None]:
        """Let a target (None: every one) fail without being asked; return what undoes that.

        Arguments:
            target: the URL as subscribed.
            status: what it answers; 503 if there is no error either.
            error: `timeout` (which does not take its time), `refused` or `reset`, in place of an answer.
            count: for how many attempts; None is until it is undone, or the emulator is reset.

        Raises ValueError for another error.
        """
        return self._simulations.add(target, failure(status, error), count)

    def simulate(self, target: str | None, answer: Callable[[Outgoing], Reply]) -> Callable[[], None]:
        """Let a function answer in a target's place; return what undoes that."""
        return self._simulations.add(target, answer)

    def cancel(self) -> None:
        """Forget everything, what is on its way included."""
        with self._changed:
            self._simulations.clear()
            self._drop_all()
            self._log.clear()
            self._history.clear()

    def close(self, timeout: float = 2.0) -> None:
        """Wait up to `timeout` seconds for what is being sent; say what is given up. May be called twice."""
        with self._changed:
            self._is_closing = True
        waiting = self._timetable.close()
        with self._changed:
            self._give_up(waiting, "stopped before its retry")
            self._changed.wait_for(lambda: not self._under_way, timeout)
            left = tuple(self._under_way.values())
            self._give_up(left, "stopped before it was answered")
            lanes = self._drop_all()
        if waiting or left:
            _log.warning(
                "gave up %d webhook deliveries: %d waited for a retry, %d were not answered",
                len(waiting) + len(left),
                len(waiting),
                len(left),
            )
        for lane in lanes:
            lane.join(0.5)

    def _names(self, name: str) -> Iterable[str]:
        yield EVERY_EVENT
        yield PREFIX + name
        if name.startswith(PREFIX) and self._is_documented:
            yield name  # drift event-name-prefix

    def _send_off(
        self,
        subscription: Subscription,
        payload: Payload,
        moment: int,
        outgoing: Outgoing | None = None,
        resends: str | None = None,
    ) -> Parcel:
        event = payload.fired.event
        parcel = self._log.add(
            lambda key: Parcel(
                Delivery(
                    id=key,
                    subscription=subscription,
                    event_id=event.id,
                    event_name=event.name,
                    fired_at=iso(moment),
                    resends=resends,
                ),
                payload,
                moment,
                outgoing,
            )
        )
        self._under_way[parcel.delivery.id] = parcel
        self._queue(parcel, is_retry=False)
        return parcel

    def _queue(self, parcel: Parcel, *, is_retry: bool) -> None:
        subscription = parcel.delivery.subscription
        lane = self._lanes.get((subscription.id, is_retry)) or self._open_lane(subscription, is_retry)
        if lane.put(parcel):
            self._full.discard(subscription.id)
            return
        if subscription.id not in self._full:
            self._full.add(subscription.id)
            _log.warning(
                "%s takes its events too slowly: %d wait already, and further ones are given up",
                subscription.target,
                self._settings.webhook_queue,
            )
        self._end(parcel, DeliveryState.GIVEN_UP, "the queue is full")

    def _open_lane(self, subscription: Subscription, is_retry: bool) -> Lane[Parcel]:
        lane: Lane[Parcel] = Lane(
            f"webhook {subscription.id}",
            self._attempt,
            self._connect,
            limit=self._settings.webhook_queue,
            workers=_RETRY_WORKERS if is_retry else 1,
        )
        self._lanes[subscription.id, is_retry] = lane
        return lane

    def _retry(self, parcel: Parcel) -> None:
        with self._changed:
            if not parcel.is_cancelled:
                self._queue(parcel, is_retry=True)

    def _attempt(self, parcel: Parcel, transport: Transport) -> None:
        """Send a parcel once: the work of a lane."""
        if parcel.is_cancelled or self._is_held_back(parcel):
            return
        delivery = parcel.delivery
        if parcel.outgoing is None:
            parcel.outgoing = self._envelopes.seal(parcel.payload, delivery.subscription, parcel.moment)
        at, started = self._clock.iso(), time.perf_counter()
        outcome = self._sent(parcel.outgoing, transport)
        seconds = time.perf_counter() - started
        attempt = Attempt(len(delivery.attempts) + 1, at, seconds, outcome.status, outcome.error)
        with self._changed:
            if not parcel.is_cancelled:
                self._note(parcel, attempt, outcome)

    def _sent(self, outgoing: Outgoing, transport: Transport) -> Outcome:
        try:
            return Outcome(send(self._simulations, transport, outgoing))
        except NoAnswer as error:
            return Outcome(error=str(error))
        except Exception as error:  # noqa: BLE001  (a tester's function may do anything; the lane goes on)
            _log.exception("%s: the delivery failed", outgoing.target)
            return Outcome(error=repr(error))

    def _is_held_back(self, parcel: Parcel) -> bool:
        target = parcel.delivery.subscription.target
        if self._settings.webhooks_anywhere or is_local(target):
            return False
        reason = "not on this machine; --webhooks-anywhere lets it go"
        _log.warning("webhook held back: %s is %s", target, reason)
        with self._changed:
            self._end(parcel, DeliveryState.HELD_BACK, reason)
        return True

    def _note(self, parcel: Parcel, attempt: Attempt, outcome: Outcome) -> None:
        """Write an attempt down, and decide what comes after it."""
        status, drifts = attempt.status, parcel.delivery.drifts
        again = is_retried(status)
        if not again and self._is_documented and status != 200:
            again, drifts = True, (WEBHOOK_RETRIES,)
        may_repeat = again and attempt.number <= len(RETRY_WAITS) and not self._is_closing
        due = self._clock.now() + self._wait(parcel, attempt.number) if may_repeat else None
        if due is not None:
            attempt = replace(attempt, next_at=iso(due))
        attempts = (*parcel.delivery.attempts, attempt)
        parcel.delivery = replace(parcel.delivery, attempts=attempts, drifts=drifts)
        self._tell(parcel, attempt)
        if due is not None:
            parcel.delivery = replace(parcel.delivery, state=DeliveryState.WAITING)
            self._timetable.add(due, parcel)
            self._changed.notify_all()
            return
        if self._settings.subscription_log and parcel.outgoing is not None:
            self._history.add(parcel.delivery.subscription, parcel.outgoing, outcome.reply, outcome.error)
        if again:
            self._end(parcel, DeliveryState.GIVEN_UP, f"failed {attempt.number} times")
        else:
            self._end(parcel, DeliveryState.DELIVERED if is_success(status) else DeliveryState.REFUSED)

    def _wait(self, parcel: Parcel, number: int) -> int:
        """Return milliseconds until the next attempt: at random, but the same in each run of one id seed."""
        seed = self._settings.id_seed
        source = random.Random(None if seed is None else f"{seed} {parcel.delivery.id} {number}")  # noqa: S311
        return source.randint(*RETRY_WAITS[number - 1])

    def _tell(self, parcel: Parcel, attempt: Attempt) -> None:
        delivery = parcel.delivery
        _log.info(
            "webhook %s -> %s %s %.1f ms%s",
            delivery.event_name,
            delivery.subscription.target,
            attempt.error or attempt.status,
            attempt.seconds * 1000,
            f", again at {attempt.next_at}" if attempt.next_at else "",
        )

    def _end(self, parcel: Parcel, state: DeliveryState, reason: str | None = None) -> None:
        parcel.delivery = replace(parcel.delivery, state=state, reason=reason)
        self._under_way.pop(parcel.delivery.id, None)
        self._changed.notify_all()

    def _give_up(self, parcels: Iterable[Parcel], reason: str) -> None:
        for parcel in parcels:
            parcel.is_cancelled = True
            self._end(parcel, DeliveryState.GIVEN_UP, reason)

    def _drop_all(self) -> list[Lane[Parcel]]:
        """Cancel what is under way and retire the lanes; return them."""
        for parcel in self._under_way.values():
            parcel.is_cancelled = True
        self._under_way.clear()
        self._timetable.clear()
        self._full.clear()
        lanes = list(self._lanes.values())
        self._lanes.clear()
        for lane in lanes:
            lane.retire()
        self._changed.notify_all()
        return lanes

    @property
    def _is_documented(self) -> bool:
        return self._settings.dialect is Dialect.DOCUMENTED
