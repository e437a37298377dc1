"""The emulator's clock and its times."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tiledesk_mock.tiledesk.clock import Clock, format_time, to_milliseconds


def test_format_time_has_milliseconds() -> None:
    """Times have the format of Tiledesk."""
    assert format_time(1_767_225_600_007) == "2026-01-01T00:00:00.007Z"


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00.007Z", "2026-01-01T01:00:00.007+01:00"])
def test_to_milliseconds(text: str) -> None:
    """A time may have any offset."""
    assert to_milliseconds(text) == 1_767_225_600_007


def test_to_milliseconds_without_time_zone_raises() -> None:
    """The message says what to add to a time without a time zone."""
    with pytest.raises(ValueError, match="add Z or an offset"):
        to_milliseconds("2026-01-01T00:00:00")


def test_clock_frozen_stands_still_until_advanced() -> None:
    """A frozen clock moves only when it is advanced."""
    clock = Clock()
    clock.freeze("2026-01-01T00:00:00Z")

    clock.advance(1.5)

    assert clock.iso() == "2026-01-01T00:00:01.500Z"
    assert clock.is_frozen


def test_clock_set_runs_on() -> None:
    """A clock runs on from the time to which it was set."""
    ticks = iter([10.0, 12.5])
    clock = Clock(lambda: next(ticks))

    clock.set(datetime(2030, 1, 1, tzinfo=timezone.utc))

    assert clock.iso() == "2030-01-01T00:00:02.500Z"


def test_clock_advanced_while_running() -> None:
    """A running clock stays ahead after it was advanced."""
    clock = Clock(lambda: 100.0)

    clock.advance(timedelta(hours=1).total_seconds())

    assert clock.now() == 3_700_000


@pytest.mark.parametrize("seconds", [1e300, -1e12, float("nan"), float("inf")])
def test_clock_advanced_out_of_range_raises(seconds: float) -> None:
    """A jump out of the range raises ValueError, and the clock stays where it was."""
    clock = Clock(lambda: 1_700_000_000.0)

    with pytest.raises(ValueError, match=r"a clock goes from 1970 to 9998|is not a number of seconds"):
        clock.advance(seconds)

    assert clock.iso() == "2023-11-14T22:13:20.000Z"


def test_clock_reset_returns_to_the_machines_time() -> None:
    """A reset ends freezing and shifting."""
    clock = Clock(lambda: 5.0)
    clock.freeze("2026-01-01T00:00:00Z")

    clock.reset()

    assert clock.now() == 5000


def test_on_change_reports_jumps_until_undone() -> None:
    """A listener is called after each jump, and no more after the undo."""
    clock, jumps = Clock(), []
    undo = clock.on_change(lambda: jumps.append(1))

    clock.advance(1)
    undo()
    clock.advance(1)

    assert jumps == [1]
