"""Simulated targets, and what else the tests of webhooks share."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from tiledesk_mock.emulator import Emulator
from tiledesk_mock.http.exchange import Principal, PrincipalKind, RecordedResponse
from tiledesk_mock.tiledesk.events import parse_event_fields
from tiledesk_mock.tiledesk.model import Event, Subscription
from tiledesk_mock.tiledesk.wire import Document
from tiledesk_mock.webhooks.sender import WebhookRequest

HOOK = "http://127.0.0.1:9/hook"


class Target:
    """Keeps its requests, and responds with `statuses` in turn, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.requests: list[WebhookRequest] = []
        self.statuses = list(statuses)
        self._lock = threading.Lock()

    def __call__(self, request: WebhookRequest) -> RecordedResponse:
        """Respond to a delivery."""
        with self._lock:
            self.requests.append(request)
            return RecordedResponse(self.statuses.pop(0) if self.statuses else 200, body=b"ok")

    @property
    def bodies(self) -> list[Document]:
        """Return the bodies of its requests."""
        return [json.loads(request.body) for request in self.requests]

    @property
    def names(self) -> list[str]:
        """Return the names of the events it got."""
        return [body["payload"]["name"] for body in self.bodies]


def subscribe(emulator: Emulator, event: str = "event.emit", target: str = HOOK) -> Subscription:
    """Subscribe a target in the first project."""
    project = emulator.database.people.projects()[0]
    owner = Principal(PrincipalKind.USER, project.created_by)
    return emulator.subscriptions.create(project, owner, {"event": event, "target": target})[0]


def fire(emulator: Emulator, name: str = "order.paid", **attributes: Any) -> Event:
    """Fire an event as the owner of the first project."""
    people = emulator.database.people
    project = people.projects()[0]
    member = next(one for one in people.project_users(project.id) if one.role == "owner")
    principal = Principal(PrincipalKind.USER, str(member.id_user), {"email": "owner@example.com"})
    fields = parse_event_fields({"name": name, "attributes": attributes}, {}, {})
    return emulator.fire_event(project, principal, member, fields).value


def states(emulator: Emulator) -> list[str]:
    """Return the state of each delivery."""
    return [delivery["state"] for delivery in emulator.webhooks.deliveries()]


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
