"""Which frames an event of the platform has, and what they show of a request that changed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tiledesk_mock.tiledesk.conversations import Conversation
from tiledesk_mock.tiledesk.model import Bot
from tiledesk_mock.tiledesk.platform_events import BotMessage, PlatformEvent
from tiledesk_mock.tiledesk.platform_frames import frames_of
from tiledesk_mock.tiledesk.request_payloads import References, request_payload, with_agents
from tiledesk_mock.tiledesk.topics import Frame, Method
from tiledesk_mock.tiledesk.wire import Document

NOW = "2026-01-01T00:00:00.000Z"
CONVERSATION = Conversation(
    id="c",
    request_id="support-group-one",
    id_project="p",
    channel={"name": "chat21"},
    ticket_id=1,
    snapshot=with_agents({"availableAgentsCount": 1}, [{"_id": "m", "id_user": "u"}]),
    created_by="g",
    created_at=NOW,
    updated_at=NOW,
)


def frames(name: str, payload: Document) -> list[Frame]:
    """Return the frames of an event of the project `p`."""
    return [*frames_of(PlatformEvent(name, "p", payload), {"c": CONVERSATION}.get)]


def test_new_request_is_published_to_the_list_and_its_own_topic() -> None:
    """The message is the payload of the webhook."""
    payload = request_payload(CONVERSATION, References(), is_new=True)

    assert frames("request.create", payload) == [
        Frame("/p/requests", Method.CREATE, payload),
        Frame("/p/requests/support-group-one", Method.CREATE, payload),
    ]


def test_changed_request_has_no_virtual_fields_and_only_agents_as_snapshot() -> None:
    """The snapshot stands at the end, and its agents are ids of users."""
    requester = {"_id": "m", "role": "guest", "isAuthenticated": False, "id": "m"}
    department = {"_id": "d", "hasBot": False, "id": "d"}
    payload = request_payload(CONVERSATION, References()) | {"requester": requester, "department": department}

    one, other = frames("request.update", payload)

    assert (one.topic, one.method, other.message) == ("/p/requests", Method.UPDATE, one.message)
    assert one.message["requester"] == {"_id": "m", "role": "guest"}
    assert one.message["department"] == {"_id": "d"}
    assert list(one.message)[-1] == "snapshot"
    assert one.message["snapshot"] == {"agents": [{"id_user": "u"}]}
    assert payload["requester"] == requester


@pytest.mark.parametrize("snapshot", [{}, {"agents": None}, {"agents": []}])
def test_changed_request_without_agents_has_an_empty_snapshot(snapshot: Document) -> None:
    """As on the real server, also where the request has no snapshot."""
    event = PlatformEvent("request.update", "p", request_payload(CONVERSATION, References()))

    (frame, _) = frames_of(event, {"c": replace(CONVERSATION, snapshot=snapshot)}.get)

    assert frame.message["snapshot"] == {}


def test_message_is_published_to_the_messages_of_its_request() -> None:
    """The message is the payload of the webhook."""
    payload: Document = {"_id": "m", "recipient": "support-group-one", "text": "hello"}

    assert frames("message.create", payload) == [
        Frame("/p/requests/support-group-one/messages", Method.CREATE, payload)
    ]


@pytest.mark.parametrize(
    "name",
    [
        "request.close",
        "message.create.channel.chat21",
        "message.create.request.channel.chat21",
        "lead.create",
    ],
)
def test_other_events_have_no_frames(name: str) -> None:
    """Closing has that of request.update; nothing is published of leads, departments and groups."""
    assert (
        frames(name, {"_id": "c", "request_id": "support-group-one", "recipient": "support-group-one"}) == []
    )


def test_message_to_a_bot_has_no_frame() -> None:
    """It is the same message, of which message.create has the frame."""
    bot = Bot(id="b", name="B", id_project="p", secret="s", created_by="u", created_at=NOW, updated_at=NOW)

    assert frames_of(BotMessage(bot, {}), {}.get) == ()


def test_payloads_do_not_have_the_stored_agents() -> None:
    """They are for WebSockets only."""
    assert request_payload(CONVERSATION, References())["snapshot"] == {"availableAgentsCount": 1}
