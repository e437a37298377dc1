"""MongoDB's order of values: by the rank of their type, then among themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from math import isnan
from typing import Any, Final

from .json import Json

Key = tuple[int, Any]
"""The rank of a type, and a value that compares with all others of that rank."""

UNDEFINED: Final[Key] = (0, 0)
NULL: Final[Key] = (1, 0)
_NAN: Final[Key] = (2, 0)
_NUMBER: Final = 3
_STRING: Final = 4
_OBJECT: Final = 5
_ARRAY: Final = 6
_OBJECT_ID: Final = 7
_BOOLEAN: Final = 8
_DATE: Final = 9

_POSITION: Final = re.compile(r"(?:0|[1-9][0-9]*)\Z")
_TYPED: Final = {"_id": _OBJECT_ID, "project_user": _OBJECT_ID, "createdAt": _DATE, "updatedAt": _DATE}
"""The top-level fields of an event that JSON writes as strings and MongoDB holds as something else."""


def bson_key(value: Any) -> Key:
    """Return the place of a JSON value among all values.

    Objects compare field by field: type of the value, then name, then value; the shorter one first where
    all of it is equal. Arrays compare likewise, without names.
    """
    return _KEYS[type(value)](value)


def sort_key(document: dict[str, Json], path: str, direction: int) -> Key:
    """Return the place of an event's document when sorting by the dotted `path`, 1 up or -1 down.

    A missing field counts as null. Where the path leads to or through an array, the smallest of what it
    reaches counts upwards, the largest downwards; an empty array at its end lies below null.
    """
    rank = _TYPED.get(path)
    if rank is not None:
        value = document.get(path)
        return NULL if value is None else (rank, value)
    first, *rest = path.split(".")
    if first in _TYPED:
        return NULL
    keys = _reached(document, [first, *rest])
    try:
        return min(keys) if direction > 0 else max(keys)
    except RecursionError:  # nested deeper than MongoDB stores it
        return NULL


def _reached(value: Any, path: list[str]) -> Iterator[Key]:
    """Yield the keys of everything that `path` reaches from `value`, of which there is one at least."""
    if not path:
        return _elements(value)
    if isinstance(value, dict):
        return _within(value, path)
    return iter((NULL,))


def _within(document: dict[str, Json], path: list[str]) -> Iterator[Key]:
    """Follow `path` into an object, and through the array that stands there."""
    name, *rest = path
    value = document.get(name)
    if not rest or not isinstance(value, list):
        return _reached(value, rest)
    return _through(value, rest)


def _through(values: list[Any], path: list[str]) -> Iterator[Key]:
    """Follow `path` through an array: by position, if it names one that there is, else into each element."""
    if not values:
        return iter((NULL,))
    position = int(path[0]) if _POSITION.match(path[0]) else len(values)
    if position < len(values):
        value, rest = values[position], path[1:]
        return _through(value, rest) if rest and isinstance(value, list) else _reached(value, rest)
    return (found for value in values for found in _reached(value, path))


def _elements(value: Any) -> Iterator[Key]:
    """Yield the keys that a value sorts by: its own, or those of an array's elements."""
    if not isinstance(value, list):
        return iter((bson_key(value),))
    return map(bson_key, value) if value else iter((UNDEFINED,))


def _number(value: float) -> Key:
    return _NAN if isnan(value) else (_NUMBER, value)


def _object(value: dict[str, Any]) -> Key:
    return _OBJECT, tuple((rank, name, inner) for name, (rank, inner) in _keyed(value.items()))


def _keyed(items: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Key]]:
    return ((name, bson_key(value)) for name, value in items)


_KEYS: Final[dict[type, Callable[[Any], Key]]] = {
    type(None): lambda _: NULL,
    bool: lambda value: (_BOOLEAN, value),
    int: lambda value: (_NUMBER, value),
    float: _number,
    str: lambda value: (_STRING, value),
    dict: _object,
    list: lambda value: (_ARRAY, tuple(map(bson_key, value))),
}
