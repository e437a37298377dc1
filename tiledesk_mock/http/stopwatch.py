"""Seconds that pass for real: how long something took, and how long somebody still waits."""

from __future__ import annotations

import time
from collections.abc import Callable


def stopwatch(_source: Callable[[], float] = time.perf_counter) -> float:
    """Return seconds that never go back, from no particular moment.

    What freezes the time of a test, as freezegun does, puts other functions into modules, `time` first: this
    one was taken before, and cannot be found there. Who waits would wait for ever otherwise.
    """
    return _source()
