"""The emulator's time: real, shifted or frozen, in the tester's hand."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_ORIGIN: Final = datetime(1970, 1, 1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_FRACTION: Final = re.compile(r"\.(\d+)")
_TIMES: Final = range(253_370_764_800_000)
"""Milliseconds that a clock can be put to, to the end of 9998: there is room for what is later or earlier."""


def format_time(milliseconds: int) -> str:
    """Write milliseconds since 1970 as Tiledesk does: `2026-01-31T23:59:59.123Z`."""
    moment = _ORIGIN + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds") + "Z"


@lru_cache(1)
def read_time(text: str) -> int:
    """Parse what `format_time` returns; raise ValueError for any other text.

    The last time is kept: storing an event reads its creation time more than once.
    """
    return (datetime.fromisoformat(text.removesuffix("Z")) - _ORIGIN) // _MILLISECOND


def parse_time(text: str) -> datetime:
    """Read ISO 8601 with any number of decimals, of which six count; raise ValueError for what is no time.

    Python before 3.11 reads three or six decimals only, and no Z.
    """
    written = _FRACTION.sub(lambda match: "." + match[1][:6].ljust(6, "0"), text)
    return datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", written))


def to_milliseconds(moment: str | datetime) -> int:
    """Read an ISO 8601 string or an aware datetime as milliseconds since 1970.

    Raises ValueError for text that is no time, and for a time without an offset.
    """
    if isinstance(moment, str):
        moment = parse_time(moment)
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: add Z or an offset")
    return (moment - _EPOCH) // _MILLISECOND


class Clock:
    """Milliseconds since 1970, by default the machine's; safe to use from many threads.

    Frozen, it stands still until it is advanced; shifted, it runs on from where it was put. Whoever waits
    for a moment of this clock is told of jumps through `on_change`.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source: Final = source
        self._lock: Final = threading.Lock()
        self._listeners: Final[list[Callable[[], None]]] = []
        self._offset = 0
        self._frozen: int | None = None

    def now(self) -> int:
        """Return the time in milliseconds since 1970."""
        frozen = self._frozen
        return self._real() + self._offset if frozen is None else frozen

    def iso(self) -> str:
        """Return the time as Tiledesk writes it."""
        return format_time(self.now())

    @property
    def is_frozen(self) -> bool:
        """Tell whether the clock stands still."""
        return self._frozen is not None

    def freeze(self, moment: str | datetime | None = None) -> None:
        """Stand still at `moment`, or where the clock is; raise ValueError for one before 1970."""
        at = self.now() if moment is None else _within(to_milliseconds(moment))
        with self._lock:
            self._frozen = at
        self._tell()

    def set(self, moment: str | datetime) -> None:
        """Run on from `moment`; raise ValueError for one before 1970."""
        at = _within(to_milliseconds(moment))
        with self._lock:
            self._frozen, self._offset = None, at - self._real()
        self._tell()

    def advance(self, seconds: float) -> None:
        """Jump ahead (or back, if negative) by `seconds`, frozen or running.

        Raises ValueError for a jump to before 1970 or after 9998.
        """
        if not math.isfinite(seconds):
            raise ValueError(f"{seconds} is no number of seconds")
        step = round(seconds * 1000)
        with self._lock:
            _within(self.now() + step)
            if self._frozen is None:
                self._offset += step
            else:
                self._frozen += step
        self._tell()

    def reset(self) -> None:
        """Go back to the machine's time."""
        with self._lock:
            self._frozen, self._offset = None, 0
        self._tell()

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each jump; return what undoes that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _real(self) -> int:
        return int(self._source() * 1000)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()


def _within(moment: int) -> int:
    if moment not in _TIMES:
        raise ValueError("a clock goes from 1970 to 9998")
    return moment
