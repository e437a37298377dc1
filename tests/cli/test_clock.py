"""`clock`."""

from __future__ import annotations

import pytest

from tiledesk_mock import TiledeskMock

from .conftest import Verb


def test_clock_is_printed(verb: Verb, mock: TiledeskMock) -> None:
    """Whether it is frozen, and the local time with its date."""
    mock.clock.freeze("2026-01-31T12:00:00Z")

    assert verb("clock").out == ("2026-01-31T12:00:00.000Z  frozen  (local time 2026-01-31 12:00:00.000)\n")


@pytest.mark.parametrize(
    ("duration", "now"),
    [
        ("90", "2026-01-31T12:01:30.000Z"),
        ("1.5", "2026-01-31T12:00:01.500Z"),
        ("1h30m", "2026-01-31T13:30:00.000Z"),
        ("-1h", "2026-01-31T11:00:00.000Z"),
        ("-2d", "2026-01-29T12:00:00.000Z"),
    ],
)
def test_clock_is_advanced(verb: Verb, duration: str, now: str) -> None:
    """By seconds, or a duration with units; back by a negative one."""
    verb("clock", "freeze", "2026-01-31T12:00:00Z")

    assert verb("clock", "advance", duration, "--json").documents == [{"now": now, "frozen": True}]


def test_clock_is_set_and_reset(verb: Verb, mock: TiledeskMock) -> None:
    """It runs on, and follows the machine's again."""
    assert verb("clock", "set", "2030-01-31T12:00:00Z").out.startswith("2030-01-31T12:00:0")
    assert not mock.clock.is_frozen

    verb("clock", "reset")

    assert not mock.clock.iso().startswith("2030-01-31")


def test_clock_is_frozen_where_it_is(verb: Verb, mock: TiledeskMock) -> None:
    """Without a time."""
    verb("clock", "freeze")

    assert mock.clock.is_frozen


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("advance", "9x"), "'9x' is not a duration, as 90 (seconds), 1h30m or -2d"),
        (("freeze", "2026-01-31T12:00:00"), "is not an ISO 8601 time with Z or an offset"),
    ],
)
def test_malformed_time_is_refused(verb: Verb, words: tuple[str, ...], message: str) -> None:
    """The message says what is expected."""
    refused = verb("clock", *words)

    assert refused.code in (1, 2)
    assert message in refused.err


def test_options_before_the_word_count(
    verb: Verb, mock: TiledeskMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--url and --json have the same effect before and after it."""
    monkeypatch.setenv("TILEDESK_MOCK_URL", "http://127.0.0.1:1")

    (clock,) = verb("clock", "--url", mock.url, "--json", "freeze", "2026-01-31T12:00:00Z").documents

    assert clock["now"] == mock.clock.iso() == "2026-01-31T12:00:00.000Z"
