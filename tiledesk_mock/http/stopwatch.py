"""Real seconds, for durations and timeouts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

BEGAN: Final = "tiledesk_mock.began"
"""Environ key of the time at which a request's head came, on the stopwatch. This package's server sets it."""


def stopwatch(_source: Callable[[], float] = time.perf_counter) -> float:
    """Return monotonic seconds since an arbitrary point in time.

    Tools that freeze the time of a test, like freezegun, replace the functions of `time`, and a wait would
    never end. The default argument keeps the original function, where they do not find it.
    """
    return _source()
