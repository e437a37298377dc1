"""What JavaScript makes of values: `Number()`, `String()`, `if (value)`, and the length of a string."""

from __future__ import annotations

import math
import re
from typing import Final

from .json import Json
from .numbers import number_text

WHITE_SPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_RADIX: Final = re.compile(r"0(?:([xX])[0-9a-fA-F]+|([oO])[0-7]+|([bB])[01]+)\Z")
_INFINITY: Final = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}


def utf16_length(text: str) -> int:
    """Return the length of a string as JavaScript counts it: in UTF-16 units."""
    return len(text) if text.isascii() else len(text) + len(_ASTRAL.findall(text))


def to_number(text: str) -> float:
    """Return what `Number(text)` returns: NaN if the text is no number, 0 if it is blank."""
    text = text.strip(WHITE_SPACE)
    if not text:
        return 0.0
    if _DECIMAL.match(text):
        return float(text)
    if not _RADIX.match(text):
        return _INFINITY.get(text, math.nan)
    try:
        return float(int(text, 0))
    except OverflowError:
        return math.inf


def is_truthy(value: Json) -> bool:
    """Return whether JavaScript takes the value for true; empty arrays and objects are true there."""
    return isinstance(value, (list, dict)) or bool(value)


def to_string(value: Json) -> str:
    """Return what `String(value)` returns: items joined with commas, `[object Object]` for an object.

    Raises TypeError for an object with a field `toString`, as JavaScript does, which tries to call it.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, list):
        return ",".join("" if item is None else to_string(item) for item in value)
    if value is None:
        return "null"
    if "toString" in value:
        raise TypeError("Cannot convert object to primitive value")
    return "[object Object]"
