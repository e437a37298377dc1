"""Topics are parsed as by the real server."""

from __future__ import annotations

import pytest

from tiledesk_mock.tiledesk.model import Event
from tiledesk_mock.tiledesk.topics import Topic, parse_topic, publish_frame, topic_of

EVENT = Event("e", "paid", "p", "u", "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z", "m")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/p/events/m", ("p", True, "m", None)),
        ("/p/events/m/paid", ("p", True, "m", "paid")),
        ("/p/events/m/", ("p", True, "m", None)),
        ("/p/events/m/paid/more", ("p", True, "m", "paid")),
        ("/p/events/", ("p", True, "", None)),
        ("/p/events", ("p", True, None, None)),
        ("/p/requests/m", ("p", False, None, None)),
        ("/p", ("p", False, None, None)),
        ("/", ("", False, None, None)),
    ],
)
def test_parse_topic(text: str, parts: tuple[str, bool, str | None, str | None]) -> None:
    """A topic has project, project user and name; an empty project user is not a missing one."""
    assert parse_topic(text) == Topic(text, *parts)


@pytest.mark.parametrize("text", ["", "events", None, 3, ["/p/events/m"], {}])
def test_parse_topic_malformed(text: object) -> None:
    """A topic is text that begins with a slash."""
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
