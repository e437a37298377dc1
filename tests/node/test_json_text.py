"""JSON changed in place."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tiledesk_mock.node.json import Json
from tiledesk_mock.node.json_text import JsonPath, change_json, is_json, scalars

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 1]))
def test_nothing_changes_where_nothing_is_changed(value: Json, indent: int | None) -> None:
    """What is not changed stays as it was written, to the byte."""
    text = json.dumps(value, indent=indent)

    assert change_json(text, lambda _, scalar: scalar) == text


@given(JSON)
def test_every_scalar_is_told_with_its_place(value: Json) -> None:
    """The places lead to the values."""
    found = scalars(json.dumps(value))

    assert all(_at(value, place) == scalar for place, scalar in found)


def test_only_what_is_changed_is_written_anew() -> None:
    """Numbers keep the way in which they were written, and blanks stay."""
    text = '{ "a" : 1.0, "b": [1e2, "x"],\n "c": "\\u00e9" }'

    after = change_json(text, lambda place, value: "y" if place == ("b", 1) else value)

    assert after == '{ "a" : 1.0, "b": [1e2, "y"],\n "c": "\\u00e9" }'


def test_places_count_on_after_nested_values() -> None:
    """An item's index is that among its siblings, whatever they hold."""
    places = [place for place, _ in scalars('{"a": [[1], {"b": [2]}, 3], "c": 4}')]

    assert places == [("a", 0, 0), ("a", 1, "b", 0), ("a", 2), ("c",)]


def test_keys_are_renamed() -> None:
    """A key that holds something secret is written anew as well."""

    def change(_: JsonPath, value: Json) -> Json:
        return value

    assert change_json('{"k": {"k": "k"}}', change, str.upper) == '{"K": {"K": "k"}}'


def test_what_is_no_json_is_told() -> None:
    """Text, and JSON that breaks off, are none."""
    assert [is_json(text) for text in ("{}", "1", "", "{", "[" * 100_000)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def _at(value: Json, place: JsonPath) -> Json:
    for part in place:
        value = value[part]
    return value
