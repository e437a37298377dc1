"""The hub: subscriptions, the order of frames, and disconnecting."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from tiledesk_mock.http.exchange import Principal, PrincipalKind
from tiledesk_mock.realtime.hub import GOING_AWAY, Connection, Hub
from tiledesk_mock.tiledesk.events import FiredEvent
from tiledesk_mock.tiledesk.model import Event, ProjectUser, User

NOW = "2026-01-01T00:00:00.000Z"
TOPIC = "/p/events/m"
MEMBER = ProjectUser(
    id="m", id_project="p", id_user="u", role="owner", created_by="u", created_at=NOW, updated_at=NOW
)
USER = User(id="u", email="o@example.com", password="hidden", created_at=NOW, updated_at=NOW)
PRINCIPAL = Principal(PrincipalKind.USER, "u", {"email": "o@example.com"})

names = count()


class FakeChannel:
    """A channel that keeps the frames."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.code: int | None = None

    def send(self, text: str) -> bool:
        """Keep a frame."""
        self.sent.append(json.loads(text))
        return True

    def close(self, code: int) -> None:
        """Keep the code."""
        self.code = code

    @property
    def messages(self) -> list[Any]:
        """Return the messages of the frames."""
        return [frame["payload"]["message"] for frame in self.sent]


@pytest.fixture
def hub() -> Hub:
    """Return a hub with one user."""
    return Hub({"u": USER}.get, frame_limit=3)


def connect(hub: Hub, channel: FakeChannel, *topics: str) -> Connection:
    """Connect a client, and subscribe it to topics."""
    connection = hub.connect(f"c{next(names)}", PRINCIPAL, channel)
    for topic in topics:
        hub.subscribe(connection, topic, [])
    return connection


def fire(hub: Hub, name: str = "paid", member: ProjectUser | None = MEMBER) -> None:
    """Deliver an event."""
    event = Event(name, name, "p", "u", NOW, NOW, member.id if member else None, {"n": 1})
    hub.deliver(FiredEvent(event, PRINCIPAL, member))


def test_subscriber_gets_events_in_order(hub: Hub) -> None:
    """After the history, frames are in the order of the events."""
    connect(hub, channel := FakeChannel(), TOPIC)

    for name in "abc":
        fire(hub, name)

    history, *live = channel.messages
    assert (history, [message["name"] for message in live]) == ([], ["a", "b", "c"])


def test_live_frame_has_user_and_member_without_secrets(hub: Hub) -> None:
    """The project user is populated, `user` and `id` are added, and no password is in it."""
    connect(hub, channel := FakeChannel(), TOPIC)

    fire(hub)

    message = channel.messages[-1]
    assert message["project_user"]["id_user"]["email"] == "o@example.com"
    assert (message["user"], message["id"]) == ({"email": "o@example.com"}, "paid")
    assert "hidden" not in json.dumps(channel.sent)


@pytest.mark.parametrize("topic", ["/p/events/m/paid", "/p/events/other", "/p/events", "/q/events/m"])
def test_other_topics_get_no_event(hub: Hub, topic: str) -> None:
    """Live frames are published to the exact topic without a name."""
    connect(hub, channel := FakeChannel(), topic)

    fire(hub)

    assert channel.messages == [[]]


def test_event_of_a_bot_has_no_topic(hub: Hub) -> None:
    """A topic has a project user."""
    connect(hub, channel := FakeChannel(), TOPIC)

    fire(hub, member=None)

    assert channel.messages == [[]]


def test_subscribing_twice_delivers_once(hub: Hub) -> None:
    """The history is sent again, events are sent once."""
    connect(hub, channel := FakeChannel(), TOPIC, TOPIC)

    fire(hub)

    assert len(channel.sent) == 3


def test_unsubscribed_client_gets_no_event(hub: Hub) -> None:
    """Other subscriptions stay."""
    connection = connect(hub, channel := FakeChannel(), TOPIC, "/p/events/other")

    hub.unsubscribe(connection, TOPIC)
    fire(hub)

    assert (len(channel.sent), list(connection.topics)) == (2, ["/p/events/other"])


def test_unsubscribing_from_another_topic_does_nothing(hub: Hub) -> None:
    """A client may unsubscribe from a topic that it is not subscribed to."""
    connection = connect(hub, FakeChannel(), TOPIC)

    hub.unsubscribe(connection, "/p/events/other")

    assert hub.subscribers(TOPIC) == (connection,)


def test_disconnected_client_has_no_subscription(hub: Hub) -> None:
    """Subscribing after it has no effect."""
    connection = connect(hub, channel := FakeChannel(), TOPIC)

    hub.disconnect(connection)
    hub.subscribe(connection, TOPIC, [])
    fire(hub)

    assert (hub.connections, hub.subscribers(TOPIC), len(channel.sent)) == ((), (), 1)


def test_connection_has_person_and_topics(hub: Hub) -> None:
    """It also counts the frames."""
    connection = connect(hub, FakeChannel(), TOPIC)

    fire(hub)

    assert hub.connections == (connection,)
    assert (connection.principal, list(connection.topics), connection.sent) == (PRINCIPAL, [TOPIC], 2)
    assert "o@example.com" in repr(connection)


def test_last_frames_are_kept(hub: Hub) -> None:
    """Each is kept once, with its receivers."""
    connect(hub, FakeChannel(), TOPIC)

    fire(hub, "a")
    fire(hub, "b")

    history, *live = hub.document()["frames"]
    assert (history["live"], [frame["message"]["name"] for frame in live]) == (False, ["a", "b"])
    assert (live[0]["live"], live[0]["to"]) == (True, ["o@example.com"])


@pytest.mark.parametrize(("length", "kept"), [(300, 2), (900, 1), (1100, 0)])
def test_long_frames_push_out_earlier_ones(length: int, kept: int) -> None:
    """What clients publish may be long, and must not fill the memory."""
    hub = Hub({"u": USER}.get, size_limit=1000)
    sender = connect(hub, FakeChannel())

    for _ in range(2):
        hub.relay(sender, TOPIC, "x" * length)

    assert len(hub.document()["frames"]) == kept


def test_clearing_frames_keeps_connections(hub: Hub) -> None:
    """A reset does not disconnect clients."""
    connect(hub, channel := FakeChannel(), TOPIC)

    hub.clear_frames()
    fire(hub)

    assert (len(hub.document()["frames"]), len(channel.sent)) == (1, 2)


def test_closing_ends_all_connections(hub: Hub) -> None:
    """Those that are open, and those that are opened later."""
    connect(hub, early := FakeChannel())

    hub.close()
    connect(hub, late := FakeChannel())

    assert (early.code, late.code) == (GOING_AWAY, GOING_AWAY)


def test_hub_has_a_document(hub: Hub) -> None:
    """It has connections and frames."""
    connection = connect(hub, FakeChannel(), TOPIC)

    document = hub.document()

    email = "o@example.com"
    assert document["connections"] == [{"id": connection.id, "person": email, "topics": [TOPIC], "sent": 1}]
    assert document["frames"] == [{"topic": TOPIC, "live": False, "message": [], "to": [email]}]


def test_changes_are_reported() -> None:
    """Connecting, subscribing, an event, and disconnecting are changes."""
    changes: list[None] = []
    hub = Hub({"u": USER}.get, lambda: changes.append(None))

    connection = connect(hub, FakeChannel(), TOPIC)
    fire(hub)
    hub.disconnect(connection)

    assert len(changes) == 4
