"""The hub: who is told what, in which order, and that nothing stays of those who leave."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from tiledesk_mock.http.principal import Principal, PrincipalKind
from tiledesk_mock.realtime.connections import Connection
from tiledesk_mock.realtime.hub import GOING_AWAY, Hub
from tiledesk_mock.tiledesk.bus import FiredEvent
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
    """A line that keeps what is sent."""

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
    """Return a hub that knows one user."""
    return Hub({"u": USER}.get, frame_limit=3)


def connect(realtime: Hub, line: FakeChannel, *topics: str) -> Connection:
    """Connect a client who listens."""
    connection = realtime.connect(f"c{next(names)}", PRINCIPAL, line)
    for topic in topics:
        realtime.subscribe(connection, topic, [])
    return connection


def fire(realtime: Hub, name: str = "paid", member: ProjectUser | None = MEMBER) -> None:
    """Deliver an event."""
    event = Event(name, name, "p", "u", NOW, NOW, member.id if member else None, {"n": 1})
    realtime.deliver(FiredEvent(event, PRINCIPAL, member))


def test_subscriber_is_told_events_in_order(realtime: Hub) -> None:
    """Frames leave as events were fired, behind the history."""
    connect(realtime, line := FakeChannel(), TOPIC)

    for name in "abc":
        fire(realtime, name)

    history, *live = line.messages
    assert (history, [message["name"] for message in live]) == ([], ["a", "b", "c"])


def test_live_frame_has_the_people_and_no_secret(realtime: Hub) -> None:
    """The project user is populated, `user` and `id` are added, and no password is in it."""
    connect(realtime, line := FakeChannel(), TOPIC)

    fire(realtime)

    message = line.messages[-1]
    assert message["project_user"]["id_user"]["email"] == "o@example.com"
    assert (message["user"], message["id"]) == ({"email": "o@example.com"}, "paid")
    assert "hidden" not in json.dumps(line.sent)


@pytest.mark.parametrize("topic", ["/p/events/m/paid", "/p/events/other", "/p/events", "/q/events/m"])
def test_other_topics_are_not_told(realtime: Hub, topic: str) -> None:
    """Live frames go to the exact topic without a name only."""
    connect(realtime, line := FakeChannel(), topic)

    fire(realtime)

    assert line.messages == [[]]


def test_event_of_a_machine_is_told_nobody(realtime: Hub) -> None:
    """Without a project user there is no topic."""
    connect(realtime, line := FakeChannel(), TOPIC)

    fire(realtime, member=None)

    assert line.messages == [[]]


def test_subscribing_twice_delivers_once(realtime: Hub) -> None:
    """The history comes again, events do not come twice."""
    connect(realtime, line := FakeChannel(), TOPIC, TOPIC)

    fire(realtime)

    assert len(line.sent) == 3


def test_unsubscribed_is_told_no_more(realtime: Hub) -> None:
    """Leaving a topic leaves the others."""
    connection = connect(realtime, line := FakeChannel(), TOPIC, "/p/events/other")

    realtime.unsubscribe(connection, TOPIC)
    fire(realtime)

    assert (len(line.sent), connection.topics) == (2, ("/p/events/other",))


def test_unsubscribing_from_another_topic_does_nothing(realtime: Hub) -> None:
    """A client may leave what it never joined."""
    connection = connect(realtime, FakeChannel(), TOPIC)

    realtime.unsubscribe(connection, "/p/events/other")

    assert realtime.subscribers(TOPIC) == (connection,)


def test_disconnected_leaves_nothing(realtime: Hub) -> None:
    """Connection and subscriptions are gone; subscribing late does not bring them back."""
    connection = connect(realtime, line := FakeChannel(), TOPIC)

    realtime.disconnect(connection)
    realtime.subscribe(connection, TOPIC, [])
    fire(realtime)

    assert (realtime.connections, realtime.subscribers(TOPIC), len(line.sent)) == ((), (), 1)


def test_connections_tell_who_listens_to_what(realtime: Hub) -> None:
    """A tester sees person, topics and the number of frames."""
    connection = connect(realtime, FakeChannel(), TOPIC)

    fire(realtime)

    assert realtime.connections == (connection,)
    assert (connection.principal, connection.topics, connection.sent) == (PRINCIPAL, (TOPIC,), 2)
    assert "o@example.com" in repr(connection)


def test_frames_are_remembered_within_bounds(realtime: Hub) -> None:
    """The last frames are kept, each once, with those who got it."""
    connect(realtime, FakeChannel(), TOPIC)

    fire(realtime, "a")
    fire(realtime, "b")

    history, *live = realtime.frames
    assert (history.is_live, [frame.message["name"] for frame in live]) == (False, ["a", "b"])
    assert live[0].to == ("o@example.com",)


def test_forgetting_keeps_who_is_connected(realtime: Hub) -> None:
    """The emulator's reset is none of its clients' business."""
    connect(realtime, line := FakeChannel(), TOPIC)

    realtime.clear_frames()
    fire(realtime)

    assert (len(realtime.frames), len(line.sent)) == (1, 2)


def test_closing_ends_all_connections(realtime: Hub) -> None:
    """Those who are there and those who come too late are told that the server goes."""
    connect(realtime, early := FakeChannel())

    realtime.close()
    connect(realtime, late := FakeChannel())

    assert (early.code, late.code) == (GOING_AWAY, GOING_AWAY)


def test_testers_are_shown_documents(realtime: Hub) -> None:
    """Connections and frames are told as JSON."""
    connection = connect(realtime, FakeChannel(), TOPIC)

    shown = realtime.document()

    who = "o@example.com"
    assert shown["connections"] == [{"id": connection.id, "person": who, "topics": [TOPIC], "sent": 1}]
    assert shown["frames"] == [{"topic": TOPIC, "live": False, "message": [], "to": [who]}]


def test_whoever_watches_hears_of_changes() -> None:
    """Coming, subscribing, an event, and leaving are changes."""
    changes: list[None] = []
    realtime = Hub({"u": USER}.get, lambda: changes.append(None))

    connection = connect(realtime, FakeChannel(), TOPIC)
    fire(realtime)
    realtime.disconnect(connection)

    assert len(changes) == 4
