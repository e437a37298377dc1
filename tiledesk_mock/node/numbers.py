"""JavaScript's numbers, which are all IEEE doubles, and how they are printed.

In this package a number that JavaScript prints without point and exponent is an int with exactly those
digits; every other number is a float. So `1.0` is 1, and 12345678901234567890, which is not a double, is
12345678901234567000. Negative zero stays the float -0.0, because `util.inspect` prints its sign.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

_EXACT_LIMIT: Final = 1e15
_EXPONENT_LIMIT: Final = 1e21


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
