"""Numbers, strings and JSON as Node 20 has them; `data/` holds its answers."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tiledesk_mock.node.json import MAX_DEPTH, parse_json, stringify
from tiledesk_mock.node.numbers import normal_number, number_text
from tiledesk_mock.node.values import is_truthy, to_number, to_string, utf16_length

from .answers import answers


@pytest.mark.parametrize(("text", "printed"), answers("numbers"))
def test_to_number(text: str, printed: str) -> None:
    """A text is the number that `Number(text)` is."""
    number = to_number(text)

    assert ("-" if math.copysign(1, number) < 0 and number == 0 else "") + number_text(number) == printed


@pytest.mark.parametrize(("text", "printed"), answers("json"))
def test_json_goes_through_unchanged_as_through_node(text: str, printed: str | None) -> None:
    """What `JSON.parse` reads is read, and written as `JSON.stringify` writes it; the rest is refused."""
    if printed is None:
        with pytest.raises(ValueError):  # noqa: PT011 (any reason will do)
            parse_json(text)
    else:
        assert stringify(parse_json(text)) == printed


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
    """A value is the text that `String(value)` is."""
    assert to_string(value) == printed


def test_to_string_of_an_object_with_a_to_string_is_an_error() -> None:
    """JavaScript would call the field, and it is no function."""
    with pytest.raises(TypeError):
        to_string([{"toString": "x"}])


def test_parse_keeps_the_sign_of_zero() -> None:
    """`util.inspect` shows it, `JSON.stringify` does not."""
    zero = parse_json("-0")

    assert math.copysign(1, zero) == -1
    assert stringify(zero) == "0"


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_parse_refuses_what_is_nested_without_end(opening: str) -> None:
    """A hundred thousand brackets are refused like any text that is no JSON."""
    with pytest.raises(ValueError, match="nested deeper"):
        parse_json(opening * 100_000 + "1" + ("]" if opening == "[" else "}") * 100_000)


def test_parse_reads_what_is_nested_as_deep_as_mongodb_stores() -> None:
    """The last level that is read, and the first that is not."""
    assert parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    with pytest.raises(ValueError, match="nested deeper"):
        parse_json("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_stringify_writes_what_json_does_not_have_as_null(value: float) -> None:
    """So do the numbers that are none inside a document."""
    assert stringify({"a": [value, 1]}) == '{"a":[null,1]}'


def test_stringify_leaves_texts_that_look_like_odd_numbers() -> None:
    """A version is no number, wherever it stands in a text."""
    value = {"a": "1.0,", "b": ["e-05", "x1.0]"], "c": 1e-05}

    assert stringify(value) == '{"a":"1.0,","b":["e-05","x1.0]"],"c":0.00001}'


@pytest.mark.parametrize(
    ("given", "expected"),
    [(1.0, 1), (2**53 + 1, 2**53), (12345678901234567890, 12345678901234567000), (1.5, 1.5), (10**21, 1e21)],
)
def test_normal_number_goes_through_a_double(given: float, expected: float) -> None:
    """An int stands for what JavaScript prints like one, a float for the rest."""
    number = normal_number(given)

    assert (number, type(number)) == (expected, type(expected))


@pytest.mark.parametrize("value", [0, 0.0, "", None, False])
def test_is_truthy_of_nothing(value: Any) -> None:
    """Nothing is falsy, in JavaScript as in Python."""
    assert not is_truthy(value)


@pytest.mark.parametrize("value", [1, "0", [], {}, True])
def test_is_truthy_of_something(value: Any) -> None:
    """Empty containers are truthy, other than in Python."""
    assert is_truthy(value)


def test_length_counts_utf16_units() -> None:
    """A character outside of the first plane counts twice."""
    assert utf16_length("aé😀") == 4
