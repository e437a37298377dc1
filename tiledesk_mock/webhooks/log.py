"""The log of deliveries: all that are under way, and the last that have ended."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ..tiledesk.clock import format_time
from ..tiledesk.deliveries import Delivery, DeliveryState, delivery_document
from ..tiledesk.model import Event, Subscription
from ..tiledesk.webhooks import SECRET_HEADER
from ..tiledesk.wire import Document
from .sender import WebhookRequest

MASKED: Final = "***"


class QueuedDelivery(Struct, eq=False):
    """A delivery with what it sends. `delivery` is replaced whenever its state changes.

    `payload` returns the event as JSON; it is encoded by a worker, so that firing does not wait for it.
    `time` is when it was fired, in milliseconds since 1970. `request` is built for the first attempt.
    `last` is the last subscription to the same event, if the hook and token of that one are in retries and in
    the history.
    """

    delivery: Delivery
    payload: Callable[[], str]
    time: int
    request: WebhookRequest | None = None
    last: Subscription | None = None
    is_cancelled: bool = False

    def document(self) -> Document:
        """Return the delivery as the control API shows it, with the request. Secrets are masked."""
        document = delivery_document(self.delivery)
        if self.request is not None:
            document["request"] = {
                "headers": dict(self.request.headers) | {SECRET_HEADER: MASKED},
                "body": json.loads(self.request.body) | {"token": MASKED},
            }
        return document


class DeliveryLog:
    """Keeps `deliveries` by id, in the order in which their events were fired. Its owner locks it.

    Beyond the limit those that ended first are dropped; those under way stay.
    """

    def __init__(self, limit: int) -> None:
        self._limit: Final = limit
        self.deliveries: Final[dict[str, QueuedDelivery]] = {}
        self._ended: Final[deque[str]] = deque()
        self._number = 0

    def add(
        self, subscription: Subscription, event: Event, payload: Callable[[], str], time: int
    ) -> QueuedDelivery:
        """Add a delivery with the next id, and return it."""
        delivery = Delivery(
            id=self._next_id(),
            subscription=subscription,
            event_id=event.id,
            event_name=event.name,
            fired_at=format_time(time),
        )
        return self._keep(QueuedDelivery(delivery, payload, time))

    def add_repeat(self, queued: QueuedDelivery) -> QueuedDelivery:
        """Add a delivery with the next id that sends the same, to the byte if it was sent; return it."""
        delivery = replace(
            queued.delivery,
            id=self._next_id(),
            state=DeliveryState.QUEUED,
            attempts=(),
            reason=None,
            drifts=(),
            resends=queued.delivery.id,
        )
        return self._keep(QueuedDelivery(delivery, queued.payload, queued.time, queued.request))

    def mark_ended(self, queued: QueuedDelivery) -> None:
        """Allow a delivery to be dropped."""
        self._ended.append(queued.delivery.id)
        self._drop_oldest()

    def clear(self) -> None:
        """Remove all deliveries, and start the ids from 1 again."""
        self.deliveries.clear()
        self._ended.clear()
        self._number = 0

    def _next_id(self) -> str:
        self._number += 1
        return str(self._number)

    def _keep(self, queued: QueuedDelivery) -> QueuedDelivery:
        self.deliveries[queued.delivery.id] = queued
        self._drop_oldest()
        return queued

    def _drop_oldest(self) -> None:
        while len(self.deliveries) > self._limit and self._ended:
            del self.deliveries[self._ended.popleft()]
