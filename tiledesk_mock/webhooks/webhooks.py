"""Webhooks: fired events are delivered to the subscriptions that match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ..errors import UnknownDelivery
from ..settings import Dialect, Settings
from ..store.database import Database
from ..tiledesk.clock import Clock
from ..tiledesk.deliveries import Delivery
from ..tiledesk.events import EVENT_PREFIX, EVERY_EVENT, FiredEvent
from ..tiledesk.model import Subscription
from ..tiledesk.tokens import Tokens
from ..tiledesk.wire import Document
from .payload import Payload
from .queue import DeliveryQueue, OnChange
from .simulation import Responder, failing


class Webhooks:
    """Delivers fired events to their subscribers. Firing an event never waits for a delivery.

    Args:
        database: the subscriptions and the users.
        tokens: signs the requests.
        clock: the emulator's; retries wait by it.
        settings: the dialect, the limits, and whether deliveries may leave this machine.
        on_change: called after each change of a delivery, with the drifts that it showed; must not block.
    """

    def __init__(
        self,
        database: Database,
        tokens: Tokens,
        clock: Clock,
        settings: Settings,
        on_change: OnChange = lambda _: None,
    ) -> None:
        self._database: Final = database
        self._clock: Final = clock
        self._settings: Final = settings
        self._queue: Final = DeliveryQueue(tokens, clock, settings, on_change)

    def deliver(self, fired: FiredEvent) -> None:
        """Queue a delivery of an event to each of its subscribers."""
        subscribers, queue = self._subscribers(fired), self._queue
        if not subscribers or queue.is_closing:
            return
        id_user = fired.member.id_user if fired.member else None
        payload = Payload(fired, self._database.people.user(id_user) if id_user else None)
        now = self._clock.now()
        with queue.changed:
            for subscription in subscribers:
                queue.put(queue.log.add(subscription, payload, now))

    def deliveries(self) -> list[Document]:
        """Return each delivery as `/__admin/deliveries` shows it, oldest first."""
        with self._queue.changed:
            deliveries = self._queue.log.all()
        return [queued.document() for queued in deliveries]

    def log(self) -> tuple[Delivery, ...]:
        """Return each delivery as a value, oldest first."""
        with self._queue.changed:
            return tuple(queued.delivery for queued in self._queue.log.all())

    def history(self, id_project: str) -> list[Document]:
        """Return a project's history as `/subscriptions/history` shows it."""
        return self._queue.history.documents(id_project)

    def wait_for(self, condition: Callable[[tuple[Delivery, ...]], Any], timeout: float) -> bool:
        """Wait until `condition` is true of the log, checked after each change; return whether it is."""
        return self._queue.wait_for(lambda: condition(self.log()), timeout)

    def drain(self, timeout: float = 10.0) -> Document:
        """Wait until no delivery is under way; retries, also later ones, are made without their waits.

        Returns how many deliveries are still `under_way` after `timeout` seconds, and whether it `drained`.
        """
        under_way = self._queue.drain(timeout)
        return {"drained": not under_way, "under_way": under_way}

    def resend(self, id: str) -> Document:  # noqa: A002  (a record's own word)
        """Send a delivery again as a new one, to the byte if it was sent before; return the new one.

        Raises UnknownDelivery.
        """
        queue = self._queue
        with queue.changed:
            queued = queue.log.get(id)
            if queued is None:
                raise UnknownDelivery(id)
            repeat = queue.log.add_repeat(queued)
            queue.put(repeat)
            return repeat.document()

    def fail(
        self,
        target: str | None = None,
        *,
        status: int | None = None,
        error: str | None = None,
        count: int | None = None,
    ) -> str:
        """Let a target (None: every target) fail without sending anything to it; return an id for `recover`.

        Args:
            target: the URL as subscribed.
            status: of the response; 503 if no error is given either.
            error: `timeout` (which takes no time), `refused` or `reset`, in place of a response.
            count: for how many attempts; None: until it recovers, or the emulator is reset.

        Raises SettingsError if the error is another one, the status no HTTP status, or the count below 1.
        """
        return self._queue.simulations.add(target, failing(status, error), count)

    def simulate(self, target: str | None, respond: Responder) -> str:
        """Let a function respond in place of a target; return an id for `recover`."""
        return self._queue.simulations.add(target, respond)

    def recover(self, id: str) -> bool:  # noqa: A002  (likewise)
        """End what `fail` or `simulate` began; return whether it had not ended."""
        return self._queue.simulations.remove(id)

    def cancel(self) -> None:
        """Cancel all deliveries, end all simulations, and clear log and history."""
        self._queue.simulations.clear()
        self._queue.cancel()

    def close(self, timeout: float = 2.0) -> None:
        """Wait up to `timeout` seconds for the attempts under way. May be called twice."""
        self._queue.close(timeout)

    def _subscribers(self, fired: FiredEvent) -> list[Subscription]:
        """Return the subscriptions to every event, then those to the event's name.

        In the documented dialect a name fired as `event.emit.X` matches subscriptions to `event.emit.X`, too
        (drift event-name-prefix).
        """
        name, id_project = fired.event.name, fired.event.id_project
        events = [EVERY_EVENT, EVENT_PREFIX + name]
        if name.startswith(EVENT_PREFIX) and self._settings.dialect is Dialect.DOCUMENTED:
            events.append(name)
        matching = self._database.subscriptions.matching
        return [subscription for event in events for subscription in matching(id_project, event)]
