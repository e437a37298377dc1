"""JSON values, and the one that stands for a field that was not given."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict."""


class Absent(Enum):
    """Tells a field that was not given from one that is null."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent.ABSENT
