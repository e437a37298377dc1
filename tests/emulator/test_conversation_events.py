"""The platform's own events about requests and messages, each sent alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import StandardEventInvalid
from tiledesk_mock.settings import Dialect


@pytest.fixture(params=[Dialect.DOCUMENTED, Dialect.SERVER], ids=lambda dialect: dialect.value)
def mock(request: pytest.FixtureRequest) -> Iterator[TiledeskMock]:
    """Yield an emulator of each dialect."""
    with TiledeskMock(dialect=request.param) as mock:
        yield mock


def stored(mock: TiledeskMock, kind: str) -> list[Any]:
    """Return what is stored of a kind."""
    return list(mock.controls.state().get(kind, []))


def test_message_makes_its_request(mock: TiledeskMock) -> None:
    """The request and its lead are stored, and only the message is sent."""
    names = ("message.create", "request.create", "lead.create", "project_user.update")
    with mock.webhooks.receiver(*names) as receiver:
        message = mock.emit_standard("message.create", text="hi", by=mock.guest, senderFullname="Gus")

        (received,) = receiver.wait_for(1)
        mock.webhooks.drain()

    assert [one.json["hook"]["event"] for one in receiver.received] == ["message.create"]
    assert received.event == message
    assert (message["text"], message["sender"]) == ("hi", mock.guest.id_user)
    assert message["request"]["first_text"] == "hi"
    assert message["recipient"] == message["request"]["request_id"]
    assert [one["request_id"] for one in stored(mock, "requests")] == [message["recipient"]]
    assert [one["lead_id"] for one in stored(mock, "leads")] == [mock.guest.id_user]


def test_message_goes_on_with_the_last_request(mock: TiledeskMock) -> None:
    """References hold: a document of an earlier event names the request, too."""
    first = mock.emit_standard("message.create", text="hello")
    second = mock.emit_standard("message.create", text="more")
    third = mock.emit_standard("message.create", text="yes?", by="agent", request=first["request"])

    assert second["recipient"] == third["recipient"] == first["recipient"]
    assert "attributes" not in second["request"]
    assert third["request"]["attributes"]["last_message"]["text"] == "more"
    assert third["senderFullname"] == "Agnes Agent"
    assert [one["text"] for one in stored(mock, "messages")] == ["hello", "more", "yes?"]


def test_another_visitor_has_a_request_of_their_own(mock: TiledeskMock) -> None:
    """The last request of a visitor is theirs."""
    of_guest = mock.emit_standard("message.create", by="guest")
    of_user = mock.emit_standard("message.create", by="user")
    again = mock.emit_standard("message.create", by="guest")

    assert of_user["recipient"] != of_guest["recipient"] == again["recipient"]


def test_name_says_the_channel(mock: TiledeskMock) -> None:
    """The request or the message has the channel that the event names."""
    of_request = mock.emit_standard("message.create.request.channel.whatsapp")
    of_message = mock.emit_standard("message.create.channel.telegram")

    assert of_request["request"]["channel"] == {"name": "whatsapp"}
    assert of_message["channel"] == {"name": "telegram"}
    assert of_message["recipient"] == of_request["recipient"]
    assert mock.emit_standard("message.create.request.channel.chat21")["recipient"] != of_request["recipient"]


@pytest.mark.parametrize(
    ("name", "fields", "problem"),
    [
        (
            "message.create.request.channel.whatsapp",
            {"request": "one"},
            "request: its channel is chat21: send message.create.request.channel.chat21",
        ),
        (
            "message.create.channel.whatsapp",
            {"channel": "chat21"},
            "channel: expected whatsapp, as the event says, not chat21",
        ),
        (
            "request.update",
            {"request": "ones"},
            "request: the project Example has no request 'ones'; did you mean one?",
        ),
        (
            "request.update",
            {"participants": ["guest"]},
            "participants[0]: guest is a visitor; expected a user",
        ),
        ("request.create", {"request_id": "one"}, "request_id: one exists"),
    ],
)
def test_mistakes_are_named(mock: TiledeskMock, name: str, fields: dict[str, Any], problem: str) -> None:
    """The error has the event and the field, and nothing is changed."""
    mock.emit_standard("request.create", request_id="one")
    before = mock.controls.state()

    with pytest.raises(StandardEventInvalid) as error:
        mock.emit_standard(name, **fields)

    assert str(error.value).startswith(f"{name}: {problem}")
    assert mock.controls.state() == before


def test_new_request_goes_to_an_agent(mock: TiledeskMock) -> None:
    """The platform chooses the agent, and no receiver gets the question."""
    with mock.webhooks.receiver("operator.select", "request.create") as receiver:
        request = mock.emit_standard("request.create", text="help", by="user", tags=[{"tag": "vip"}])

        receiver.wait_for(1)
        mock.webhooks.drain()

    assert [one.json["hook"]["event"] for one in receiver.received] == ["request.create"]
    assert (request["first_text"], request["requester"]["uuid_user"]) == ("help", mock.user.id_user)
    assert request["status"] == (200 if request["participants"] else 100)
    assert [*request["tags"][0]] == ["_id", "tag"]
    assert request["snapshot"]["agents"] == []


def test_request_changes_as_the_event_says(mock: TiledeskMock) -> None:
    """The fields of the tester are put in, attributes beside the others."""
    mock.emit_standard("request.create")
    mock.emit_standard("request.update", attributes={"color": "red"})
    request = mock.emit_standard(
        "request.update", attributes={"size": 1}, participants=["agent", "admin"], rating=5, status=150
    )

    assert request["attributes"] == {"color": "red", "size": 1}
    assert request["participants"] == [mock.agent.id_user, mock.admin.id_user]
    assert (request["rating"], request["status"]) == (5, 150)
    assert [one["_id"] for one in request["participatingAgents"]] == request["participants"]


def test_closed_request_has_all_messages(mock: TiledeskMock) -> None:
    """It has the transcript, and who closed it."""
    mock.emit_standard("message.create", text="hello", senderFullname="Gus")
    mock.emit_standard("message.create", text="Chat closed", by="system")
    closed = mock.emit_standard("request.close", by="admin")

    assert (closed["status"], closed["closed_by"]) == (1000, mock.admin.id_user)
    assert [one["senderFullname"] for one in closed["messages"]] == ["Gus", "Bot"]
    assert closed["transcript"].endswith("Bot: Chat closed")
    assert stored(mock, "requests")[0]["status"] == 1000


def test_abandoned_request_is_a_stored_one(mock: TiledeskMock) -> None:
    """The custom event has the last request, or the one that is named, and further fields."""
    first = mock.emit_standard("request.create", text="one")
    second = mock.emit_standard("request.create", text="two", by="user")
    last = mock.emit_standard("request.fully_abandoned", attributes={"fully_abandoned": True})
    named = mock.emit_standard("request.fully_abandoned", request=first)

    assert last["attributes"]["request_id"] == second["request_id"]
    assert last["attributes"]["attributes"] == {"fully_abandoned": True}
    assert named["attributes"]["first_text"] == "one"


def test_who_types_is_the_member_of_the_event(mock: TiledeskMock) -> None:
    """`writer_id` says who it is."""
    with mock.webhooks.receiver("event.emit.typing.start") as receiver:
        mock.emit_standard("typing.start", writer_id=mock.agent.id_user)

        (received,) = receiver.wait_for(1)

    assert received.event["project_user"]["_id"] == mock.agent.id
    assert received.event["createdBy"] == mock.agent.id_user
