"""JSON changed in place."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiledesk_mock.node.json import Json
from tiledesk_mock.node.json_text import JsonPath, change_json, is_json, path_pattern, path_text, scalars

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 1]))
def test_unchanged_json_keeps_its_text(value: Json, indent: int | None) -> None:
    """JSON that is not changed is the same to the byte."""
    text = json.dumps(value, indent=indent)

    assert change_json(text, lambda _, scalar: scalar) == text


@given(JSON)
def test_scalars_have_their_paths(value: Json) -> None:
    """Each path leads to its value."""
    found = scalars(json.dumps(value))

    assert all(_at(value, path) == scalar for path, scalar in found)


def test_only_the_changed_value_is_rewritten() -> None:
    """Other numbers keep their notation, and white space does not change."""
    text = '{ "a" : 1.0, "b": [1e2, "x"],\n "c": "\\u00e9" }'

    after = change_json(text, lambda path, value: "y" if path == ("b", 1) else value)

    assert after == '{ "a" : 1.0, "b": [1e2, "y"],\n "c": "\\u00e9" }'


def test_index_counts_siblings_only() -> None:
    """The index of an item does not depend on what its siblings contain."""
    paths = [path for path, _ in scalars('{"a": [[1], {"b": [2]}, 3], "c": 4}')]

    assert paths == [("a", 0, 0), ("a", 1, "b", 0), ("a", 2), ("c",)]


def test_keys_are_renamed() -> None:
    """Keys are rewritten, too, and nothing else is."""

    def change(_: JsonPath, value: Json) -> Json:
        return value

    assert change_json('{"k": {"k": "k"}}', change, str.upper) == '{"K": {"K": "k"}}'


def test_is_json() -> None:
    """Plain text and truncated JSON are not JSON."""
    assert [is_json(text) for text in ("{}", "1", "", "{", "[" * 100_000)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def _at(value: Json, path: JsonPath) -> Json:
    for part in path:
        value = value[part]
    return value


@pytest.mark.parametrize(
    ("path", "text"),
    [((), ""), (("a",), "a"), (("a", 0, "b"), "a[0].b"), ((1, 2), "[1][2]"), (("a", "b-c"), "a.b-c")],
)
def test_path_has_a_text(path: JsonPath, text: str) -> None:
    """Keys follow a dot, indexes are in brackets."""
    assert path_text(path) == text


@pytest.mark.parametrize(
    ("pattern", "path", "is_match"),
    [
        ("attributes.card", ("attributes", "card"), True),
        ("attributes.card", ("attributes", "cards"), False),
        ("attributes.card", ("x", "attributes", "card"), False),
        ("$.attributes.card", ("attributes", "card"), True),
        ("*.card", ("attributes", "card"), True),
        ("*.card", ("a", "b", "card"), False),
        ("events[*].iban", ("events", 12, "iban"), True),
        ("events[*].iban", ("events", "iban"), False),
        ("events[0].iban", ("events", 1, "iban"), False),
        ("**.phone", ("a", 0, "b", "phone"), True),
        ("a.b", ("axb",), False),
    ],
)
def test_pattern_matches_paths(pattern: str, path: JsonPath, is_match: bool) -> None:
    """A star is any key, one in brackets any index, two stars are any part of a path."""
    assert bool(path_pattern([pattern]).fullmatch(path_text(path))) is is_match


def test_no_pattern_matches_no_path() -> None:
    """The empty path is not matched either."""
    assert path_pattern([]).fullmatch("") is None


@pytest.mark.parametrize("quote", ['"', "'"])
def test_long_string_takes_little_memory(quote: str) -> None:
    """A string of 1 MB takes a few MB (it was 114)."""
    text = f"{{{quote}a{quote}: {quote}{'x' * 1_000_000}{quote}}}"
    tracemalloc.start()
    try:
        change_json(text, lambda _, scalar: scalar)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 20_000_000
