"""`realtime`, `expect_frame` and `wait_for_frame`, with a client that is connected."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import ExpectationError, SetupError

from ..web.websocket_client import WebSocketClient, connect, topic_of


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Run an emulator."""
    with TiledeskMock() as running:
        yield running


@pytest.fixture
def client(mock: TiledeskMock) -> Iterator[WebSocketClient]:
    """Let an agent listen to the owner's events."""
    with connect(mock, "agent") as connected:
        connected.subscribe(topic_of(mock))
        yield connected


@pytest.mark.usefixtures("client")
def test_connections_have_person_and_topics(mock: TiledeskMock) -> None:
    """And topics have subscribers."""
    (connection,) = mock.realtime.connections

    assert (connection["person"], connection["topics"]) == (mock.agent.email, [topic_of(mock)])
    assert mock.realtime.subscribers(topic_of(mock)) == [connection]
    assert mock.realtime.topics() == [topic_of(mock)]


@pytest.mark.usefixtures("client")
def test_matching_frame_is_returned(mock: TiledeskMock) -> None:
    """By topic, name, attributes and person."""
    mock.fire("order.paid", {"total": 5, "items": [1]})

    frame = mock.expect_frame(topic_of(mock), "order.paid", {"total": int}, to=mock.agent)

    assert frame["message"]["attributes"] == {"total": 5, "items": [1]}
    mock.expect_frame(name="order.paid", to="agent", count=1)
    mock.expect_frame(exact={"total": 5, "items": [1]})


@pytest.mark.usefixtures("client")
def test_history_is_a_frame(mock: TiledeskMock) -> None:
    """It is expected with `live=False`."""
    assert mock.expect_frame(live=False)["message"] == []


@pytest.mark.usefixtures("client")
def test_message_has_the_nearest_frame(mock: TiledeskMock) -> None:
    """And with the connections."""
    mock.fire("order.payed", {"total": 5})

    with pytest.raises(ExpectationError) as failure:
        mock.expect_frame(topic_of(mock), "order.paid", {"total": 6})

    text = str(failure.value)
    assert "nearest miss: /" in text
    assert "attributes.total" in text
    assert f"- {mock.agent.email}: {topic_of(mock)}" in text


def test_message_says_that_no_client_is_connected(mock: TiledeskMock) -> None:
    """It is the likeliest reason for a missing frame."""
    mock.fire("order.paid")

    with pytest.raises(ExpectationError, match="no frame came at all\nno client is connected now"):
        mock.expect_frame(name="order.paid")


@pytest.mark.usefixtures("client")
def test_frame_is_waited_for(mock: TiledeskMock) -> None:
    """The client works in the background."""
    later = threading.Timer(0.02, mock.fire, ["order.paid"])
    later.start()

    frame = mock.wait_for_frame(name="order.paid")

    later.join()
    assert frame["topic"] == topic_of(mock)


@pytest.mark.usefixtures("client")
def test_reset_clears_frames_and_keeps_connections(mock: TiledeskMock) -> None:
    """A connection is the client's; earlier frames are not the next test's."""
    mock.fire("order.paid")

    mock.reset()

    assert mock.realtime.frames == []
    assert len(mock.realtime.connections) == 1


@pytest.mark.usefixtures("client")
def test_remote_handle_has_frames_and_connections(mock: TiledeskMock) -> None:
    """Through the control API."""
    remote = TiledeskMock.connect(mock.url)
    mock.fire("order.paid", {"total": 5})

    frame = remote.wait_for_frame(topic_of(mock), "order.paid", {"total": 5}, to="agent")

    assert frame == mock.expect_frame()
    assert remote.realtime.connections == mock.realtime.connections


def test_message_of_a_client_is_a_frame(mock: TiledeskMock, client: WebSocketClient) -> None:
    """With who published it, and who received it: nobody, perhaps."""
    with connect(mock, "admin") as sender:
        sender.send("publish", topic=topic_of(mock), message={"typing": True, "n": 1})
        sender.send("broadcast", topic="/nobody/here", message=[1])
        client.receive()
        sender.receive_all()

    frame = mock.expect_frame(topic_of(mock), message={"typing": True}, by="admin", to="agent", count=1)[0]
    assert frame["by"] == mock.person("admin").email
    assert mock.expect_frame("/nobody/here", by="admin")["to"] == []
    mock.expect_frame(name="typing", count=0)


@pytest.mark.usefixtures("client")
def test_message_has_who_published_a_frame(mock: TiledeskMock) -> None:
    """An event is Tiledesk's."""
    mock.fire("order.paid")

    with pytest.raises(ExpectationError, match="Tiledesk"):
        mock.expect_frame(topic_of(mock), message={"name": "order.paid"}, by="admin")


@pytest.mark.parametrize("person", [None, "agent"])
def test_disconnected_client_notices(mock: TiledeskMock, client: WebSocketClient, person: str | None) -> None:
    """As when the network is lost, there is no close frame."""
    with connect(mock, "owner"):
        assert TiledeskMock.connect(mock.url).realtime.disconnect(person) == (1 if person else 2)

        assert client.socket.sock.recv(100) == b""
        assert mock.realtime.subscribers(topic_of(mock)) == []


def test_client_is_disconnected_with_a_status_code(mock: TiledeskMock, client: WebSocketClient) -> None:
    """A code that no frame may have is refused."""
    with pytest.raises(SetupError, match="status code"):
        mock.realtime.disconnect("agent", code=1005)

    assert mock.realtime.disconnect("agent", code=1011) == 1
    assert client.socket.recv_data() == (8, (1011).to_bytes(2, "big"))


def test_message_has_the_topics_that_were_refused(mock: TiledeskMock) -> None:
    """It is the likeliest reason for a missing frame. A reset removes them."""
    with connect(mock, "teammate") as refused:
        refused.send("subscribe", topic=topic_of(mock))
        refused.receive_all()
        remote = TiledeskMock.connect(mock.url)

        with pytest.raises(ExpectationError) as failure:
            remote.expect_frame(name="order.paid")

    reason = "the caller's role is teammate, and has to be agent or higher (drift realtime-roles)"
    assert f"teammate@example.com was refused the topic {topic_of(mock)}: {reason}" in str(failure.value)
    mock.reset()
    assert mock.realtime.refused == []
