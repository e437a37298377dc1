"""The timeline over the control API: summaries, links, details, and requests that are sent again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import SetupError, UnknownEntry

from ..web.websocket_client import connect, topic_of

PAID = {"name": "order.paid", "attributes": {"order": 7, "password": "hunter2"}}


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Run an emulator."""
    with TiledeskMock(id_seed="7") as running:
        yield running


def entries(mock: TiledeskMock, kind: str | None = None) -> list[dict[str, Any]]:
    """Return the summaries of one kind, or of all."""
    return [one for one in mock.controls.timeline() if kind in (None, one["kind"])]


def details(mock: TiledeskMock, kind: str) -> dict[str, Any]:
    """Return the first entry of a kind in full."""
    return dict(mock.controls.timeline_entry(entries(mock, kind)[0]["id"]))


def post(mock: TiledeskMock, body: Any = PAID) -> requests.Response:
    """Fire an event as the owner."""
    url = f"{mock.url}/{mock.project_id}/events"
    return requests.post(url, json=body, auth=mock.owner.basic, timeout=10)


def test_event_links_its_request_attempts_and_frames(mock: TiledeskMock) -> None:
    """All that came of a POST has the id of its event as cause."""
    with mock.webhooks.receiver("event.emit") as receiver, connect(mock, "agent") as client:
        client.subscribe(topic_of(mock))
        id_event = post(mock).json()["_id"]
        receiver.wait_for(1)
        mock.webhooks.drain()

    kinds = sorted(one["kind"] for one in entries(mock) if one["cause"] == id_event)
    assert kinds == ["attempt", "event", "frame", "request"]
    assert sorted(one["kind"] for one in details(mock, "event")["linked"]) == ["attempt", "frame", "request"]


def test_step_of_a_conversation_links_what_it_sends(mock: TiledeskMock) -> None:
    """Its webhooks, those before and after a question included, have one cause, another one than the next."""
    with mock.webhooks.receiver("lead.create", "operator.select", "request.create", "message.create"):
        story = mock.conversation("hello")
        mock.webhooks.drain()
        opened = entries(mock, "attempt")
        story.say("how can I help?", by="agent")
        mock.webhooks.drain()

    (cause,) = {one["cause"] for one in opened}
    assert {"operator.select", "request.create", "message.create"} <= {one["event"] for one in opened}
    assert cause not in {one["cause"] for one in entries(mock, "attempt")[len(opened) :]}


def test_step_without_subscribers_is_in_the_timeline(mock: TiledeskMock) -> None:
    """Each of the platform's own events is an entry, and those of a step are linked."""
    story = mock.conversation("hello")
    opened = entries(mock)
    story.say("how can I help?", by="agent")
    said = entries(mock)[len(opened) :]

    assert [one["event"] for one in opened[:4]] == [
        "lead.create",
        "operator.select",
        "request.create",
        "message.create",
    ]
    assert {(one["kind"], one["standard"], one["id_project"]) for one in opened + said} == {
        ("event", True, mock.project_id)
    }
    assert len({one["cause"] for one in opened}) == len({one["cause"] for one in said}) == 1
    assert opened[0]["cause"] != said[0]["cause"]


def test_event_of_the_platform_links_its_attempts_and_frames(mock: TiledeskMock) -> None:
    """They have the cause of the step."""
    with mock.webhooks.receiver("message.create"), connect(mock, "agent") as client:
        story = mock.conversation("hello")
        client.subscribe(f"/{mock.project_id}/requests/{story.id}/messages")
        mock.webhooks.drain()
        story.say("how can I help?", by="agent")
        mock.webhooks.drain()

    event = [one for one in entries(mock, "event") if one["event"] == "message.create"][-1]
    linked = mock.controls.timeline_entry(event["id"])["linked"]
    assert {one["kind"] for one in linked} == {"event", "attempt", "frame"}


def test_event_of_the_platform_has_its_payload_without_secrets(mock: TiledeskMock) -> None:
    """As it was then, also after a reset."""
    story = mock.conversation("hello", attributes={"order": 7, "password": "hunter2", "half": "\ud800"})
    story.update(attributes={"order": 8})
    mock.reset()

    (created,) = (one for one in entries(mock, "event") if one["event"] == "request.create")
    event = mock.controls.timeline_entry(created["id"])["event"]

    assert (event["name"], event["id_project"]) == ("request.create", mock.project_id)
    assert event["payload"]["attributes"]["order"] == 7
    assert event["payload"]["attributes"]["password"] == "***"


def test_event_without_a_project_says_so(mock: TiledeskMock) -> None:
    """Only global subscriptions get it."""
    mock.emit_standard("user.signup", email="new@example.com")

    (entry,) = entries(mock, "event")
    assert (entry["event"], entry["id_project"]) == ("user.signup", None)


def test_signup_is_linked_to_its_webhook(mock: TiledeskMock) -> None:
    """The POST and the attempt of user.signup are linked."""
    fields = {"email": "new@example.com", "password": "pw", "firstname": "N", "lastname": "U"}
    with mock.webhooks.receiver("user.signup", is_global=True):
        requests.post(f"{mock.url}/auth/signup", json=fields, timeout=10)
        mock.webhooks.drain()

    linked = details(mock, "request")["linked"]
    assert [(one["kind"], one["event"]) for one in linked] == [
        ("event", "user.signup"),
        ("attempt", "user.signup"),
    ]


