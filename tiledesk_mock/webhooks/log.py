"""The log of deliveries: all that are under way, and the last that have ended."""

from __future__ import annotations

import json
from collections import deque
from typing import Final

from msgspec.structs import replace

from ..tiledesk.clock import format_time
from ..tiledesk.model import Subscription
from ..tiledesk.webhooks import SECRET_HEADER, Delivery, DeliveryState, delivery_document
from ..tiledesk.wire import Document
from .payload import Payload
from .transport import WebhookRequest

MASKED: Final = "***"


class QueuedDelivery:
    """A delivery and what it carries. `delivery` is replaced whenever something happens to it.

    `moment` is when its event was fired, in milliseconds; `outgoing` is there once it was first sent.
    """

    __slots__ = ("delivery", "is_cancelled", "payload", "request", "time")

    def __init__(
        self, delivery: Delivery, payload: Payload, moment: int, outgoing: WebhookRequest | None = None
    ) -> None:
        self.delivery = delivery
        self.payload: Final = payload
        self.time: Final = moment
        self.request = outgoing
        self.is_cancelled = False

    def document(self) -> Document:
        """Return it as the control API shows it, with what was sent; secrets are masked."""
        document = delivery_document(self.delivery)
        if self.request is not None:
            document["request"] = _request_document(self.request)
        return document


class DeliveryLog:
    """Keeps parcels by id, in the order in which their events were fired. Its owner locks it.

    Args:
        limit: how many are kept; the first that ended make room, those under way stay.
    """

    def __init__(self, limit: int) -> None:
        self._limit: Final = limit
        self._parcels: Final[dict[str, QueuedDelivery]] = {}
        self._ended: Final[deque[str]] = deque()
        self._number = 0

    def __len__(self) -> int:
        return len(self._parcels)

    def add(self, subscription: Subscription, payload: Payload, moment: int) -> QueuedDelivery:
        """Make a parcel with the next id, and keep it."""
        return self._keep(
            QueuedDelivery(
                Delivery(
                    id=self._next_id(),
                    subscription=subscription,
                    event_id=payload.fired.event.id,
                    event_name=payload.fired.event.name,
                    fired_at=format_time(moment),
                ),
                payload,
                moment,
            )
        )

    def repeat(self, parcel: QueuedDelivery) -> QueuedDelivery:
        """Make a parcel with the next id that carries the same, to the byte if that was sealed; keep it."""
        again = replace(
            parcel.delivery,
            id=self._next_id(),
            state=DeliveryState.QUEUED,
            attempts=(),
            reason=None,
            drifts=(),
            resends=parcel.delivery.id,
        )
        return self._keep(QueuedDelivery(again, parcel.payload, parcel.time, parcel.request))

    def end(self, parcel: QueuedDelivery) -> None:
        """Note that nothing more happens to a parcel: it may make room."""
        self._ended.append(parcel.delivery.id)
        self._make_room()

    def get(self, id: str) -> QueuedDelivery | None:  # noqa: A002  (a record's own word)
        """Return the parcel with that id, or None."""
        return self._parcels.get(id)

    def all(self) -> tuple[QueuedDelivery, ...]:
        """Return all parcels, oldest first."""
        return tuple(self._parcels.values())

    def clear(self) -> None:
        """Forget all, and count from one again."""
        self._parcels.clear()
        self._ended.clear()
        self._number = 0

    def _next_id(self) -> str:
        self._number += 1
        return str(self._number)

    def _keep(self, parcel: QueuedDelivery) -> QueuedDelivery:
        self._parcels[parcel.delivery.id] = parcel
        self._make_room()
        return parcel

    def _make_room(self) -> None:
        while len(self._parcels) > self._limit and self._ended:
            del self._parcels[self._ended.popleft()]


def _request_document(outgoing: WebhookRequest) -> Document:
    headers = dict(outgoing.headers) | {SECRET_HEADER: MASKED}
    return {"headers": headers, "body": json.loads(outgoing.body) | {"token": MASKED}}
