"""Deliveries are those of the real server, field for field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.scenarios.credentials import Credentials, read_credentials
from tiledesk_mock.webhooks.sender import WebhookRequest

from ..contract_recordings import CONTRACT
from .targets import Target

RECORDED = json.loads((CONTRACT.parents[1] / "tests" / "data" / "webhooks.json").read_text())
TARGET = "http://127.0.0.1:8765"
A, B = "65b000000000000000000001", "65b000000000000000000002"
EVENTS_BY_PATH = {
    "all": "event.emit",
    "one": "event.emit.order.paid",
    "other": "event.emit.other",
    "literal": "order.paid",
    "star": "event.emit.*",
}
CALLERS = ("owner", "guest", "customer", "bot", "hook", "owner/jwt")
HEADERS = ("content-type", "x-hook-secret", "user-agent", "origin", "accept")


class Session:
    """Sends the requests of the recorded cases to an emulator."""

    def __init__(self, mock: TiledeskMock, credentials: Credentials) -> None:
        self.mock = mock
        self.credentials = credentials
        self.target = Target()
        self.ids: dict[str, str] = {}
        mock.emulator.webhooks.simulations.add(None, self.target)

    def send(self, caller: str, method: str, path: str, body: Any = None) -> requests.Response:
        """Send a request as a caller."""
        headers = {"Authorization": self.credentials.header(caller) or ""}
        return requests.request(method, self.mock.url + path, json=body, headers=headers, timeout=10)

    def subscribe(self) -> None:
        """Create all subscriptions."""
        for path, event in EVENTS_BY_PATH.items():
            body = {"event": event, "target": f"{TARGET}/{path}"}
            self.ids[path] = self.send("owner", "POST", f"/{A}/subscriptions", body).json()["_id"]

    def fire(self, caller: str, body: Any) -> list[WebhookRequest]:
        """Fire an event; return its deliveries, by target."""
        self.target.requests.clear()
        self.send(caller, "POST", f"/{A}/events", body)
        self.mock.webhooks.drain()
        return sorted(self.target.requests, key=lambda request: request.target)


@pytest.fixture
def session() -> Iterator[Session]:
    """Return a session with an emulator of the recorded world, with all its subscriptions."""
    with TiledeskMock(dialect="server", seed=(CONTRACT / "world.json",)) as mock:
        session = Session(mock, read_credentials(CONTRACT / "credentials.yaml"))
        session.subscribe()
        yield session


def document_of(request: WebhookRequest) -> dict[str, Any]:
    """Return a delivery in the form of the recording."""
    headers = {name.lower(): value for name, value in request.headers}
    document = json.loads(request.body)
    token = document.pop("token")
    claims = jwt.decode(token, headers["x-hook-secret"], algorithms=["HS256"], options={"verify_aud": False})
    return {
        "path": request.target.removeprefix(TARGET),
        "headers": {name: headers[name] for name in HEADERS},
        "timestamp is ms": isinstance(document["timestamp"], int),
        "json": {**document, "timestamp": 0},
        "token": {
            "header": jwt.get_unverified_header(token),
            "claims": {**claims, "iat": 0},
            "signed with x-hook-secret": True,
        },
    }


def without_random_values(value: Any) -> Any:
    """Replace ids, times and secrets, which differ between runs."""
    text = re.sub(r"<(?:id|uuid):\d+>|<hex>", "<id>", json.dumps(value))
    text = re.sub(r"guest#(?:[0-9a-f]{4}|<id>)", "guest#<hex>", text)
    text = re.sub(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<id>", text)
    text = re.sub(r"\b(?!65[abcde]0{5})[0-9a-f]{24}\b", "<id>", text)
    text = re.sub(r'"iat": \d{9,}', '"iat": "<iat>"', text)
    return json.loads(re.sub(r"20(?!26-01-01T00)\d\d-\d\d-\d\dT[\d:.]{12}Z", "<time>", text))


@pytest.mark.parametrize("caller", CALLERS)
def test_event_is_posted_as_recorded(session: Session, caller: str) -> None:
    """With the same targets, headers, bodies and tokens."""
    body = {"name": "order.paid", "attributes": {"total": 5, "who": caller}}

    deliveries = [document_of(request) for request in session.fire(caller, body)]

    assert without_random_values(deliveries) == without_random_values(RECORDED[f"fired by {caller}"])


def test_refused_event_is_not_posted(session: Session) -> None:
    """Refused are an event of a stranger, and one without a name."""
    assert session.fire("newcustomer", {"name": "order.paid"}) == RECORDED["fired by newcustomer"]
    assert session.fire("owner", {}) == RECORDED["invalid event"]


@pytest.mark.parametrize(
    ("case", "body"),
    [
        ("name with the documented prefix", {"name": "event.emit.order.paid", "attributes": {}}),
        ("unrelated name", {"name": "unrelated"}),
    ],
)
def test_names_are_matched_as_recorded(session: Session, case: str, body: Any) -> None:
    """They match exactly, with the prefix added."""
    deliveries = [document_of(request) for request in session.fire("owner", body)]

    assert without_random_values(deliveries) == without_random_values(RECORDED[case])


def test_changed_subscription_gets_its_new_event(session: Session) -> None:
    """The next event is posted to it."""
    path = f"/{A}/subscriptions/{session.ids['other']}"
    session.send("owner", "PUT", path, {"event": "event.emit.changed"})

    deliveries = [document_of(request) for request in session.fire("owner", {"name": "changed"})]

    assert without_random_values(deliveries) == without_random_values(RECORDED["after the update"])


def test_fields_are_in_the_recorded_order(session: Session) -> None:
    """In the body, the payload, the hook and the token."""
    (first, _) = session.fire("owner", {"name": "order.paid", "attributes": {"total": 5}})
    recorded = RECORDED["fired by owner"][0]

    document = document_of(first)

    for keys in (("json",), ("json", "payload"), ("json", "hook"), ("token", "claims")):
        ours, theirs = document, recorded
        for key in keys:
            ours, theirs = ours[key], theirs[key]
        assert list(ours) == list(theirs)


def test_history_has_the_recorded_fields(session: Session) -> None:
    """It has a document for each delivery, with response and request as JSON text."""
    session.fire("owner", {"name": "order.paid"})

    documents = session.send("owner", "GET", f"/{A}/subscriptions/history").json()

    recorded = RECORDED["history"]
    assert sorted(one["event"] for one in documents) == ["event.emit", "event.emit.order.paid"]
    assert list(documents[0]) == recorded["keys"]
    assert list(json.loads(documents[0]["jsonRequest"])) == recorded["jsonRequest has"]
    assert list(json.loads(documents[0]["response"])) == recorded["response has"]
    assert (documents[0]["body"], documents[0]["err"]) == (recorded["body"], recorded["err"])


def test_password_is_in_no_payload(session: Session) -> None:
    """The real server sends its hash with Basic authentication; the emulator never does."""
    deliveries = session.fire("owner", {"name": "order.paid"})

    assert deliveries
    assert not any(b"password" in request.body or b"owner-secret" in request.body for request in deliveries)
