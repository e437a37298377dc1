"""The emulator's clock, which a tester can shift or freeze, and its format of times."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from ..text import late_pattern

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_NAIVE_EPOCH: Final = datetime(1970, 1, 1)  # without a time zone, datetimes subtract faster
_MILLISECOND: Final = timedelta(milliseconds=1)
_FRACTION: Final = re.compile(r"\.(\d+)")
_DURATION: Final = late_pattern(r"(?:[0-9]+[wdhms])+")
_STEP: Final = late_pattern(r"([0-9]+)([wdhms])")
_UNITS: Final = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}
_TIMES: Final = range(253_370_764_800_000)
"""The milliseconds to which a clock can be set: to the end of 9998, so that later times can be computed."""


def format_time(milliseconds: int) -> str:
    """Return milliseconds since 1970 as Tiledesk writes a time: `2026-01-31T23:59:59.123Z`."""
    time = _NAIVE_EPOCH + timedelta(milliseconds=milliseconds)
    return time.isoformat(timespec="milliseconds") + "Z"


@lru_cache(1)
def parse_formatted_time(text: str) -> int:
    """Return a time of `format_time` as milliseconds; raise ValueError if the text is not a time.

    The last result is cached, because storing an event reads its creation time more than once.
    """
    return (datetime.fromisoformat(text.removesuffix("Z")) - _NAIVE_EPOCH) // _MILLISECOND


def parse_time(text: str) -> datetime:
    """Parse an ISO 8601 time with any number of decimals, of which six count; raise ValueError if malformed.

    Python before 3.11 parses only three or six decimals, and no Z.
    """
    text = _FRACTION.sub(lambda match: "." + match[1][:6].ljust(6, "0"), text)
    return datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))


def parse_duration(text: str) -> int:
    """Return a duration like `1h30m` in milliseconds; the units are w, d, h, m and s. Raises ValueError."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text} is not a duration like 1h30m")
    return sum(int(count) * _UNITS[unit] for count, unit in _STEP.findall(text))


def to_milliseconds(time: str | datetime) -> int:
    """Return an ISO 8601 string or an aware datetime as milliseconds since 1970.

    Raises ValueError if the text is malformed, or the time has no time zone.
    """
    if isinstance(time, str):
        time = parse_time(time)
    if time.tzinfo is None:
        raise ValueError(f"{time.isoformat()} has no time zone: add Z or an offset")
    return (time - _EPOCH) // _MILLISECOND


class Clock:
    """Milliseconds since 1970, by default the machine's; safe to use from many threads.

    A frozen clock stands still until it is advanced, a shifted one runs on. `on_change` reports jumps, for
    those that wait for a time of this clock.
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
        return self._machine_time() + self._offset if frozen is None else frozen

    def iso(self) -> str:
        """Return the time as Tiledesk writes it."""
        return format_time(self.now())

    @property
    def is_frozen(self) -> bool:
        """Return whether the clock stands still."""
        return self._frozen is not None

    @property
    def is_shifted(self) -> bool:
        """Return whether the clock runs, at another time than the machine's."""
        return not self.is_frozen and self._offset != 0

    def freeze(self, moment: str | datetime | None = None) -> None:
        """Stop the clock at `moment`, by default now; raise ValueError outside of 1970 to 9998."""
        at = self.now() if moment is None else _checked(to_milliseconds(moment))
        with self._lock:
            self._frozen = at
        self._notify()

    def set(self, moment: str | datetime) -> None:
        """Set the clock, which runs on from `moment`; raise ValueError outside of 1970 to 9998."""
        at = _checked(to_milliseconds(moment))
        with self._lock:
            self._frozen, self._offset = None, at - self._machine_time()
        self._notify()

    def advance(self, seconds: float) -> None:
        """Move the clock by `seconds` (back if negative), whether it is frozen or running.

        Raises ValueError if that leads to before 1970 or after 9998.
        """
        if not math.isfinite(seconds):
            raise ValueError(f"{seconds} is not a number of seconds")
        step = round(seconds * 1000)
        with self._lock:
            _checked(self.now() + step)
            if self._frozen is None:
                self._offset += step
            else:
                self._frozen += step
        self._notify()

    def reset(self) -> None:
        """Return to the machine's time."""
        with self._lock:
            self._frozen, self._offset = None, 0
        self._notify()

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each jump; return a function that ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _machine_time(self) -> int:
        return int(self._source() * 1000)

    def _notify(self) -> None:
        for listener in tuple(self._listeners):
            listener()


def _checked(time: int) -> int:
    if time not in _TIMES:
        raise ValueError("a clock goes from 1970 to 9998")
    return time
