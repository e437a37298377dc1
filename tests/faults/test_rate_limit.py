"""The rate limit, to the millisecond of the emulator's clock."""

from __future__ import annotations

import pytest

from tiledesk_mock.faults.rate_limit import RateLimit
from tiledesk_mock.tiledesk.clock import Clock


@pytest.fixture
def clock() -> Clock:
    """Return a stopped clock."""
    clock = Clock()
    clock.freeze("2026-01-31T00:00:00Z")
    return clock


def test_limit_is_exact(clock: Clock) -> None:
    """One request more than the limit is refused."""
    limit = RateLimit(3, 60, clock)

    assert [limit.retry_after("a") for _ in range(4)] == [0, 0, 0, 60]


def test_callers_do_not_share_a_limit(clock: Clock) -> None:
    """Each caller has a limit of its own."""
    limit = RateLimit(1, 60, clock)

    assert [limit.retry_after(caller) for caller in "abab"] == [0, 0, 60, 60]


def test_period_moves_with_the_clock(clock: Clock) -> None:
    """A request is allowed as soon as the oldest is a minute old, not a millisecond before."""
    limit = RateLimit(2, 60, clock)
    limit.retry_after("a")
    clock.advance(30)
    limit.retry_after("a")

    clock.advance(29.999)
    early = limit.retry_after("a")
    clock.advance(0.001)

    assert (early, limit.retry_after("a"), limit.retry_after("a")) == (1, 0, 30)


def test_refused_request_does_not_count(clock: Clock) -> None:
    """Refused requests do not delay the next allowed one."""
    limit = RateLimit(1, 60, clock)
    for _ in range(10):
        limit.retry_after("a")

    clock.advance(60)

    assert limit.retry_after("a") == 0


def test_request_is_allowed_after_the_clock_was_set_back(clock: Clock) -> None:
    """Requests later than now do not count."""
    limit = RateLimit(1, 60, clock)
    limit.retry_after("a")

    clock.advance(-3600)

    assert limit.retry_after("a") == 0


def test_reset_removes_all_requests(clock: Clock) -> None:
    """The next request is allowed."""
    limit = RateLimit(1, 60, clock)
    limit.retry_after("a")

    limit.reset()

    assert limit.retry_after("a") == 0
