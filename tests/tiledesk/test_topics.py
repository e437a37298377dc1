"""Topics are taken apart as the server does."""

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
def test_topic_is_taken_apart(text: str, parts: tuple[str, bool, str | None, str | None]) -> None:
    """Project, project user and name stand between slashes; an empty part is not a missing one."""
    assert parse_topic(text) == Topic(text, *parts)


@pytest.mark.parametrize("text", ["", "events", None, 3, ["/p/events/m"], {}])
def test_topic_of_another_form_is_none(text: object) -> None:
    """What does not begin with a slash, or is no text, is no topic."""
    assert parse_topic(text) is None


def test_event_has_one_topic() -> None:
    """Events are told to their project user's topic, whatever their name."""
    assert topic_of(EVENT) == "/p/events/m"


def test_event_of_a_machine_has_no_topic() -> None:
    """Bots and subscriptions are no project users."""
    event = Event("e", "paid", "p", "b", EVENT.created_at, EVENT.updated_at)

    assert topic_of(event) is None


def test_publication_names_topic_and_message() -> None:
    """Every frame that tells something has the method CREATE."""
    frame = publish_frame("/p/events/m", [])

    assert frame == {
        "action": "publish",
        "payload": {"topic": "/p/events/m", "method": "CREATE", "message": []},
    }
