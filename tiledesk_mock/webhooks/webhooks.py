"""Webhooks: events are delivered to their subscribers, retried, and recorded."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec.structs import replace

from ..errors import UnknownDelivery
from ..http.exchange import RecordedResponse
from ..http.stopwatch import stopwatch
from ..journal.journal import Journal
from ..journal.timeline import KeptAttempt
from ..node.json import stringify
from ..redaction.masking import Masked
from ..settings import Settings
from ..store.database import Database
from ..tiledesk.clock import Clock, format_time
from ..tiledesk.deliveries import RETRY_WAITS, Attempt, AttemptOutcome, DeliveryState, outcome_of_attempt
from ..tiledesk.events import FiredEvent, fired_event_document
from ..tiledesk.query import PER_PAGE
from ..tiledesk.wire import Document
from .destination import stays_local
from .failures import DeliveryError, NeverEndedError
from .history import History, entry_document
from .log import DeliveryLog, DeliverySelection, QueuedDelivery
from .questions import TIE, Question, Reply
from .recipients import Recipient, Recipients
from .sender import RequestBuilder, Sender
from .sequence import GroupSequence
from .simulation import Simulations
from .workers import Scheduler, WorkerPools

if TYPE_CHECKING:
    from ..tiledesk.platform_events import PlatformEvent, Step

_STOPPED: Final = "stopped before it was delivered"
_NOT_LOCAL: Final = "not on this machine; --webhooks-anywhere allows it"

Payload: TypeAlias = "Callable[[], str]"
"""Returns a payload as JSON; encodes it when it is first called."""

Result: TypeAlias = "RecordedResponse | str | None"
"""What an attempt brought: a response, or the history's error; None if the real server would never end."""

_log: Final = logging.getLogger("tiledesk_mock.webhooks")


