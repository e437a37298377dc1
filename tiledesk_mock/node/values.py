"""JavaScript's numbers, and what it makes of values: `Number()`, `String()`, `if (value)`.

In this package a number that JavaScript prints without point and exponent is an int with exactly those
digits; every other number is a float. So `1.0` is 1, and 12345678901234567890, which is not a double, is
12345678901234567000. Negative zero stays the float -0.0, because `util.inspect` prints its sign.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any, Final

_EXACT_LIMIT: Final = 1e15
_EXPONENT_LIMIT: Final = 1e21

WHITE_SPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_RADIX: Final = re.compile(r"0(?:([xX])[0-9a-fA-F]+|([oO])[0-7]+|([bB])[01]+)\Z")
_INFINITY: Final = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}


def number_text(value: float) -> str:
    """Return a number as JavaScript prints it: `1`, `0.1`, `1e-7`, `1e+21`, `Infinity`, `NaN`."""
    if isinstance(value, int) and abs(value) < _EXACT_LIMIT:
        return str(value)
    value = _to_double(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    text = repr(value)
    mantissa, mark, exponent = text.partition("e")
    if not mark:
        return mantissa.removesuffix(".0")
    power = int(exponent)
    if -7 < power < 21:  # ECMAScript prints no exponent within these limits
        return format(Decimal(text), "f")
    return f"{mantissa}e{power:+d}"


def _to_double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def normal_number(value: float) -> float:
    """Return the number as this package keeps it: an int if JavaScript prints it like one, else a float."""
    if isinstance(value, int) and abs(value) < _EXACT_LIMIT:
        return value
    value = _to_double(value)
    if not value.is_integer() or abs(value) >= _EXPONENT_LIMIT or is_negative_zero(value):
        return value
    return int(value) if abs(value) < _EXACT_LIMIT else int(Decimal(repr(value)))


def is_negative_zero(value: float) -> bool:
    """Return whether the number is -0."""
    return value == 0 and math.copysign(1.0, value) < 0


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


def is_truthy(value: Any) -> bool:
    """Return whether JavaScript takes the value for true; empty arrays and objects are true there."""
    return isinstance(value, (list, dict)) or bool(value)


def to_string(value: Any) -> str:
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