def test_links_end_at_a_reset(mock: TiledeskMock) -> None:
    """With an id seed, ids begin anew: an event after the reset has the id of one before."""
    post(mock)
    mock.reset()
    post(mock)

    before, after = entries(mock, "event")
    assert before["cause"] == after["cause"]
    linked = mock.controls.timeline_entry(before["id"])["linked"]
    assert [one["id"] for one in linked] == [entries(mock, "request")[0]["id"]]


def test_attempt_has_its_delivery_as_it_was_sent(mock: TiledeskMock) -> None:
    """Headers and body without secrets, and every attempt; also after a reset."""
    with mock.webhooks.receiver("event.emit") as receiver:
        receiver.respond_with(503, 200)
        post(mock)
        mock.webhooks.drain()
    mock.reset()

    delivery = details(mock, "attempt")["delivery"]

    assert [one["status"] for one in delivery["attempts"]] == [503, 200]
    assert delivery["state"] == "delivered"
    assert delivery["request"]["headers"]["x-hook-secret"] == delivery["request"]["body"]["token"] == "***"
    assert delivery["request"]["body"]["payload"]["name"] == "order.paid"


def test_delivery_that_is_not_sent_is_an_entry() -> None:
    """It has no attempt, and says why."""
    with TiledeskMock(webhooks_anywhere=False) as mock:
        mock.webhooks.subscribe("event.emit", "http://192.0.2.1/hook")
        post(mock)
        mock.webhooks.drain()

        (entry,) = entries(mock, "attempt")

    assert (entry["number"], entry["status"], entry["state"]) == (0, None, "held back")
    assert "not on this machine" in entry["error"]


def test_frame_has_its_message_after_a_reset(mock: TiledeskMock) -> None:
    """The history that a subscriber gets first, and each live frame."""
    with connect(mock, "agent") as client:
        client.subscribe(topic_of(mock))
        post(mock)
        mock.expect_frame(name="order.paid")
    mock.reset()

    history, live = entries(mock, "frame")
    frame = mock.controls.timeline_entry(live["id"])["frame"]
    assert (history["live"], live["receivers"], live["to"]) == (False, 1, [mock.agent.email])
    assert frame["message"]["attributes"] == {"order": 7, "password": "***"}


def test_event_is_readable_after_a_reset(mock: TiledeskMock) -> None:
    """With its attributes, though it is no longer stored."""
    post(mock, body={"name": "order.paid", "attributes": {"order": 7, "half": "\ud800"}})
    mock.reset()

    assert details(mock, "event")["event"]["attributes"]["order"] == 7


def test_request_has_copies_and_its_drifts(mock: TiledeskMock) -> None:
    """Both behaviours of each drift, and code without secrets."""
    post(mock, body={"name": "event.emit.order"})

    found = details(mock, "request")

    (drift,) = found["drifts"]
    assert drift["id"] == "event-name-prefix"
    assert drift["documented"] != drift["server"]
    assert sorted(found["copies"]) == ["curl", "javascript", "python"]
    assert mock.owner.password not in str(found)


def test_request_is_sent_again(mock: TiledeskMock) -> None:
    """With its credentials and its body, through faults and journal, as a new entry."""
    post(mock)
    mock.faults.status(503, path="/events", count=1)
    (first,) = entries(mock, "request")

    refused = mock.controls.resend_request(first["id"])
    fired = mock.controls.resend_request(first["id"])

    found = {one["id"]: one for one in entries(mock, "request")}
    assert (found[refused]["status"], found[fired]["status"]) == (503, 200)
    assert found[fired]["person"] == first["person"]
    assert [event["attributes"] for event in mock.controls.events()] == [PAID["attributes"]] * 2


def test_request_that_hangs_is_sent_again(mock: TiledeskMock) -> None:
    """Nobody waits for its response, and the entry has none."""
    post(mock)
    mock.faults.hang(path="/events")
    (first,) = entries(mock, "request")

    again = mock.controls.resend_request(first["id"])

    assert entries(mock, "request")[-1] | {"id": again, "status": None} == entries(mock, "request")[-1]


@pytest.mark.parametrize("kind", ["event", "reset"])
def test_only_requests_are_sent_again(mock: TiledeskMock, kind: str) -> None:
    """The error says what it is."""
    post(mock)
    mock.reset()

    with pytest.raises(SetupError, match=f"no request but of the kind {kind}"):
        mock.controls.resend_request(entries(mock, kind)[0]["id"])


def test_websocket_is_not_opened_again(mock: TiledeskMock) -> None:
    """Only its client can do so."""
    with connect(mock, "agent"):
        pass
    mock.wait_for_request(path="/ws/")

    with pytest.raises(SetupError, match="only its client can open"):
        mock.controls.resend_request(entries(mock, "request")[-1]["id"])


def test_unknown_entry_is_an_error(mock: TiledeskMock) -> None:
    """It may have left the timeline."""
    with pytest.raises(UnknownEntry, match="keeps the last ones only"):
        mock.controls.timeline_entry("t00000000-1")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda mock: mock.reset(), "reset"),
        (lambda mock: mock.controls.restore(mock.controls.take_snapshot("s")), "restored snapshot s"),
        (lambda mock: mock.controls.replace_state({"users": []}), "replaced all data"),
        (lambda mock: mock.controls.add_seed({"users": []}), "added a seed"),
    ],
)
def test_change_of_all_data_is_an_entry(mock: TiledeskMock, change: Any, what: str) -> None:
    """It says what was done."""
    change(mock)

    assert [one["what"] for one in entries(mock, "reset")] == [what]


def test_failed_change_is_no_entry(mock: TiledeskMock) -> None:
    """Nothing was changed."""
    with pytest.raises(SetupError):
        mock.controls.restore("unknown")

    assert entries(mock) == []
