"""Values are matched with what is expected."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest

from tiledesk_mock.errors import SetupError
from tiledesk_mock.expectations.matching import describe_expected, find_mismatches
from tiledesk_mock.node.json import ABSENT

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("expected", "came"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 2, "d": 3}], "e": 4}}),
        ({"a": int}, {"a": 3}),
        ({"a": float}, {"a": 3}),
        ({"a": re.compile("^ord")}, {"a": "order.paid"}),
        ({"a": lambda value: value > 2}, {"a": 3}),
        ({"a": ...}, {"a": None}),
        ({"a": ABSENT}, {"b": 1}),
        ({"a": NOON}, {"a": "2026-01-31T13:00:00.000+01:00"}),
        ({}, {"a": 1}),
        (None, None),
        (1, 1.0),
        ([], []),
    ],
)
def test_value_as_expected_has_no_mismatches(expected: Any, came: Any) -> None:
    """Each kind of matcher takes its values."""
    assert list(find_mismatches(expected, came)) == []


@pytest.mark.parametrize(
    ("expected", "came"),
    [
        ({"a": 1}, {}),
        ({"a": 1}, [1]),
        ({"a": None}, {}),
        ({"a": ...}, {}),
        ({"a": ABSENT}, {"a": None}),
        ({"a": int}, {"a": True}),
        ({"a": int}, {"a": "1"}),
        ({"a": True}, {"a": 1}),
        ({"a": 0}, {"a": False}),
        ({"a": re.compile("^ord")}, {"a": 1}),
        ({"a": lambda value: value > 2}, {"a": "3"}),
        ({"a": NOON}, {"a": "noon"}),
        ({"a": NOON}, {"a": None}),
        ([1], [1, 2]),
        ([1, 2], [1, 3]),
    ],
)
def test_value_that_is_not_as_expected_is_a_mismatch(expected: Any, came: Any) -> None:
    """A similar value is not enough."""
    assert len(list(find_mismatches(expected, came))) == 1


def test_exact_refuses_what_was_not_expected() -> None:
    """At any depth."""
    found = find_mismatches({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, exact=True)

    assert [(mismatch.path, mismatch.expected, mismatch.came) for mismatch in found] == [
        ("a.c", "nothing", "2")
    ]


def test_mismatch_has_a_path_and_both_values() -> None:
    """And the types, if they differ."""
    (found,) = find_mismatches({"items": [{"price": 10}]}, {"items": [{"price": "10"}]}, "attributes")

    assert found.path == "attributes.items[0].price"
    assert found.expected == "10"
    assert found.came == '"10" (text, not a number)'


def test_what_is_expected_is_described_in_words() -> None:
    """Types, expressions and functions have no JSON."""

    def cheap(price: int) -> bool:
        return price < 10

    expected = {"id": str, "name": re.compile("^order"), "price": cheap, "any": ..., "list": [1, None]}

    assert describe_expected(expected) == (
        '{"id": text, "name": text with /^order/, "price": a value that satisfies cheap, "any": anything, '
        '"list": [1, null]}'
    )


def test_type_with_parameters_is_refused() -> None:
    """It would be called, and take any value."""
    with pytest.raises(SetupError, match=r"list\[int\] matches nothing"):
        list(find_mismatches({"items": list[int]}, {"items": "text"}))
