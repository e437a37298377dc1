"""ObjectIds as mongoose reads them."""

from __future__ import annotations

import re
from typing import Final

from .json import Json
from .values import to_string

_HEX24: Final = re.compile(r"[0-9a-fA-F]{24}\Z")


_TWELVE_CHARACTERS: Final = 24


def object_id(text: str) -> str | None:
    """Read an ObjectId as mongoose does; return its 24 lower-case hex digits, or None if it is malformed.

    24 hex digits are one, and so is any string of twelve characters: the low bytes of their UTF-16 codes.
    """
    if _HEX24.match(text):
        return text.lower()
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) == _TWELVE_CHARACTERS:
        return units[::2].hex()
    return None


def cast_object_id(value: Json) -> str | None:
    """Read an ObjectId as mongoose does that is given as any JSON value; None for what is none."""
    if isinstance(value, dict):
        value = value.get("_id")
    return None if value is None or isinstance(value, dict) else object_id(to_string(value))
