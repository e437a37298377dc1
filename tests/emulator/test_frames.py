"""The frames that WebSockets get when the platform's own events happen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import ExpectationError

from ..web.websocket_client import WebSocketClient, connect


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Run an emulator."""
    with TiledeskMock() as running:
        yield running


@pytest.fixture
def client(mock: TiledeskMock) -> Iterator[WebSocketClient]:
    """Connect the agent."""
    with connect(mock, "agent") as connected:
        yield connected


def came(client: WebSocketClient) -> list[tuple[str, str, Any]]:
    """Return the topics, methods and messages of the frames that came."""
    payloads = [frame["payload"] for frame in client.receive_all()]
    return [(payload["topic"], payload["method"], payload["message"]) for payload in payloads]


def test_changed_member_is_published_to_both_topics(mock: TiledeskMock, client: WebSocketClient) -> None:
    """The message is the payload of the webhook."""
    topics = [
        f"/{mock.project_id}/project_users/{end}" for end in (mock.agent.id, f"users/{mock.agent.id_user}")
    ]
    for topic in topics:
        client.subscribe(topic)

    payload = mock.emit_standard("project_user.update", member="agent", user_available=False)

    assert came(client) == [(topic, "UPDATE", payload) for topic in topics]


def test_changed_visitor_is_published_by_its_uuid(mock: TiledeskMock, client: WebSocketClient) -> None:
    """A guest has no user."""
    client.subscribe(topic := f"/{mock.project_id}/project_users/users/{mock.guest.id_user}")

    payload = mock.emit_standard("project_user.update", member="guest")

    assert came(client) == [(topic, "UPDATE", payload)]


def test_changed_bot_is_published_without_its_secret(mock: TiledeskMock, client: WebSocketClient) -> None:
    """The message is the payload of the webhook."""
    client.subscribe(topic := f"/{mock.project_id}/bots/{mock.bot.id}")

    payload = mock.emit_standard("faqbot.update", name="Rob")

    assert came(client) == [(topic, "UPDATE", payload)]
    assert "bot-secret" not in json.dumps(mock.realtime.frames)


@pytest.mark.parametrize("name", ["project_user.update.agent", "project_user.delete"])
def test_other_events_of_a_member_have_no_frame(
    mock: TiledeskMock, client: WebSocketClient, name: str
) -> None:
    """A variant of an event has none of its own, and the real server publishes no removal."""
    client.subscribe(f"/{mock.project_id}/project_users/users/{mock.owner.id_user}")

    mock.emit_standard(name, member="owner")

    assert came(client) == []


@pytest.mark.usefixtures("client")
def test_frame_is_expected_by_method_and_message(mock: TiledeskMock, client: WebSocketClient) -> None:
    """The record of frames has the method."""
    client.subscribe(topic := f"/{mock.project_id}/bots/{mock.bot.id}")

    mock.emit_standard("faqbot.update", name="Rob")

    frame = mock.expect_frame(topic, method="UPDATE", message={"name": "Rob"}, to="agent")
    assert frame["method"] == "UPDATE"
    with pytest.raises(ExpectationError, match='"UPDATE"'):
        mock.expect_frame(topic, method="CREATE")


def test_failed_expectation_of_an_event_shows_other_frames(
    mock: TiledeskMock, client: WebSocketClient
) -> None:
    """A frame without an event is shown by its method and message."""
    client.subscribe(f"/{mock.project_id}/bots/{mock.bot.id}")
    mock.emit_standard("faqbot.update", name="Rob")

    with pytest.raises(ExpectationError, match=r'UPDATE \{"webhook_enabled"'):
        mock.expect_frame(name="order.paid")


def test_conversation_is_published_step_by_step(mock: TiledeskMock, client: WebSocketClient) -> None:
    """The list of requests, the request, its messages, and the agent whose number of requests changes."""
    member = f"/{mock.project_id}/project_users/{mock.agent.id}"
    client.subscribe(requests := f"/{mock.project_id}/requests")
    client.subscribe(member)
    with mock.webhooks.receiver("operator.select") as receiver:
        receiver.answer_with({"operators": [{"id_user": mock.agent.id_user}], "agents": []})
        conversation = mock.conversation(text="hello", request_id="support-group-x-one")
    client.receive_all()
    messages = f"{requests}/support-group-x-one/messages"
    (first,) = client.subscribe(messages)

    conversation.say("how can I help?", by="agent")
    conversation.close()

    frames = came(client)
    assert (first["text"], frames[0][2]["text"]) == ("hello", "how can I help?")
    assert [(topic, method) for topic, method, _ in frames] == [
        (messages, "CREATE"),
        (requests, "UPDATE"),
        (messages, "CREATE"),
        (member, "UPDATE"),
    ]


@pytest.mark.parametrize(
    ("name", "end", "method"),
    [
        ("request.create", "", "CREATE"),
        ("request.update", "", "UPDATE"),
        ("request.update", "/support-group-x-one", "UPDATE"),
        ("message.create", "/support-group-x-one/messages", "CREATE"),
    ],
)
def test_emitted_event_of_a_request_is_published(
    mock: TiledeskMock, name: str, end: str, method: str
) -> None:
    """Alone, as the webhook is."""
    mock.conversation(text="hello", request_id="support-group-x-one")
    fields = {} if name == "request.create" else {"request": "support-group-x-one"}
    with connect(mock) as owner:
        owner.subscribe(topic := f"/{mock.project_id}/requests{end}")

        payload = mock.emit_standard(name, **fields)

        ((came_on, came_as, message),) = came(owner)
    assert (came_on, came_as, message["_id"]) == (topic, method, payload["_id"])
