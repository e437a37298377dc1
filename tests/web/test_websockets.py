"""WebSockets: their messages, and that nothing remains when one closes."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests
import websocket

from tiledesk_mock import TiledeskMock

from .websocket_client import WebSocketClient, connect, topic_of, wait_until


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Run an emulator of the default dialect."""
    with TiledeskMock() as running:
        yield running


def test_history_has_twenty_events_newest_first(mock: TiledeskMock) -> None:
    """It has the last events of the topic's project user."""
    for number in range(22):
        mock.fire("seen", {"n": number})
    mock.fire("seen", by="agent")

    with connect(mock) as client:
        history = client.subscribe(topic_of(mock))

    assert [event["attributes"]["n"] for event in history] == list(range(21, 1, -1))


def test_history_of_a_name_has_only_that_name(mock: TiledeskMock) -> None:
    """The last part of a topic is a filter."""
    mock.fire("one")
    mock.fire("other")

    with connect(mock) as client:
        history = client.subscribe(f"{topic_of(mock)}/one")

    assert [event["name"] for event in history] == ["one"]


def test_event_posted_over_http_is_published(mock: TiledeskMock) -> None:
    """Its frame has the project user and the user in full."""
    with connect(mock, "agent") as client:
        client.subscribe(topic_of(mock))

        body = {"name": "order.paid", "attributes": {"total": 5}}
        posted = requests.post(f"{mock.url}/{mock.project_id}/events", json=body, auth=mock.owner.basic)

        message = client.receive()["payload"]["message"]
    assert (message["_id"], message["attributes"]) == (posted.json()["_id"], {"total": 5})
    assert message["project_user"]["id_user"]["email"] == mock.owner.email


@pytest.mark.parametrize("dialect", ["documented", "server"])
def test_history_depends_on_the_dialect(dialect: str) -> None:
    """The project user is an object in the documented dialect, an id in the server's."""
    with TiledeskMock(dialect=dialect) as mock, connect(mock) as client:
        mock.fire("seen")

        (event,) = client.subscribe(topic_of(mock))

        expected = mock.owner.id if dialect == "server" else {"id": mock.owner.id}
        assert event["project_user"] == expected or event["project_user"].items() >= expected.items()
        assert ("id" in event) == (dialect == "documented")


def test_name_topic_has_no_live_events(mock: TiledeskMock) -> None:
    """The real server publishes live events to the topic without a name only."""
    with connect(mock) as client:
        client.subscribe(f"{topic_of(mock)}/seen")

        mock.fire("seen")

        assert client.receive_all() == []


def test_unsubscribed_client_gets_no_event(mock: TiledeskMock) -> None:
    """It is effective for the next event."""
    with connect(mock) as client:
        client.subscribe(topic_of(mock))
        client.send("unsubscribe", topic=topic_of(mock))
        client.receive_all()

        mock.fire("seen")

        assert client.receive_all() == []


@pytest.mark.parametrize(
    "text",
    [
        *("not json", "[]", "null", '"x"', "3", "{}", '{"action": ["me"]}'),
        '{"action": "unsubscribe", "payload": {"topic": [{"toString": 1}]}}',
    ],
)
def test_malformed_message_is_ignored(mock: TiledeskMock, text: str) -> None:
    """The WebSocket is still open."""
    with connect(mock) as client:
        client.socket.send(text)

        assert client.receive_all() == []


def test_fragmented_message_is_joined(mock: TiledeskMock) -> None:
    """A fragment may end within a character."""
    topic = f"{topic_of(mock)}/caf\u00e9"
    text = json.dumps({"action": "subscribe", "payload": {"topic": topic}}, ensure_ascii=False).encode()
    cut = text.index(b"\xc3") + 1
    with connect(mock) as client:
        for fragment, opcode, is_last in ((text[:cut], 1, 0), (text[cut:], 0, 1)):
            client.socket.send_frame(websocket.ABNF(is_last, 0, 0, 0, opcode, 1, fragment))

        assert client.receive()["payload"]["topic"] == topic