class Webhooks:
    """Delivers events to their subscribers. Firing an event never waits for a delivery.

    First attempts of a subscription are sent in order; one that takes long, and retries, delay no other.

    Args:
        database: the subscriptions, and the users.
        clock: the emulator's; retries wait by it.
        settings: the dialect, the limits, and whether deliveries may leave this machine.
        journal: is notified of each change of a delivery; its timeline gets the attempts.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Settings,
        journal: Journal,
    ) -> None:
        self._database: Final = database
        self._clock: Final = clock
        self._settings: Final = settings
        self._on_change: Final = journal.notify
        self._timeline: Final = journal.timeline
        self._recipients: Final = Recipients(database, clock, settings)
        self._log: Final = DeliveryLog(settings.delivery_log_size)
        self._history: Final = History(clock, settings.id_seed, settings.delivery_log_size)
        self._requests: Final = RequestBuilder(settings.webhooks_origin, settings.global_secret)
        self.simulations: Final = Simulations()
        self._workers: Final = WorkerPools(self._attempt, settings.webhook_timeout, settings.webhook_queue)
        self._scheduler: Final = Scheduler(clock, self._retry)
        self._changed: Final = threading.Condition(threading.RLock())
        self._under_way: Final[dict[str, QueuedDelivery]] = {}
        self._sequence: Final = GroupSequence(
            self._changed, partial(self._put, is_retry=False), settings.webhook_queue
        )
        self._is_closing = False

    def deliver(self, fired: FiredEvent, cause: str | None = None) -> None:
        """Queue a delivery of an event to each of its subscribers; `cause` links the attempts."""
        recipients = self._recipients.of_fired(fired)
        if not recipients or self._is_closing:
            return
        id_user = fired.member.id_user if fired.member else None
        user = self._database.people.user(id_user) if id_user else None
        payload = cache(lambda: stringify(fired_event_document(fired, user)))
        event = fired.event.id, fired.event.name
        with self._changed:
            queued = list(self._queue(recipients, event, payload, cause))
            if self._sequence.is_busy:
                self._sequence.add(queued)
                return
            for one in queued:
                self._put(one, is_retry=False)

    def deliver_step(self, step: Step, cause: str | None = None) -> None:
        """Queue the deliveries of the platform's own events, group by group.

        At each receiver the events of a group begin together, when the first attempts of the group before
        have ended, or a quarter of a second after they began. Payloads must not be changed afterwards.
        `cause` links the attempts.
        """
        if self._is_closing:
            return
        encoded: dict[int, Payload] = {}  # the variants of an event share one payload
        with self._changed:
            for group in step:
                self._sequence.add(
                    queued
                    for event in group
                    for queued in self._queue(
                        self._recipients.of(event), *_logged(event.payload, event.name, encoded), cause
                    )
                )

    def ask(self, event: PlatformEvent, timeout: float, cause: str | None = None) -> Sequence[Reply]:
        """Deliver an event whose response is used, and wait for the first reply.

        Retries are made at once, since the caller waits. Do not call it with a lock that requests need.

        Args:
            event: the event.
            timeout: seconds to wait for a reply.
            cause: links the attempts.

        Returns the replies so far, by the number of their attempts. The first with `is_endless` false
        counts; without one, the real server would wait for ever. It is empty without subscribers.
        """
        question = Question()
        with self._changed:
            if self._is_closing:
                return ()
            event_and_payload = _logged(event.payload, event.name, {})
            queued = [*self._queue(self._recipients.of(event), *event_and_payload, cause, question)]
            self._sequence.add(queued)
            self._changed.wait_for(lambda: question.is_decided, min(timeout, threading.TIMEOUT_MAX))
            self._changed.wait_for(lambda: question.is_first_in_order, TIE)
            if not question.is_decided:
                ended = {reply.delivery for reply in question.replies}
                question.replies.extend(
                    one.silence(timeout) for one in queued if one.delivery.id not in ended
                )
            return question.in_order()

    def deliveries(self, selection: DeliverySelection | None = None) -> list[Document]:
        """Return deliveries as `/__admin/deliveries` shows them: by default all, oldest first."""
        with self._changed:
            deliveries = self._log.select(selection or DeliverySelection())
        return [queued.document() for queued in deliveries]

    def history(self, id_project: str, skip: int = 0) -> list[Document]:
        """Return a page of a project's history as `/subscriptions/history` shows it, newest first."""
        with self._changed:
            entries = self._history.entries(id_project)
        return list(map(entry_document, entries[skip : skip + PER_PAGE]))

    def drain(self, timeout: float = 10.0) -> Document:
        """Wait until no delivery is under way; retries, also later ones, are made without their waits.

        Returns how many deliveries are still `under_way` after `timeout` seconds, and whether it `drained`.
        """
        with self._scheduler.without_waits(), self._changed:
            self._wait_until_idle(timeout)
            under_way = len(self._under_way)
        return {"drained": not under_way, "under_way": under_way}

    def resend(self, id: str, target: str | None = None) -> Document:  # noqa: A002  (a record's own word)
        """Send a delivery again as a new one, to the byte if it was sent before; return the new one.

        It goes to the same URL, or to `target`. Raises UnknownDelivery.
        """
        with self._changed:
            queued = self._log.deliveries.get(id)
            if queued is None:
                raise UnknownDelivery(id)
            repeat = self._log.add_repeat(queued, target)
            self._start(repeat)
            return repeat.document()

    def cancel(self) -> None:
        """Cancel all deliveries, end all simulations, and clear log and history."""
        self.simulations.clear()
        with self._changed:
            for queued in self._under_way.values():
                queued.cancel()
            self._sequence.clear()
            self._under_way.clear()
            self._scheduler.clear()
            self._workers.abort()
            self._log.clear()
            self._history.clear()
            self._recipients.restart()
            self._notify()

    def close(self, timeout: float = 2.0) -> None:
        """Wait up to `timeout` seconds for the attempts under way; log how many deliveries are given up.

        May be called twice.
        """
        with self._changed:
            self._is_closing = True
        waiting = self._scheduler.close()
        with self._changed:
            self._give_up(waiting)
            self._wait_until_idle(timeout)
            unfinished = tuple(self._under_way.values())
            self._give_up(unfinished)
            self._sequence.clear()
            self._workers.abort()
        if waiting or unfinished:
            _log.warning(
                "webhook deliveries given up: %d that waited for a retry, %d that got no response",
                len(waiting),
                len(unfinished),
            )
        self._workers.join(0.5)

    def _attempt(self, queued: QueuedDelivery, sender: Sender) -> None:
        """Send a delivery once, in a worker thread."""
        if queued.is_cancelled:
            return
        target = queued.delivery.subscription.url
        is_allowed = self._settings.webhooks_anywhere or stays_local(target)
        attempt, result = self._send(queued, sender) if is_allowed else (None, "")
        with self._changed:
            if queued.is_cancelled:  # after a reset another delivery has its id
                return
            if attempt is not None:
                self._record(queued, attempt, result)
                return
            _log.warning("webhook held back: %s is %s", Masked(target), _NOT_LOCAL)
            self._end(queued, DeliveryState.HELD_BACK, _NOT_LOCAL)

    def _send(self, queued: QueuedDelivery, sender: Sender) -> tuple[Attempt, Result]:
        """Send a delivery, or let the simulated target respond.

        Returns the attempt, and the response or Node's error; None if the real server would never end.
        """
        if queued.request is None:
            subscription = queued.delivery.subscription
            bot = queued.delivery.bot
            queued.request = self._requests.build(queued.payload(), subscription, queued.time, bot)
        elif (body := self._body_of_last(queued)) is not None and queued.delivery.attempts:
            queued.request = replace(queued.request, body=body)
        request = queued.request
        at = self._clock.iso()
        queued.began = started = stopwatch()
        respond = self.simulations.responder_for(request.target) or sender.send
        status, error = None, None
        result: Result
        try:
            result = respond(request)
            status = result.status
        except NeverEndedError as never_ended:
            result, error = None, str(never_ended)
        except DeliveryError as delivery_error:
            result, error = str(delivery_error), delivery_error.detail
        except Exception as failure:  # noqa: BLE001  (the function of a tester may raise anything)
            _log.exception("%s: the delivery failed", Masked(request.target))
            result = error = repr(failure)
        number = len(queued.delivery.attempts) + 1
        return Attempt(number, at, stopwatch() - started, status, error), result

    # The methods below are called with `_changed` held, except for `_retry`.

    def _queue(
        self,
        recipients: Iterable[Recipient],
        event: tuple[str | None, str],
        payload: Payload,
        cause: str | None,
        question: Question | None = None,
    ) -> Iterator[QueuedDelivery]:
        """Add a delivery to each receiver; yield those that can be sent."""
        now = self._clock.now()
        for one in recipients:
            queued = self._log.add(one.subscription, event, payload, now, one.bot)
            queued.last, queued.cause = one.last, cause
            self._under_way[queued.delivery.id] = queued
            if question is not None:
                queued.question = question
                question.expected.append(queued.delivery.id)
            if one.refusal is None:
                yield queued
                continue
            _log.warning("webhook not sent to %s: %s", Masked(one.subscription.url), one.refusal)
            queued.is_endless = True
            self._end(queued, DeliveryState.GIVEN_UP, one.refusal)

    def _start(self, queued: QueuedDelivery) -> None:
        self._under_way[queued.delivery.id] = queued
        if self._is_closing:
            self._give_up((queued,))
        else:
            self._put(queued, is_retry=False)

    def _put(self, queued: QueuedDelivery, *, is_retry: bool) -> None:
        if not self._workers.put(queued, is_retry=is_retry):
            self._end(queued, DeliveryState.GIVEN_UP, "the queue is full")

    def _retry(self, queued: QueuedDelivery) -> None:
        with self._changed:
            if not queued.is_cancelled:
                self._put(queued, is_retry=True)

    def _record(self, queued: QueuedDelivery, attempt: Attempt, result: Result) -> None:
        """Add an attempt to its delivery, then schedule a retry or end the delivery."""
        outcome = outcome_of_attempt(attempt.status, attempt.number, self._settings.dialect)
        if result is None:
            outcome = AttemptOutcome(DeliveryState.GIVEN_UP, reason=attempt.error)
            queued.is_endless = True
        due = None
        if outcome.state is DeliveryState.WAITING and not self._is_closing:
            due = self._clock.now() + (0 if queued.question else self._wait(queued, attempt.number))
            attempt = replace(attempt, next_at=format_time(due))
        before = queued.delivery
        drifts = before.drifts or outcome.drifts
        queued.delivery = replace(before, attempts=(*before.attempts, attempt), drifts=drifts)
        self._on_change(() if before.drifts else drifts)
        _log.info(
            "webhook %s -> %s %s %.1f ms%s",
            before.event_name,
            Masked(before.subscription.url),
            Masked(attempt.error) if attempt.error else attempt.status,
            attempt.seconds * 1000,
            f", again at {attempt.next_at}" if attempt.next_at else "",
        )
        if due is not None:
            queued.delivery = replace(queued.delivery, state=DeliveryState.WAITING)
            self._keep(queued, attempt)
            self._scheduler.add(due, queued)
            self._changed.notify_all()
            return
        if isinstance(result, RecordedResponse):
            queued.response = result
        is_shown = self._settings.subscription_log and before.bot is None
        if is_shown and queued.request is not None and result is not None:
            self._history.add(before.subscription, queued.request, self._body_of_last(queued), result)
        if outcome.state is DeliveryState.WAITING:  # but the emulator is closing
            self._end(queued, DeliveryState.GIVEN_UP, _STOPPED, attempt)
        else:
            self._end(queued, outcome.state, outcome.reason, attempt)

    def _body_of_last(self, queued: QueuedDelivery) -> bytes | None:
        """Return the body of retries and of the history, with hook and token of the last subscription.

        None if that is the delivery's own. In the documented dialect subscriptions have secrets of their own,
        and all bodies are their own.
        """
        if queued.last is None or queued.last.id == queued.delivery.subscription.id:
            return None
        return self._requests.build(queued.payload(), queued.last, queued.time).body

    def _wait(self, queued: QueuedDelivery, number: int) -> int:
        """Return milliseconds until the next attempt: random, but the same in each run with one id seed."""
        seed = self._settings.id_seed
        source = random.Random(None if seed is None else f"{seed} {queued.delivery.id} {number}")  # noqa: S311
        return source.randint(*RETRY_WAITS[number - 1])

    def _wait_until_idle(self, timeout: float) -> None:
        self._changed.wait_for(lambda: not self._under_way, min(timeout, threading.TIMEOUT_MAX))

    def _end(
        self,
        queued: QueuedDelivery,
        state: DeliveryState,
        reason: str | None = None,
        attempt: Attempt | None = None,
    ) -> None:
        """End a delivery, with its last attempt or without one."""
        queued.delivery = replace(queued.delivery, state=state, reason=reason)
        self._keep(queued, attempt)
        if queued.question is not None:
            queued.question.replies.append(queued.reply())
        if self._under_way.pop(queued.delivery.id, None) is not None:
            self._log.mark_ended(queued)
        self._notify()

    def _keep(self, queued: QueuedDelivery, attempt: Attempt | None) -> None:
        """Add an attempt to the timeline, or the end of a delivery without one."""
        request = queued.request
        kept = KeptAttempt(queued.delivery, attempt, request.document if request else None)
        self._timeline.add_attempt(kept, len(request.body) if request else 0, queued.cause)

    def _give_up(self, deliveries: Iterable[QueuedDelivery]) -> None:
        for queued in deliveries:
            queued.is_cancelled = True
            self._end(queued, DeliveryState.GIVEN_UP, _STOPPED)

    def _notify(self) -> None:
        self._changed.notify_all()
        self._on_change(())


def _logged(
    payload: Document, name: str, encoded: dict[int, Payload]
) -> tuple[tuple[str | None, str], Payload]:
    """Return the id and name that the log has of an event, and its payload."""
    return (payload.get("_id"), name), encoded.setdefault(id(payload), cache(lambda: stringify(payload)))
