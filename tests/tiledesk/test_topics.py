"""Topics are parsed as by the real server."""

from __future__ import annotations

import pytest

from tiledesk_mock.tiledesk.model import Event
from tiledesk_mock.tiledesk.topics import Resource, Topic, parse_topic, publish_frame, topic_of

EVENT = Event("e", "paid", "p", "u", "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z", "m")


@pytest.mark.parametrize(
    ("text", "project", "resource", "key", "name"),
    [
        ("/p/events/m", "p", Resource.EVENTS, "m", None),
        ("/p/events/m/paid", "p", Resource.EVENTS, "m", "paid"),
        ("/p/events/m/", "p", Resource.EVENTS, "m", None),
        ("/p/events/m/paid/more", "p", Resource.EVENTS, "m", "paid"),
        ("/p/events/", "p", Resource.EVENTS, "", None),
        ("/p/events", "p", Resource.OTHER, "", None),
        ("/p/x/m/events/y", "p", Resource.EVENTS, "m", "events"),
        ("/p/requests/m", "p", Resource.CONVERSATION, "m", None),
        ("/p/x/requests", "p", Resource.CONVERSATIONS, "requests", None),
        ("/p/requests/m/messages", "p", Resource.MESSAGES, "m", "messages"),
        ("/p/project_users/m", "p", Resource.MEMBER, "m", None),
        ("/p/project_users/users/u", "p", Resource.MEMBER_OF_USER, "u", "u"),
        ("/p/bots/b", "p", Resource.BOT, "b", None),
        ("/p", "p", Resource.OTHER, "", None),
        ("/", "", Resource.OTHER, "", None),
    ],
)
def test_parse_topic(text: str, project: str, resource: Resource, key: str, name: str | None) -> None:
    """A topic has project, project user and name; the word for what it is about stands anywhere in it."""
    assert parse_topic(text) == Topic(text, project, resource, key, name)


@pytest.mark.parametrize("text", ["", "events", None, 3, ["/p/events/m"], {}])
def test_parse_topic_malformed(text: object) -> None:
    """A topic is text with a slash."""
    assert parse_topic(text) is None


def test_event_has_one_topic() -> None:
    """An event is published to the topic of its project user, whatever its name is."""
    assert topic_of(EVENT) == "/p/events/m"


def test_event_without_project_user_has_no_topic() -> None:
    """Bots and subscriptions are not project users."""
    event = Event("e", "paid", "p", "b", EVENT.created_at, EVENT.updated_at)

    assert topic_of(event) is None


def test_publish_frame() -> None:
    """A frame with an event or history has the method CREATE."""
    frame = publish_frame("/p/events/m", [])

    assert frame == {
        "action": "publish",
        "payload": {"topic": "/p/events/m", "method": "CREATE", "message": []},
    }
