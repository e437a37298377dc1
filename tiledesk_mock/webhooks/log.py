"""The log of deliveries: all that are under way, and the last that have ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import dropwhile, islice
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ..errors import UnknownDelivery
from ..http.exchange import RecordedResponse
from ..node.json import ABSENT
from ..tiledesk.clock import format_time
from ..tiledesk.deliveries import Attempt, BotAddress, Delivery, DeliveryState, delivery_document
from ..tiledesk.model import Subscription
from ..tiledesk.wire import Document
from .questions import Question, Reply, body_of
from .sender import WebhookRequest


class QueuedDelivery(Struct, eq=False):
    """A delivery with what it sends. `delivery` is replaced whenever its state changes.

    `payload` returns the payload as JSON; it is encoded by a worker, so that firing does not wait for it.
    `time` is when it was fired, in milliseconds since 1970. `request` is built for the first attempt.
    `question` gets the reply, if the response is used; `response` is the last one, and `is_endless` whether
    the real server would never have one. `began` is when the last attempt began, by the stopwatch.
    `last` is the last subscription to the same event, if the hook and token of that one are in retries and in
    the history. `cause` links its attempts to what they came of.
    """

    delivery: Delivery
    payload: Callable[[], str]
    time: int
    request: WebhookRequest | None = None
    last: Subscription | None = None
    cause: str | None = None
    is_cancelled: bool = False
    question: Question | None = None
    response: RecordedResponse | None = None
    is_endless: bool = False
    began: float = 0.0

    def cancel(self) -> None:
        """Let it have no further effect."""
        self.is_cancelled = True
        if self.question is not None:
            self.question.is_cancelled = True

    def reply(self) -> Reply:
        """Return how the delivery has ended."""
        delivery = self.delivery
        last = delivery.attempts[-1] if delivery.attempts else Attempt(0, "", 0.0)
        return Reply(
            delivery.id,
            delivery.subscription.url,
            last.status,
            ABSENT if self.response is None else body_of(self.response),
            None if last.status else last.error or delivery.reason,
            max(len(delivery.attempts), 1),
            self.is_endless,
        )

    def silence(self, seconds: float) -> Reply:
        """Return the reply of a receiver that gave no response within some seconds."""
        error = f"no response within {seconds:g} s, for which the real server waits for ever"
        return Reply(self.delivery.id, self.delivery.subscription.url, error=error, is_endless=True)

    def document(self) -> Document:
        """Return the delivery as the control API shows it, with the request. Secrets are masked."""
        document = delivery_document(self.delivery)
        if self.request is not None:
            document["request"] = self.request.document()
        return document


class DeliverySelection(Struct, frozen=True):
    """Deliveries: those of an `event`, to URLs that begin with `target`, in a `state`; None is any.

    They are oldest or `newest_first`, from the one behind `after` (an id), and at most `limit` many.
    """

    event: str | None = None
    target: str | None = None
    state: DeliveryState | None = None
    newest_first: bool = False
    after: str | None = None
    limit: int | None = None

    def contains(self, delivery: Delivery) -> bool:
        """Return whether a delivery has that event, target and state."""
        return (
            self.event in (None, delivery.event_name)
            and (self.target is None or delivery.subscription.url.startswith(self.target))
            and self.state in (None, delivery.state)
        )


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
        self,
        subscription: Subscription,
        event: tuple[str | None, str],
        payload: Callable[[], str],
        time: int,
        bot: BotAddress | None = None,
    ) -> QueuedDelivery:
        """Add a delivery with the next id, and return it; `event` is the id and the name of the event."""
        delivery = Delivery(
            id=self._next_id(),
            subscription=subscription,
            event_id=event[0],
            event_name=event[1],
            fired_at=format_time(time),
            bot=bot,
        )
        return self._keep(QueuedDelivery(delivery, payload, time))

    def add_repeat(self, queued: QueuedDelivery, target: str | None = None) -> QueuedDelivery:
        """Add a delivery with the next id that sends the same, to the byte if it was sent; return it.

        It goes to the same URL, or to `target`.
        """
        subscription, request = queued.delivery.subscription, queued.request
        if target is not None:
            subscription = replace(subscription, target=target)
            request = request and replace(request, target=target)
        delivery = replace(
            queued.delivery,
            id=self._next_id(),
            subscription=subscription,
            state=DeliveryState.QUEUED,
            attempts=(),
            reason=None,
            drifts=(),
            resends=queued.delivery.id,
        )
        return self._keep(QueuedDelivery(delivery, queued.payload, queued.time, request, cause=queued.cause))

    def select(self, selection: DeliverySelection) -> list[QueuedDelivery]:
        """Return the selected deliveries; raise UnknownDelivery if the one they come after is not there."""
        deliveries: Iterable[QueuedDelivery] = self.deliveries.values()
        if selection.newest_first:
            deliveries = reversed(self.deliveries.values())
        if selection.after is not None:
            if selection.after not in self.deliveries:
                raise UnknownDelivery(selection.after)
            behind = dropwhile(lambda one: one.delivery.id != selection.after, deliveries)
            deliveries = islice(behind, 1, None)
        wanted = (one for one in deliveries if selection.contains(one.delivery))
        return list(islice(wanted, selection.limit))

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