@pytest.mark.parametrize(
    ("topic", "person", "reason"),
    [
        ("/nope/\ud800", "owner", "'nope' is not the id of a project"),
        ("/65b0000000000000000000ff/x", "owner", "no enabled project has the id '65b0000000000000000000ff'"),
        ("/PROJECT/events/nope", "owner", "'nope' is not the id of a project user"),
        (
            "/PROJECT/x",
            "teammate",
            "the caller's role is teammate, and has to be agent or higher (drift realtime-roles)",
        ),
        (
            "/65b0000000000000000000b7/events/65c0000000000000000000a1",
            "owner",
            "the caller is not a member of the project (drift realtime-cross-project)",
        ),
    ],
)
def test_refused_topic_is_logged(
    mock: TiledeskMock, caplog: pytest.LogCaptureFixture, topic: str, person: str, reason: str
) -> None:
    """In plain words. A lone surrogate in it cannot be written to a file."""
    caplog.set_level(logging.INFO)
    mock.seed(projects=[{"_id": "65b0000000000000000000b7", "name": "Other"}])
    topic = topic.replace("PROJECT", mock.project_id)
    with connect(mock, person) as client:
        client.send("subscribe", topic=topic)
        client.receive_all()

    refusals = [one.getMessage() for one in caplog.records if "was refused" in one.getMessage()]
    assert refusals == [f"{person}@example.com was refused the topic {topic!r}: {reason}"]
    assert refusals[0].encode()


@pytest.mark.parametrize(
    ("topic", "person", "drift"),
    [
        ("/PROJECT/x", "teammate", "realtime-roles"),
        ("/65b0000000000000000000b7/events/65c0000000000000000000a1", "owner", "realtime-cross-project"),
    ],
)
def test_topic_that_the_server_does_not_check_is_logged_and_counted(
    caplog: pytest.LogCaptureFixture, topic: str, person: str, drift: str
) -> None:
    """The documentation refuses it, and the server dialect does not."""
    caplog.set_level(logging.INFO)
    with TiledeskMock(dialect="server") as mock:
        mock.seed(projects=[{"_id": "65b0000000000000000000b7", "name": "Other"}])
        with connect(mock, person) as client:
            client.send("subscribe", topic=topic.replace("PROJECT", mock.project_id))
            client.receive_all()
        counts = {one["id"]: one["ignored"] for one in mock.controls.drifts()}

    assert counts[drift] == 1
    assert any("asks for what the server ignores: '/" in one.getMessage() for one in caplog.records)


@pytest.mark.parametrize(
    "topic", [None, 3, "", "nope", "/nope/events/x", "/65b0000000000000000000ff/events/x"]
)
def test_invalid_topics_are_ignored(mock: TiledeskMock, topic: object) -> None:
    """Projects may be unknown or malformed."""
    with connect(mock) as client:
        client.send("subscribe", topic=topic)

        assert client.receive_all() == []


def test_what_is_ignored_is_logged(mock: TiledeskMock, caplog: pytest.LogCaptureFixture) -> None:
    """A client that sends bytes, or another action, gets nothing from the real server, either."""
    caplog.set_level(logging.INFO)
    with connect(mock) as client:
        client.socket.send_binary(b'{"action": "me"}')
        client.send("Publish", topic=topic_of(mock), message=1)
        client.send("publish", topic=topic_of(mock), message=1)
        client.receive_all()

    messages = [record.getMessage() for record in caplog.records if record.name == "tiledesk_mock.realtime"]
    assert [message.partition(" sent ")[2] for message in messages[:2]] == [
        "a binary frame, which Tiledesk ignores",
        "a message that Tiledesk ignores",
    ]
    assert messages[2] == f"{mock.owner.email} published to {topic_of(mock)!r}, and 0 received it"


def test_ping_gets_a_pong(mock: TiledeskMock) -> None:
    """Other heartbeats get no response."""
    with connect(mock) as client:
        client.send("heartbeat", message={"text": "ping"})
        client.send("heartbeat", message={"text": "other"})
        client.send("heartbeat")

        assert client.receive_all() == [{"action": "heartbeat", "payload": {"message": {"text": "pong"}}}]


def stranger_token(mock: TiledeskMock) -> str:
    """Sign a user up who belongs to no project; return a token."""
    fields = {
        "email": "stranger@example.com",
        "password": "secret",
        "firstname": "Sam",
        "lastname": "Stranger",
    }
    requests.post(f"{mock.url}/auth/signup", json=fields).raise_for_status()
    return requests.post(f"{mock.url}/auth/signin", json=fields).json()["token"]


