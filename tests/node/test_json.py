"""`JSON.parse` and `JSON.stringify`; `data/json.json` has the results of Node 20."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tiledesk_mock.node.json import (
    MAX_DEPTH,
    exact_json,
    indented_json,
    parse_json,
    stringify,
    with_infinities,
)

from .library_results import library_results


@pytest.mark.parametrize(("text", "printed"), library_results("json"))
def test_parsed_json_is_written_as_by_node(text: str, printed: str | None) -> None:
    """What `JSON.parse` accepts is written as by `JSON.stringify`; any other text raises ValueError."""
    if printed is None:
        with pytest.raises(ValueError):  # noqa: PT011 (any reason will do)
            parse_json(text)
    else:
        assert stringify(parse_json(text)) == printed


def test_parse_json_keeps_the_sign_of_zero() -> None:
    """`util.inspect` prints the sign, `JSON.stringify` does not."""
    zero = parse_json("-0")

    assert math.copysign(1, zero) == -1
    assert stringify(zero) == "0"


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_parse_json_nested_without_end_raises(opening: str) -> None:
    """A hundred thousand brackets raise ValueError, as any text does that is not JSON."""
    with pytest.raises(ValueError, match="nested deeper"):
        parse_json(opening * 100_000 + "1" + ("]" if opening == "[" else "}") * 100_000)


def test_parse_json_nested_to_the_limit_is_parsed() -> None:
    """The deepest level is parsed, the next one raises ValueError."""
    assert parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    with pytest.raises(ValueError, match="nested deeper"):
        parse_json("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_stringify_writes_nan_and_infinity_as_null(value: float) -> None:
    """JSON has no such numbers."""
    assert stringify({"a": [value, 1]}) == '{"a":[null,1]}'


def test_stringify_keeps_texts_that_look_like_numbers() -> None:
    """Only numbers are rewritten."""
    value = {"a": "1.0,", "b": ["e-05", "x1.0]"], "c": 1e-05}

    assert stringify(value) == '{"a":"1.0,","b":["e-05","x1.0]"],"c":0.00001}'


_TEXTS = st.text(st.characters(exclude_categories=()))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXTS, inner),
)


@given(_VALUES)
@example({"a": [], "b": {}, "c": [[], {}, [{}]], "d": "NaN Infinity \ud800", "e": math.inf, "f": math.nan})
@example({"a": '\ud83d\ude00 \u2028 \x7f \\ " /', "b": 1e16, "c": -0.0, "d": 2**70, "e": 5e-324, "": 1.0})
def test_indented_json_is_that_of_python(value: object) -> None:
    """Byte for byte: order, non-ASCII, floats, NaN, large integers, halves of surrogate pairs."""
    text = with_infinities(json.dumps(value, ensure_ascii=False, indent=1))

    assert indented_json(exact_json(value)) == text.encode(errors="backslashreplace")


def test_indented_json_refuses_other_text() -> None:
    """It raises what json.loads raises."""
    with pytest.raises(ValueError, match="Expecting value"):
        indented_json(b"<html>")
