"""Conversions of numbers and texts; `data/numbers.json` has the results of Node 20."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tiledesk_mock.node.values import (
    is_truthy,
    normal_number,
    number_text,
    to_number,
    to_string,
    utf16_length,
)

from .library_results import library_results


@pytest.mark.parametrize(("text", "printed"), library_results("numbers"))
def test_to_number(text: str, printed: str) -> None:
    """A text converts to the number that `Number(text)` returns."""
    number = to_number(text)

    assert ("-" if math.copysign(1, number) < 0 and number == 0 else "") + number_text(number) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (None, "null"),
        (True, "true"),
        (1.0, "1"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (10**400, "Infinity"),
        ([1, [None, "a"], {}], "1,,a,[object Object]"),
        ([], ""),
        ({"a": 1}, "[object Object]"),
    ],
)
def test_to_string(value: Any, printed: str) -> None:
    """A value converts to the text that `String(value)` returns."""
    assert to_string(value) == printed


def test_to_string_object_with_a_field_to_string_raises() -> None:
    """JavaScript calls the field, which is not a function."""
    with pytest.raises(TypeError):
        to_string([{"toString": "x"}])


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1.0, 1), (2**53 + 1, 2**53), (12345678901234567890, 12345678901234567000), (1.5, 1.5), (10**21, 1e21)],
)
def test_normal_number_is_rounded_to_a_double(number: float, expected: float) -> None:
    """A number that JavaScript prints like an int is an int, any other a float."""
    normal = normal_number(number)

    assert (normal, type(normal)) == (expected, type(expected))


@pytest.mark.parametrize("value", [0, 0.0, "", None, False])
def test_is_truthy_false(value: Any) -> None:
    """Zero, null and the empty text are false, as in Python."""
    assert not is_truthy(value)


@pytest.mark.parametrize("value", [1, "0", [], {}, True])
def test_is_truthy_true(value: Any) -> None:
    """Empty arrays and objects are true, unlike in Python."""
    assert is_truthy(value)


def test_utf16_length() -> None:
    """A character outside of the first plane counts twice."""
    assert utf16_length("aé😀") == 4