@pytest.mark.parametrize(("dialect", "frames"), [("documented", 0), ("server", 1)])
def test_strangers_may_subscribe_in_the_servers_dialect_only(dialect: str, frames: int) -> None:
    """In the documented dialect only members may subscribe (drift realtime-cross-project)."""
    with TiledeskMock(dialect=dialect) as mock:
        with WebSocketClient(mock.ws_url, stranger_token(mock)) as client:
            client.send("subscribe", topic=topic_of(mock))

            assert len(client.receive_all()) == frames
        assert mock.emulator.journal.drifts == ({} if frames else {"realtime-cross-project": 1})


@pytest.mark.parametrize(("dialect", "frames"), [("documented", 0), ("server", 1)])
def test_teammates_may_subscribe_in_the_servers_dialect_only(dialect: str, frames: int) -> None:
    """In the documented dialect a subscriber is at least an agent (drift realtime-roles)."""
    with TiledeskMock(dialect=dialect) as mock, connect(mock, "teammate") as client:
        client.send("subscribe", topic=topic_of(mock))

        assert len(client.receive_all()) == frames
        assert mock.emulator.journal.drifts == ({} if frames else {"realtime-roles": 1})


@pytest.mark.parametrize(("dialect", "frames"), [("documented", 0), ("server", 2)])
def test_strangers_may_publish_in_the_servers_dialect_only(dialect: str, frames: int) -> None:
    """In the documented dialect a topic is for members of its project (drift realtime-cross-project)."""
    with TiledeskMock(dialect=dialect) as mock, connect(mock) as client:
        client.subscribe(topic_of(mock))
        with WebSocketClient(mock.ws_url, stranger_token(mock)) as stranger:
            stranger.send("publish", topic=topic_of(mock), message="hello")
            stranger.send("broadcast", topic=topic_of(mock), message="hello")
            stranger.receive_all()

        assert len(client.receive_all()) == frames
        assert mock.emulator.journal.drifts == ({} if frames else {"realtime-cross-project": 2})


def test_connection_has_principal_and_topics(mock: TiledeskMock) -> None:
    """It is available as long as the WebSocket is open."""
    with connect(mock, "agent") as client:
        client.subscribe(topic_of(mock))

        (connection,) = mock.emulator.realtime.connections

        assert connection.principal.document["email"] == mock.agent.email
        assert list(connection.topics) == [topic_of(mock)]


def test_reset_keeps_connections(mock: TiledeskMock) -> None:
    """Subscriptions are kept, too."""
    with connect(mock) as client:
        client.subscribe(topic_of(mock))

        mock.reset()
        mock.fire("after")

        assert client.receive()["payload"]["message"]["name"] == "after"


def test_disconnected_client_leaves_nothing(mock: TiledeskMock) -> None:
    """Neither a subscription nor a thread remains, with or without a close frame."""
    before = threading.active_count()
    closing, aborting = connect(mock), connect(mock)
    for client in (closing, aborting):
        client.subscribe(topic_of(mock))

    closing.socket.close()
    aborting.socket.shutdown()

    wait_until(lambda: not mock.emulator.realtime.connections and threading.active_count() <= before + 3)
    assert mock.emulator.realtime.subscribers(topic_of(mock)) == ()


def test_stopping_closes_websockets(mock: TiledeskMock) -> None:
    """The status code is 1001, and no HTTP response follows."""
    client = connect(mock)
    client.subscribe(topic_of(mock))

    mock.stop()

    opcode, reason = client.socket.recv_data()
    assert (opcode, reason) == (websocket.ABNF.OPCODE_CLOSE, (1001).to_bytes(2, "big"))
    with suppress(ConnectionResetError):  # the client has responded after the server closed
        assert client.socket.sock.recv(100) == b""
    client.socket.shutdown()


def test_two_hundred_clients_get_an_event(mock: TiledeskMock) -> None:
    """Each has a thread."""
    clients = [connect(mock) for _ in range(200)]
    for client in clients:
        client.subscribe(topic_of(mock))

    mock.fire("news")

    names = [client.receive()["payload"]["message"]["name"] for client in clients]
    for client in clients:
        client.socket.shutdown()
    assert names == ["news"] * 200
