"""Webhooks: each fired event goes to whom it concerns, and is accounted for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ..errors import UnknownDelivery
from ..settings import Settings
from ..tiledesk.bus import FiredEvent
from ..tiledesk.clock import Clock
from ..tiledesk.tokens import Tokens
from ..tiledesk.webhooks import Delivery
from ..tiledesk.wire import Document
from .payload import Payload, RequestBuilder
from .queue import DeliveryQueue, Notice
from .sender import Courier
from .simulation import Simulations, failure
from .subscribers import Audience
from .transport import Connect, Reply, Sender, WebhookRequest


class Webhooks:
    """Delivers fired events to their subscribers, without ever holding up who fires them.

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
        notice: Notice = lambda _: None,
        connect: Connect | None = None,
    ) -> None:
        self._audience: Final = audience
        self._clock: Final = clock
        self._simulations: Final = Simulations()
        courier = Courier(
            RequestBuilder(tokens, settings.webhooks_origin),
            self._simulations,
            clock,
            anywhere=settings.webhooks_anywhere,
        )
        connect = connect or (lambda: Sender(settings.webhook_timeout))
        self._dispatch: Final = DeliveryQueue(courier, clock, settings, connect, notice)

    # What is told, and what came of it

    def deliver(self, fired: FiredEvent) -> None:
        """Send an event on its way to all who subscribed to it: to `event.emit`, then to its name."""
        found, dispatch = self._audience.of(fired), self._dispatch
        if not found or dispatch.is_closing:
            return
        payload, now = Payload(fired, self._audience.user_of(fired)), self._clock.now()
        with dispatch.changed:
            for subscription in found:
                dispatch.send(dispatch.log.add(subscription, payload, now))

    def deliveries(self) -> list[Document]:
        """Return what is known of each delivery, oldest first, as `/__admin/deliveries` shows it."""
        with self._dispatch.changed:
            parcels = self._dispatch.log.all()
        return [parcel.document() for parcel in parcels]

    def log(self) -> tuple[Delivery, ...]:
        """Return each delivery as a value, oldest first."""
        with self._dispatch.changed:
            return tuple(parcel.delivery for parcel in self._dispatch.log.all())

    def history(self, id_project: str) -> list[Document]:
        """Return a project's history as `/subscriptions/history` answers it."""
        return self._dispatch.history.documents(id_project)

    def wait_for(self, condition: Callable[[tuple[Delivery, ...]], Any], timeout: float) -> bool:
        """Wait until `holds` of the deliveries, looked at whenever one changes; tell whether it did."""
        return self._dispatch.wait_for(lambda: condition(self.log()), timeout)

    # What a tester does with it

    def drain(self, timeout: float = 10.0) -> Document:
        """Wait until nothing is under way; retries, those to come as well, are made without their waits.

        Returns how many deliveries are still `under_way` after `timeout` seconds, 0 where `drained`.
        """
        left = self._dispatch.drain(timeout)
        return {"drained": not left, "under_way": left}

    def resend(self, id: str) -> Document:  # noqa: A002  (a record's own word)
        """Send a delivery again as a new one, to the byte if it was sent before; return the new one.

        Raises UnknownDelivery.
        """
        dispatch = self._dispatch
        with dispatch.changed:
            known = dispatch.log.get(id)
            if known is None:
                raise UnknownDelivery(id)
            again = dispatch.log.repeat(known)
            dispatch.send(again)
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

        Args:
            target: the URL as subscribed.
            status: what it answers; 503 if there is no error either.
            error: `timeout` (which does not take its time), `refused` or `reset`, in place of an answer.
            count: for how many attempts; None is until it recovers, or the emulator is reset.

        Raises SettingsError for another error, a status that is none, or a count below 1.
        """
        return self._simulations.add(target, failure(status, error), count)

    def simulate(self, target: str | None, respond: Callable[[WebhookRequest], Reply]) -> str:
        """Let a function answer in a target's place; return an id for `recover`."""
        return self._simulations.add(target, respond)

    def recover(self, id: str) -> bool:  # noqa: A002  (likewise)
        """Let what `fail` or `simulate` began be over; tell whether it was not yet."""
        return self._simulations.remove(id)

    def cancel(self) -> None:
        """Forget everything, what is on its way included."""
        self._simulations.clear()
        self._dispatch.cancel()

    def close(self, timeout: float = 2.0) -> None:
        """Wait up to `timeout` seconds for what is being sent; say what is given up. May be called twice."""
        self._dispatch.close(timeout)
