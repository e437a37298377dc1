"""The client of the stream."""

from __future__ import annotations

from itertools import islice

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.control.remote import RemoteControls
from tiledesk_mock.control.stream import StreamMessage, follow_timeline
from tiledesk_mock.errors import ControlError


def messages(mock: TiledeskMock, count: int, since: str | None = None) -> list[StreamMessage]:
    """Return the first messages but for the signs of life."""
    controls = RemoteControls(mock.url.removesuffix("/v3"))
    stream = follow_timeline(controls, since)
    return [*islice((message for message in stream if message.event != "alive"), count)]


def test_entries_come_in_order() -> None:
    """All that are kept, and a text with a line separator in one piece."""
    with TiledeskMock() as mock:
        mock.fire("a\u2028b")
        mock.fire("c")

        (message,) = messages(mock, 1)

    assert [entry["event"] for entry in message.data] == ["a\u2028b", "c"]


def test_entries_that_were_missed_are_counted() -> None:
    """If they have left the timeline since the last known one."""
    with TiledeskMock(journal_size=2) as mock:
        mock.fire("a")
        (first,) = messages(mock, 1)
        for name in "bcde":
            mock.fire(name)

        missed, entries = messages(mock, 2, first.data[-1]["id"])

    assert (missed.event, missed.data) == ("missed", {"missed": 2})
    assert [entry["event"] for entry in entries.data] == ["d", "e"]


def test_entry_of_another_start_is_lost() -> None:
    """The number of missed entries is unknown, and everything that is kept comes."""
    with TiledeskMock() as mock:
        mock.fire("a")

        missed, entries = messages(mock, 2, "t00000000-7")

    assert missed.data == {"missed": None}
    assert [entry["event"] for entry in entries.data] == ["a"]


def test_end_of_the_emulator_is_a_message() -> None:
    """The stream waits for another one."""
    with TiledeskMock() as mock:
        mock.fire("a")
        stream = follow_timeline(RemoteControls(mock.url.removesuffix("/v3")))
        assert [message.event for message in islice(stream, 2)] == ["alive", "entries"]

    assert next(stream).event == "lost"


def test_missing_emulator_is_an_error() -> None:
    """In the beginning it is not waited for."""
    with pytest.raises(ControlError, match="no emulator responds at"):
        next(follow_timeline(RemoteControls("http://127.0.0.1:1")))
