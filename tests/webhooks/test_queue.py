"""The dispatch of parcels: what a reset in the middle of it leaves alone."""

from __future__ import annotations

import threading
from typing import Any

from tiledesk_mock.http.principal import Principal, PrincipalKind
from tiledesk_mock.settings import Settings
from tiledesk_mock.tiledesk.bus import FiredEvent
from tiledesk_mock.tiledesk.clock import Clock
from tiledesk_mock.tiledesk.model import Event, Subscription
from tiledesk_mock.tiledesk.tokens import Tokens
from tiledesk_mock.tiledesk.webhooks import DeliveryState
from tiledesk_mock.webhooks.log import QueuedDelivery
from tiledesk_mock.webhooks.payload import Payload, RequestBuilder
from tiledesk_mock.webhooks.queue import DeliveryQueue
from tiledesk_mock.webhooks.sender import Courier
from tiledesk_mock.webhooks.simulation import Simulations
from tiledesk_mock.webhooks.transport import MemoryTransport, Reply

NOON = "2026-01-31T12:00:00.000Z"


class SlowToRefuse(Courier):
    """Takes its time to find out that a parcel may not leave, as a name server may."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(RequestBuilder(Tokens(), "http://localhost"), Simulations(), clock, anywhere=True)
        self.asked = threading.Event()
        self.may_tell = threading.Event()

    def refuses(self, parcel: QueuedDelivery) -> str | None:
        """Refuse the one to `slow`."""
        if parcel.delivery.subscription.id != "slow":
            return None
        self.asked.set()
        self.may_tell.wait(10)
        return "not on this machine"


def _hand_in(dispatch: DeliveryQueue, target: str) -> QueuedDelivery:
    made: dict[str, Any] = {"id_project": "p", "created_by": "u", "created_at": NOON, "updated_at": NOON}
    subscription = Subscription(id=target, event="event.emit", target=f"http://{target}", secret="s", **made)
    event = Event(id="e", name="order.paid", **made)
    payload = Payload(FiredEvent(event, Principal(PrincipalKind.USER, "u"), None), None)
    with dispatch.changed:
        parcel = dispatch.log.add(subscription, payload, 0)
        dispatch.send(parcel)
    return parcel


def test_parcel_held_back_after_a_reset_does_not_end_another_of_its_number() -> None:
    """The numbers begin anew, and what was cancelled is nobody's business."""
    clock = Clock()
    courier, may_answer = SlowToRefuse(clock), threading.Event()
    answer = MemoryTransport(lambda _: Reply(200 if may_answer.wait(10) else 500))
    dispatch = DeliveryQueue(courier, clock, Settings(), lambda: answer, lambda _: None)
    _hand_in(dispatch, "slow")
    assert courier.asked.wait(10)
    dispatch.cancel()
    second = _hand_in(dispatch, "second")

    courier.may_tell.set()

    assert dispatch.drain(0.2) == 1
    may_answer.set()
    assert dispatch.drain(10) == 0
    assert second.delivery.state is DeliveryState.DELIVERED
    dispatch.close(1)
