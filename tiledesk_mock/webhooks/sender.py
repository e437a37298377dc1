"""The courier: sends a parcel once, and tells what came of it."""

from __future__ import annotations

import logging
from typing import Final

from msgspec import Struct

from ..http.connections import is_local
from ..http.stopwatch import stopwatch
from ..tiledesk.clock import Clock
from ..tiledesk.webhooks import Attempt
from .log import QueuedDelivery
from .payload import RequestBuilder
from .simulation import Simulations
from .transport import NoResponse, Reply, Transport, WebhookRequest

_log: Final = logging.getLogger("tiledesk_mock.webhooks")


class Outcome(Struct, frozen=True):
    """What sending came to: the target's answer, or the error in its place."""

    reply: Reply | None = None
    error: str | None = None


class Courier:
    """Seals parcels and sends them, over a transport or to where a target is simulated.

    Args:
        envelopes: what seals.
        simulations: the targets that are simulated.
        clock: the time of attempts.
        anywhere: go off this machine, too.
    """

    def __init__(
        self, envelopes: RequestBuilder, simulations: Simulations, clock: Clock, *, anywhere: bool
    ) -> None:
        self._envelopes: Final = envelopes
        self._simulations: Final = simulations
        self._clock: Final = clock
        self._anywhere: Final = anywhere

    def refuses(self, parcel: QueuedDelivery) -> str | None:
        """Return why a parcel is not to be sent at all, or None."""
        target = parcel.delivery.subscription.target
        if self._anywhere or is_local(target):
            return None
        reason = "not on this machine; --webhooks-anywhere lets it go"
        _log.warning("webhook held back: %s is %s", target, reason)
        return reason

    def send(self, parcel: QueuedDelivery, transport: Transport) -> tuple[Attempt, Outcome]:
        """Send a parcel once."""
        if parcel.request is None:
            subscription = parcel.delivery.subscription
            parcel.request = self._envelopes.build(parcel.payload, subscription, parcel.time)
        at, started = self._clock.iso(), stopwatch()
        outcome = self._sent(parcel.request, transport)
        seconds = stopwatch() - started
        status = outcome.reply.status if outcome.reply else None
        return Attempt(len(parcel.delivery.attempts) + 1, at, seconds, status, outcome.error), outcome

    def _sent(self, outgoing: WebhookRequest, transport: Transport) -> Outcome:
        simulated = self._simulations.answer_for(outgoing.target)
        try:
            return Outcome(transport.send(outgoing) if simulated is None else simulated(outgoing))
        except NoResponse as error:
            return Outcome(error=str(error))
        except Exception as error:  # noqa: BLE001  (a tester's function may raise anything; the lane goes on)
            _log.exception("%s: the delivery failed", outgoing.target)
            return Outcome(error=repr(error))
