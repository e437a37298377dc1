"""The platform's own events: names, shapes, and in whose name they are."""

from __future__ import annotations

from itertools import count

import pytest

from tiledesk_mock.errors import UnknownStandardEvent
from tiledesk_mock.tiledesk.bus import FiredEvent, fired_event_document
from tiledesk_mock.tiledesk.model import Bot, Event, Project, ProjectUser, User
from tiledesk_mock.tiledesk.platform_events import STANDARD_EVENTS, EventContext, standard_event
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


def scene(
    member: ProjectUser | None = MEMBER, user: User | None = USER, bot: Bot | None = BOT
) -> EventContext:
    """Return who is there."""
    numbers = count(1)
    return EventContext(PROJECT, member, user, bot, NOW, lambda: f"id-{next(numbers)}")


def payload(name: str, place: EventContext) -> Document:
    """Return the event as webhooks carry it."""
    made = standard_event(name, place, {})
    event = Event(
        id="e",
        name=made.name,
        id_project="p",
        created_by=made.principal.id,
        created_at=NOW,
        updated_at=NOW,
        project_user=made.member.id if made.member else None,
        attributes=made.attributes,
    )
    return fired_event_document(FiredEvent(event, made.principal, made.member), place.user)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_attributes_have_the_platforms_shape(name: str) -> None:
    """Each with the fields that receivers know."""
    assert set(standard_event(name, scene(), {}).attributes) == SHAPES[name]


def test_whole_request_is_abandoned() -> None:
    """Its attributes are the request."""
    attributes = standard_event("request.fully_abandoned", scene(), {}).attributes

    assert {"_id", "request_id", "participants", "id_project", "createdAt"} <= set(attributes)


def test_typing_is_the_writers() -> None:
    """Its project user, created by the writer, and no `user` in the payload."""
    shown = payload("typing.start", scene())

    assert (shown["project_user"]["_id"], shown["createdBy"]) == ("m", "u")
    assert shown["attributes"]["writer_id"] == "u"
    assert "user" not in shown


def test_missing_answer_is_nobodys() -> None:
    """The system's, with bot and message as whole documents, without the bot's secret."""
    shown = payload("faqbot.answer_not_found", scene())

    assert (shown["createdBy"], "project_user" in shown, "user" in shown) == ("system", False, False)
    assert (shown["attributes"]["bot"]["_id"], shown["attributes"]["message"]["text"]) == ("b", "Hello")
    assert "secret" not in shown["attributes"]["bot"]


@pytest.mark.parametrize("name", ["new_conversation", "auth_state_changed", "logged_in"])
def test_visitor_is_who_comes(name: str) -> None:
    """A guest has an id and no address."""
    shown = payload(name, scene(VISITOR, None))

    assert (shown["createdBy"], shown["user"]["_id"]) == ("guest-1", "guest-1")
    assert (shown["attributes"]["fullname"], shown["attributes"]["email"]) == ("Guest", "")


def test_given_attributes_replace_those_made_up() -> None:
    """The rest stays."""
    made = standard_event("auth_state_changed", scene(), {"isLogged": False, "event": "offline"})

    assert (made.attributes["event"], made.attributes["email"]) == ("offline", "o@example.com")


def test_request_may_have_any_field() -> None:
    """Tiledesk's requests have many."""
    made = standard_event("request.fully_abandoned", scene(), {"rating": 5})

    assert made.attributes["rating"] == 5


def test_unknown_name_is_refused_with_those_there_are() -> None:
    """A typo shall not fire an event that the platform never would."""
    with pytest.raises(UnknownStandardEvent) as caught:
        standard_event("typing.begin", scene(), {})

    assert caught.value.available == STANDARD_EVENTS
    assert "typing.start, faqbot.answer_not_found" in str(caught.value)


def test_unknown_attribute_is_refused() -> None:
    """Likewise."""
    with pytest.raises(UnknownStandardEvent, match=r"typing\.start: sender is unknown: expected one of"):
        standard_event("typing.start", scene(), {"sender": "x"})


def test_project_without_anybody_has_events_too() -> None:
    """They are the system's."""
    for name in STANDARD_EVENTS:
        assert standard_event(name, scene(None, None, None), {}).name == name
