"""ObjectIds, and the order in which MongoDB sorts values."""

from __future__ import annotations

import itertools

import pytest

from tiledesk_mock.node.bson import NULL, UNDEFINED, object_id, order_key, sort_key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("65F0000000000000000000FF", "65f0000000000000000000ff"),
        ("twelve-chars", "7477656c76652d6368617273"),
        ("nope", None),
        ("", None),
        ("65f0000000000000000000fg", None),
        ("65f0000000000000000000ff\n", None),
    ],
)
def test_object_id(text: str, expected: str | None) -> None:
    """An ObjectId is 24 hex digits in any case, or any twelve characters."""
    assert object_id(text) == expected


ASCENDING = [
    None,
    float("nan"),
    float("-inf"),
    -1,
    0,
    0.5,
    2**60,
    float("inf"),
    "",
    "1",
    "A",
    "a",
    "aa",
    "\uffff",
    "\U0001f600",
    {},
    {"b": None},
    {"a": 1},
    {"a": 1, "b": 0},
    {"a": 2},
    {"b": 1},
    {"a": "x"},
    [],
    [None],
    [1],
    [1, 2],
    [2],
    ["a"],
    [[1]],
    False,
    True,
]


@pytest.mark.parametrize(("lower", "higher"), [*itertools.pairwise(ASCENDING)])
def test_values_ascend(lower, higher):
    """Values are sorted by type, then by value."""
    assert order_key(lower) < order_key(higher)


def test_equal_numbers_are_equal():
    """An int equals a float of the same value, and no boolean."""
    assert order_key(1) == order_key(1.0)
    assert order_key(True) != order_key(1)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("attributes", {"n": 1}),
        ("attributes.n", 1),
        ("name", "x"),
        ("missing", None),
        ("name.x", None),
        ("attributes.n.x", None),
        ("attributes..n", None),
        ("createdAt.x", None),
        ("__v", 0),
    ],
)
def test_sort_key_follows_the_path(path, value):
    """A dotted path leads into objects; a missing field counts as null."""
    document = {"name": "x", "attributes": {"n": 1}, "createdAt": "2026-01-01T00:00:00.000Z", "__v": 0}

    assert sort_key(document, path, 1) == order_key(value)


@pytest.mark.parametrize(
    ("value", "path", "up", "down"),
    [
        ([3, 1, 2], "a", 1, 3),
        ([3, "x", None], "a", None, "x"),
        ([[9], 5], "a", 5, [9]),
        ([{"b": 2}, {"b": 7}, {"b": 4}], "a.b", 2, 7),
        ([{"b": 2}, {}], "a.b", None, 2),
        ([{"b": 2}, 5], "a.b", None, 2),
        ([{"b": [8, 9]}, {"b": 2}], "a.b", 2, 9),
        ([], "a.b", None, None),
        ([5, 6], "a.1", 6, 6),
        ([5, [6, 7]], "a.1", 6, 7),
        ([{"b": 1}, {"b": 2}], "a.1.b", 2, 2),
        ([{"9": 1}, {"9": 2}], "a.9", 1, 2),
        ([{"00": 1}, 5], "a.00", None, 1),
        ([[{"b": 1}]], "a.b", None, None),
    ],
)
def test_sort_key_of_an_array_is_that_of_an_element(value, path, up, down):
    """The smallest element counts upwards, the largest downwards."""
    assert sort_key({"a": value}, path, 1) == order_key(up)
    assert sort_key({"a": value}, path, -1) == order_key(down)


def test_sort_key_of_an_index_of_many_digits_is_that_of_no_element() -> None:
    """Python does not read a number of 5,000 digits."""
    assert sort_key({"a": [1, 2]}, f"a.{'1' * 5_000}", 1) == order_key(None)


def test_empty_array_sorts_below_null():
    """An array without elements sorts as undefined."""
    assert sort_key({"a": []}, "a", 1) == UNDEFINED < NULL


def test_deep_nesting_sorts_as_null():
    """A value that is nested deeper than MongoDB allows can be sorted, too."""
    value = []
    for _ in range(5000):
        value = [value]

    assert sort_key({"a": value}, "a", 1) == NULL


def test_ids_and_dates_have_their_types():
    """ObjectIds, booleans and dates sort after arrays, in this order."""
    document = {"_id": "f" * 24, "createdAt": "2026", "createdBy": "x", "array": [[]], "yes": True}
    paths = ["createdBy", "array", "_id", "yes", "createdAt"]

    keys = [sort_key(document, path, 1) for path in paths]

    assert keys == sorted(keys)
    assert sort_key(document, "project_user", 1) == NULL
