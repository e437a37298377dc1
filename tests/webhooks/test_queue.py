"""The queue of deliveries: a reset does not affect later deliveries."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from tiledesk_mock.http.exchange import Principal, PrincipalKind, RecordedResponse
from tiledesk_mock.settings import Settings
from tiledesk_mock.tiledesk.clock import Clock
from tiledesk_mock.tiledesk.deliveries import DeliveryState
from tiledesk_mock.tiledesk.events import FiredEvent
from tiledesk_mock.tiledesk.model import Event, Subscription
from tiledesk_mock.tiledesk.tokens import Tokens
from tiledesk_mock.webhooks.log import QueuedDelivery
from tiledesk_mock.webhooks.payload import Payload
from tiledesk_mock.webhooks.queue import DeliveryQueue

NOON = "2026-01-31T12:00:00.000Z"
LOCAL = "http://127.0.0.1:9/hook"
REMOTE = "http://slow.example/hook"


class SlowNameServer:
    """Takes its time to resolve a name, to an address of another machine."""

    def __init__(self) -> None:
        self.was_called = threading.Event()
        self.may_return = threading.Event()

    def getaddrinfo(self, *_: Any) -> list[Any]:
        """Stand in for the socket module's function."""
        self.was_called.set()
        self.may_return.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))]


def _put(queue: DeliveryQueue, target: str) -> QueuedDelivery:
    fields: dict[str, Any] = {"id_project": "p", "created_by": "u", "created_at": NOON, "updated_at": NOON}
    subscription = Subscription(id=target, event="event.emit", target=target, secret="s", **fields)
    event = Event(id="e", name="order.paid", **fields)
    payload = Payload(FiredEvent(event, Principal(PrincipalKind.USER, "u"), None), None)
    with queue.changed:
        queued = queue.log.add(subscription, payload, 0)
        queue.put(queued)
    return queued


def test_delivery_held_back_after_a_reset_does_not_end_another_of_its_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ids start again after a reset, and a cancelled delivery changes nothing any more."""
    names, may_respond = SlowNameServer(), threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    queue = DeliveryQueue(Tokens(), Clock(), Settings(webhooks_anywhere=False), lambda _: None)
    queue.simulations.add(LOCAL, lambda _: RecordedResponse(200 if may_respond.wait(10) else 500))
    first = _put(queue, REMOTE)
    assert names.was_called.wait(10)
    queue.cancel()
    second = _put(queue, LOCAL)
    assert first.delivery.id == second.delivery.id

    names.may_return.set()

    assert queue.drain(0.2) == 1
    may_respond.set()
    assert queue.drain(10) == 0
    assert second.delivery.state is DeliveryState.DELIVERED
    queue.close(1)
