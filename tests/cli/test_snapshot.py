"""`snapshot`."""

from __future__ import annotations

from tiledesk_mock import TiledeskMock

from .conftest import Verb


def test_snapshot_is_taken_and_restored(verb: Verb, mock: TiledeskMock) -> None:
    """What came later is gone."""
    assert verb("snapshot", "take", "before").out == "before\n"
    mock.fire("order.paid")

    restored = verb("snapshot", "restore", "before")

    assert (restored, mock.events) == ((0, "", ""), [])


def test_snapshots_are_listed(verb: Verb) -> None:
    """Without any a line on standard error says so."""
    assert verb("snapshot") == (0, "", "no snapshot was taken\n")
    verb("snapshot", "take", "one")
    verb("snapshot", "take", "two")

    assert verb("snapshot").out == "name\none\ntwo\n"
    assert verb("snapshot", "--json").documents == [{"name": "one"}, {"name": "two"}]


def test_snapshot_is_dropped(verb: Verb) -> None:
    """An unknown one is refused with the names of those that exist."""
    verb("snapshot", "take", "one")
    verb("snapshot", "take", "two")
    verb("snapshot", "drop", "one")

    assert verb("snapshot", "restore", "one") == (1, "", "Error: there is no snapshot 'one': there are two\n")
