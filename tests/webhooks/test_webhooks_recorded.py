"""What the real server posted to its targets is posted here, field for field."""

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
PLACES = {
    "all": "event.emit",
    "one": "event.emit.order.paid",
    "other": "event.emit.other",
    "literal": "order.paid",
    "star": "event.emit.*",
}
FIRED = ("owner", "guest", "customer", "bot", "hook", "owner/jwt")
SHOWN = ("content-type", "x-hook-secret", "user-agent", "origin", "accept")


class Session:
    """A tester's session with the emulator: what each case of the recording asked for."""

    def __init__(self, mock: TiledeskMock, cast: Credentials) -> None:
        self.mock = mock
        self.cast = cast
        self.target = Target()
        self.ids: dict[str, str] = {}
        mock.emulator.webhooks.simulate(None, self.target)

    def send(self, who: str, method: str, path: str, body: Any = None) -> requests.Response:
        """Send a request as somebody."""
        headers = {"Authorization": self.cast.header(who) or ""}
        return requests.request(method, self.mock.url + path, json=body, headers=headers, timeout=10)

    def subscribe(self) -> None:
        """Subscribe all places."""
        for place, event in PLACES.items():
            body = {"event": event, "target": f"{TARGET}/{place}"}
            self.ids[place] = self.send("owner", "POST", f"/{A}/subscriptions", body).json()["_id"]

    def fire(self, who: str, body: Any) -> list[WebhookRequest]:
        """Fire an event; return what was posted, by target."""
        self.target.requests.clear()
        self.send(who, "POST", f"/{A}/events", body)
        self.mock.webhooks.drain()
        return sorted(self.target.requests, key=lambda outgoing: outgoing.target)


@pytest.fixture
def session() -> Iterator[Session]:
    """Return a session with an emulator of the recorded world, with all its subscriptions."""
    with TiledeskMock(dialect="server", seed=(CONTRACT / "world.json",)) as mock:
        made = Session(mock, read_credentials(CONTRACT / "cast.yaml"))
        made.subscribe()
        yield made


def shown(outgoing: WebhookRequest) -> dict[str, Any]:
    """Return a delivery as the recording writes it down."""
    headers = {name.lower(): value for name, value in outgoing.headers}
    document = json.loads(outgoing.body)
    token = document.pop("token")
    claims = jwt.decode(token, headers["x-hook-secret"], algorithms=["HS256"], options={"verify_aud": False})
    return {
        "path": outgoing.target.removeprefix(TARGET),
        "headers": {name: headers[name] for name in SHOWN},
        "timestamp is ms": isinstance(document["timestamp"], int),
        "json": {**document, "timestamp": 0},
        "token": {
            "header": jwt.get_unverified_header(token),
            "claims": {**claims, "iat": 0},
            "signed with x-hook-secret": True,
        },
    }


def named(value: Any) -> Any:
    """Give ids, times and secrets names that do not depend on the run."""
    text = re.sub(r"<(?:id|uuid):\d+>|<hex>", "<id>", json.dumps(value))
    text = re.sub(r"guest#(?:[0-9a-f]{4}|<id>)", "guest#<hex>", text)
    text = re.sub(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<id>", text)
    text = re.sub(r"\b(?!65[abcde]0{5})[0-9a-f]{24}\b", "<id>", text)
    text = re.sub(r'"iat": \d{9,}', '"iat": "<iat>"', text)
    return json.loads(re.sub(r"20(?!26-01-01T00)\d\d-\d\d-\d\dT[\d:.]{12}Z", "<time>", text))


@pytest.mark.parametrize("who", FIRED)
def test_event_is_posted_as_recorded(session: Session, who: str) -> None:
    """To whom, with which headers, body and token."""
    body = {"name": "order.paid", "attributes": {"total": 5, "who": who}}

    posted = [shown(outgoing) for outgoing in session.fire(who, body)]

    assert named(posted) == named(RECORDED[f"fired by {who}"])


def test_event_that_is_refused_is_posted_to_nobody(session: Session) -> None:
    """Neither one of a stranger nor one without a name."""
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
    """Exactly, with the prefix added."""
    posted = [shown(outgoing) for outgoing in session.fire("owner", body)]

    assert named(posted) == named(RECORDED[case])


def test_changed_subscription_is_told_of_its_new_event(session: Session) -> None:
    """From the next event on."""
    path = f"/{A}/subscriptions/{session.ids['other']}"
    session.send("owner", "PUT", path, {"event": "event.emit.changed"})

    posted = [shown(outgoing) for outgoing in session.fire("owner", {"name": "changed"})]

    assert named(posted) == named(RECORDED["after the update"])


def test_fields_stand_in_the_recorded_order(session: Session) -> None:
    """In the body, the payload, the hook and the token."""
    (first, _) = session.fire("owner", {"name": "order.paid", "attributes": {"total": 5}})
    recorded = RECORDED["fired by owner"][0]

    document = shown(first)

    for place in (("json",), ("json", "payload"), ("json", "hook"), ("token", "claims")):
        ours, theirs = document, recorded
        for key in place:
            ours, theirs = ours[key], theirs[key]
        assert list(ours) == list(theirs)


def test_history_has_the_recorded_fields(session: Session) -> None:
    """A row for each delivery, whose response and request are JSON as text."""
    session.fire("owner", {"name": "order.paid"})

    rows = session.send("owner", "GET", f"/{A}/subscriptions/history").json()

    recorded = RECORDED["history"]
    assert sorted(row["event"] for row in rows) == ["event.emit", "event.emit.order.paid"]
    assert list(rows[0]) == recorded["keys"]
    assert list(json.loads(rows[0]["jsonRequest"])) == recorded["jsonRequest has"]
    assert list(json.loads(rows[0]["response"])) == recorded["response has"]
    assert (rows[0]["body"], rows[0]["err"]) == (recorded["body"], recorded["err"])


def test_password_is_in_no_payload(session: Session) -> None:
    """The real server sends its hash with Basic authentication; the emulator never does."""
    posted = session.fire("owner", {"name": "order.paid"})

    assert posted
    assert not any(b"password" in outgoing.body or b"owner-secret" in outgoing.body for outgoing in posted)
