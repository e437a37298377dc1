"""The table of the platform's own events."""

from __future__ import annotations

import pytest

from tiledesk_mock.errors import StandardEventInvalid, UnknownStandardEvent
from tiledesk_mock.tiledesk.platform_events import (
    EVENT_TYPES,
    NEVER_SENT,
    event_type,
    field_rows,
    read_fields,
)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("message.create", "message.create"),
        ("message.create.channel.whatsapp", "message.create.channel.NAME"),
        ("message.create.request.channel.chat21", "message.create.request.channel.NAME"),
        ("typing.start", "typing.start"),
    ],
)
def test_a_name_has_a_row(name: str, row: str) -> None:
    """The name of a channel is part of the name of an event."""
    assert event_type(name).name == row


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("message.creat", "unknown; did you mean message.create?"),
        ("message.create.channel.", "unknown; did you mean"),
        ("event.emit", "it comes with each event that is fired: fire the event"),
        ("event.emit.order.paid", "it comes with each event that is fired: fire the event"),
        ("lead.update", "the real server never sends it; nothing is sent when a lead changes"),
        (
            "request.participants.join",
            "the real server never sends it; it sends request.update when an agent joins",
        ),
    ],
)
def test_a_name_that_is_not_sent_is_refused(name: str, problem: str) -> None:
    """The error has the right name, or what the real server sends in its place."""
    with pytest.raises(UnknownStandardEvent) as error:
        event_type(name)

    assert str(error.value).startswith(f"{name}: {problem}")


def test_no_name_is_both_sent_and_never_sent() -> None:
    """The table has no name of which it says that it is never sent."""
    assert [name for name in NEVER_SENT if any(row.matches(name) for row in EVENT_TYPES)] == []


@pytest.mark.parametrize("row", EVENT_TYPES, ids=lambda row: row.name)
def test_every_field_is_described(row: object) -> None:
    """Each field has a type in plain English and a description."""
    assert [one.name for one in field_rows(row.fields) if not one.sentence or not one.kind] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "values", "problem"),
    [
        ("message.create", {"txt": "hello"}, "txt: unknown; did you mean text?"),
        ("message.create", {"text": 5}, "text: expected text, not 5"),
        ("faq.delete", {}, "faq: missing; expected the _id of an answer, or document"),
        ("user.signup", {"email": "ann"}, 'email: expected an e-mail address, not "ann"'),
        ("group.create", {"name": "", "members": []}, 'name: expected text that is not empty, not ""'),
        ("typing.start", {"sender": 1}, "sender: unknown; expected one of by, recipient_id, writer_id, data"),
    ],
)
def test_a_malformed_field_is_refused(name: str, values: dict[str, object], problem: str) -> None:
    """The error names event and field, and says what was expected."""
    with pytest.raises(StandardEventInvalid) as error:
        read_fields(event_type(name), name, values)

    assert str(error.value) == f"{name}: {problem}"
