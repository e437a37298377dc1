"""The custom events of the platform: their attributes and callers."""

from __future__ import annotations

from itertools import count

import pytest

from tiledesk_mock.tiledesk.custom_events import EventContext, custom_event
from tiledesk_mock.tiledesk.events import FiredEvent, fired_event_document
from tiledesk_mock.tiledesk.model import Bot, Event, Project, ProjectUser, User
from tiledesk_mock.tiledesk.wire import Document

NOW = "2026-01-01T00:00:00.000Z"
PROJECT = Project(id="p", name="Acme", created_by="u", created_at=NOW, updated_at=NOW)
MEMBER = ProjectUser(
    id="m", id_project="p", id_user="u", role="owner", created_by="u", created_at=NOW, updated_at=NOW
)
VISITOR = ProjectUser(
    id="v", id_project="p", uuid_user="guest-1", role="guest", created_by="v", created_at=NOW, updated_at=NOW
)
USER = User(
    id="u", email="o@example.com", password="hidden", firstname="Olivia", created_at=NOW, updated_at=NOW
)
BOT = Bot(id="b", name="Helper", id_project="p", secret="s", created_by="u", created_at=NOW, updated_at=NOW)

SHAPES = {
    "typing.start": {"recipient_id", "writer_id", "data"},
    "faqbot.answer_not_found": {"botAnswer", "bot", "message"},
    "new_conversation": {
        "request_id",
        "department",
        "participants",
        "language",
        "subtype",
        "fullname",
        "email",
        "attributes",
    },
    "auth_state_changed": {
        "user_id",
        "isLogged",
        "event",
        "subtype",
        "fullname",
        "email",
        "language",
        "attributes",
    },
    "logged_in": {"fullname", "email", "language", "attributes"},
}


def context(
    member: ProjectUser | None = MEMBER, user: User | None = USER, bot: Bot | None = BOT
) -> EventContext:
    """Return the context of an event."""
    numbers = count(1)
    return EventContext(PROJECT, member, user, bot, NOW, lambda: f"id-{next(numbers)}")


def payload_of(name: str, context: EventContext) -> Document:
    """Return the event as the payload of webhooks."""
    event = custom_event(name, context, {})
    stored = Event(
        id="e",
        name=event.name,
        id_project="p",
        created_by=event.principal.id,
        created_at=NOW,
        updated_at=NOW,
        project_user=event.member.id if event.member else None,
        attributes=event.attributes,
    )
    return fired_event_document(FiredEvent(stored, event.principal, event.member), context.user)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_attributes_have_the_fields_of_the_platform(name: str) -> None:
    """Each event has the fields of the real one."""
    assert set(custom_event(name, context(), {}).attributes) == SHAPES[name]


def test_abandoned_request_has_the_fields_of_a_request() -> None:
    """The attributes of request.fully_abandoned are a request."""
    attributes = custom_event("request.fully_abandoned", context(), {}).attributes

    assert {"_id", "request_id", "participants", "id_project", "createdAt"} <= set(attributes)


def test_typing_is_fired_by_the_writer() -> None:
    """The payload has the writer's project user, and no `user`."""
    document = payload_of("typing.start", context())

    assert (document["project_user"]["_id"], document["createdBy"]) == ("m", "u")
    assert document["attributes"]["writer_id"] == "u"
    assert "user" not in document


def test_missing_answer_is_fired_by_the_system() -> None:
    """The payload has bot and message as documents, without the bot's secret."""
    document = payload_of("faqbot.answer_not_found", context())

    assert (document["createdBy"], "project_user" in document, "user" in document) == ("system", False, False)
    assert (document["attributes"]["bot"]["_id"], document["attributes"]["message"]["text"]) == ("b", "Hello")
    assert "secret" not in document["attributes"]["bot"]


@pytest.mark.parametrize("name", ["new_conversation", "auth_state_changed", "logged_in"])
def test_visitor_is_the_caller(name: str) -> None:
    """A guest has an id, and no e-mail address."""
    document = payload_of(name, context(VISITOR, None))

    assert (document["createdBy"], document["user"]["_id"]) == ("guest-1", "guest-1")
    assert (document["attributes"]["fullname"], document["attributes"]["email"]) == ("Guest", "")


def test_overrides_replace_attributes() -> None:
    """The other attributes stay."""
    event = custom_event("auth_state_changed", context(), {"isLogged": False, "event": "offline"})

    assert (event.attributes["event"], event.attributes["email"]) == ("offline", "o@example.com")


def test_abandoned_request_may_have_other_attributes() -> None:
    """A request of Tiledesk has many fields."""
    event = custom_event("request.fully_abandoned", context(), {"rating": 5})

    assert event.attributes["rating"] == 5


def test_project_without_members_has_events() -> None:
    """Every custom event can be fired without a member."""
    for name in (*SHAPES, "request.fully_abandoned"):
        assert custom_event(name, context(None, None, None), {}).name == name
