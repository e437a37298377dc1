"""Times as a seed writes them: ISO 8601, or how long before the start."""

from __future__ import annotations

import re
from typing import Final

from ..domain.clock import iso, milliseconds

_RELATIVE: Final = re.compile(r"-(?:[0-9]+[wdhms])+")
_STEP: Final = re.compile(r"([0-9]+)([wdhms])")
_UNITS: Final = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}
_ABSOLUTE: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def read_time(text: str, start: int) -> str:
    """Return the time that `text` means as Tiledesk writes it; `start` is in milliseconds since 1970.

    Raises ValueError for what is no time, and for a day that no calendar has.
    """
    if _RELATIVE.fullmatch(text):
        return _written(start - sum(int(count) * _UNITS[unit] for count, unit in _STEP.findall(text)))
    match = _ABSOLUTE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is no time")
    day, minute, second, fraction, offset = match.groups()
    return _written(milliseconds(f"{day}T{minute}:{second or '00'}.{fraction or '0'}{offset}"))


def _written(moment: int) -> str:
    try:
        return iso(moment)
    except OverflowError:
        raise ValueError("too long ago") from None
