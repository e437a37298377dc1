"""`events`."""

from __future__ import annotations

import json

import pytest

from tiledesk_mock import TiledeskMock

from .conftest import Verb


@pytest.fixture(autouse=True)
def fired(mock: TiledeskMock) -> None:
    """Fire three events, a minute apart."""
    mock.clock.freeze("2026-01-31T12:00:00Z")
    mock.fire("order.paid", {"order": 1, "card": {"brand": "visa"}}, by="agent")
    mock.clock.advance(60)
    mock.fire("order.sent", {"order": 2})
    mock.clock.advance(60)
    mock.fire("b\x1b[31m", by="guest")


def test_events_are_a_table(verb: Verb) -> None:
    """Names cannot write to the terminal; times have their date, since it is not today's."""
    header, first, _, third = verb("events").out.splitlines()

    assert header.split() == ["time", "name", "person", "attributes", "id"]
    assert first.startswith("2026-01-31 12:00:00.000  order.paid  agent agent@example.com")
    assert "  b\\x1b[31m  " in third


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--name", "order.*"), ["order.paid", "order.sent"]),
        (("--by", "agent"), ["order.paid"]),
        (("--person", "guest"), ["b\x1b[31m"]),
        (("--attributes", "order=2"), ["order.sent"]),
        (("--attributes", "card.brand=visa", "--attributes", '{"order": 1}'), ["order.paid"]),
        (("--since", "2026-01-31T12:01:00Z", "--until", "2026-01-31T12:02:00Z"), ["order.sent"]),
        (("--since", "-1m"), ["order.sent", "b\x1b[31m"]),
        (("--since", "2026-01-31T12:02:00"), ["b\x1b[31m"]),
        (("-n", "2"), ["order.sent", "b\x1b[31m"]),
        (("--name", "nothing"), []),
    ],
    ids=str,
)
def test_events_are_filtered(verb: Verb, words: tuple[str, ...], names: list[str]) -> None:
    """By the words of expect_event, and by time."""
    assert [one["name"] for one in verb("events", *words, "--json").documents] == names


def test_event_is_printed_with_its_deliveries(verb: Verb, mock: TiledeskMock) -> None:
    """The document is laid out."""
    with mock.webhooks.receiver("event.emit") as receiver:
        event = mock.fire("order.paid")
        mock.wait_for_delivery("order.paid")

        printed = verb("events", event["_id"]).out

    document, line, _ = printed.rpartition("delivery 1: ")
    assert json.loads(document) == event
    assert line
    assert f'"order.paid" to {receiver.url}: delivered after 1 attempt (200)' in printed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("1",), "there is no event '1': expected one of "),
        (
            ("--since", "yesterday"),
            "'yesterday' is not a time, as 2026-01-31T12:00:00Z, 14:30 (today) or",
        ),
        (("--attributes", "order"), "'order' is not KEY=VALUE"),
        (("--count", "2"), "expected exactly 2 events, but 3 matched"),
    ],
    ids=str,
)
def test_mistake_is_explained(verb: Verb, words: tuple[str, ...], message: str) -> None:
    """The exit code is not 0."""
    ended = verb("events", *words)

    assert ended.code in (1, 2)
    assert message in ended.err


def test_without_events_a_line_says_so(verb: Verb, mock: TiledeskMock) -> None:
    """On standard error, with exit code 0."""
    assert verb("events", "--name", "nothing") == (0, "", "no event like that is stored\n")

    mock.reset()

    assert verb("events") == (0, "", "no event is stored\n")
