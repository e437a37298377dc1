"""`hub`, `expect_frame` and `wait_for_frame`: what a test sees of a client that listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import ExpectationError

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
def test_connections_are_shown_with_person_and_topics(mock: TiledeskMock) -> None:
    """Who listens to what is one look away."""
    (connection,) = mock.realtime.connections

    assert (connection["person"], connection["topics"]) == (mock.agent.email, [topic_of(mock)])
    assert mock.realtime.subscribers(topic_of(mock)) == [connection]
    assert mock.realtime.topics() == [topic_of(mock)]


@pytest.mark.usefixtures("client")
def test_frame_that_was_sent_is_found(mock: TiledeskMock) -> None:
    """By topic, name, attributes and whom it was sent to."""
    mock.fire("order.paid", {"total": 5, "items": [1]})

    frame = mock.expect_frame(topic_of(mock), "order.paid", {"total": int}, to=mock.agent)

    assert frame["message"]["attributes"] == {"total": 5, "items": [1]}
    mock.expect_frame(name="order.paid", to="agent", count=1)
    mock.expect_frame(exact={"total": 5, "items": [1]})


@pytest.mark.usefixtures("client")
def test_history_is_a_frame_too(mock: TiledeskMock) -> None:
    """What a subscriber begins with is asked for by itself."""
    assert mock.expect_frame(live=False)["message"] == []


@pytest.mark.usefixtures("client")
def test_frame_that_was_not_sent_is_told_with_the_nearest(mock: TiledeskMock) -> None:
    """The message has what was sent, how it differs, and who listens."""
    mock.fire("order.payed", {"total": 5})

    with pytest.raises(ExpectationError) as failure:
        mock.expect_frame(topic_of(mock), "order.paid", {"total": 6})

    text = str(failure.value)
    assert "nearest miss: /" in text
    assert "attributes.total" in text
    assert f"- {mock.agent.email}: {topic_of(mock)}" in text


def test_nobody_connected_is_said(mock: TiledeskMock) -> None:
    """The likeliest reason for no frame at all comes first."""
    mock.fire("order.paid")

    with pytest.raises(ExpectationError, match="no frame came at all\nnobody is connected now"):
        mock.expect_frame(name="order.paid")


@pytest.mark.usefixtures("client")
def test_frame_is_waited_for(mock: TiledeskMock) -> None:
    """A client's work in the background needs no sleeping test."""
    later = threading.Timer(0.02, mock.fire, ["order.paid"])
    later.start()

    frame = mock.wait_for_frame(name="order.paid")

    later.join()
    assert frame["topic"] == topic_of(mock)


@pytest.mark.usefixtures("client")
def test_reset_forgets_frames_and_keeps_connections(mock: TiledeskMock) -> None:
    """A client's connection is its own; what it was told before is not the next test's."""
    mock.fire("order.paid")

    mock.reset()

    assert mock.realtime.frames == []
    assert len(mock.realtime.connections) == 1


@pytest.mark.usefixtures("client")
def test_remote_handle_has_the_same_words(mock: TiledeskMock) -> None:
    """Frames and connections are told over the control API as well."""
    remote = TiledeskMock.connect(mock.url)
    mock.fire("order.paid", {"total": 5})

    frame = remote.wait_for_frame(topic_of(mock), "order.paid", {"total": 5}, to="agent")

    assert frame == mock.expect_frame()
    assert remote.realtime.connections == mock.realtime.connections
