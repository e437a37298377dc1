"""The rate limit, to the millisecond of the emulator's clock."""

from __future__ import annotations

import pytest

from tiledesk_mock.faults.rate_limit import RateLimit
from tiledesk_mock.tiledesk.clock import Clock


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    clock = Clock()
    clock.freeze("2026-01-31T00:00:00Z")
    return clock


def test_as_many_as_allowed_pass(clock: Clock) -> None:
    """And not one more."""
    limit = RateLimit(3, 60, clock)

    assert [limit.retry_after("a") for _ in range(4)] == [0, 0, 0, 60]


def test_callers_do_not_share_a_limit(clock: Clock) -> None:
    """One client does not use up another one's."""
    limit = RateLimit(1, 60, clock)

    assert [limit.retry_after(caller) for caller in "abab"] == [0, 0, 60, 60]


def test_the_window_moves_with_the_clock(clock: Clock) -> None:
    """A request is let through as soon as the oldest is a minute old, not a millisecond before."""
    limit = RateLimit(2, 60, clock)
    limit.retry_after("a")
    clock.advance(30)
    limit.retry_after("a")

    clock.advance(29.999)
    early = limit.retry_after("a")
    clock.advance(0.001)

    assert (early, limit.retry_after("a"), limit.retry_after("a")) == (1, 0, 30)


def test_a_refused_request_does_not_count(clock: Clock) -> None:
    """Who keeps knocking is let in at the same time."""
    limit = RateLimit(1, 60, clock)
    for _ in range(10):
        limit.retry_after("a")

    clock.advance(60)

    assert limit.retry_after("a") == 0


def test_a_clock_set_back_locks_nobody_out(clock: Clock) -> None:
    """What passed later than now has not passed yet."""
    limit = RateLimit(1, 60, clock)
    limit.retry_after("a")

    clock.advance(-3600)

    assert limit.retry_after("a") == 0


def test_forgetting_begins_anew(clock: Clock) -> None:
    """As a reset does."""
    limit = RateLimit(1, 60, clock)
    limit.retry_after("a")

    limit.reset()

    assert limit.retry_after("a") == 0
