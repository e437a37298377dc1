"""The order in which MongoDB sorts values: by type, then by value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import isnan
from typing import Any, Final

from .json import Json

OrderKey = tuple[int, Any]
"""The rank of a type, and a value that compares with all others of that type."""

UNDEFINED: Final[OrderKey] = (0, 0)
NULL: Final[OrderKey] = (1, 0)
_NAN: Final[OrderKey] = (2, 0)
_NUMBER: Final = 3
_STRING: Final = 4
_OBJECT: Final = 5
_ARRAY: Final = 6
_OBJECT_ID: Final = 7
_BOOLEAN: Final = 8
_DATE: Final = 9

_INDEX: Final = re.compile(r"(?:0|[1-9][0-9]*)\Z")
_TYPED: Final = {"_id": _OBJECT_ID, "project_user": _OBJECT_ID, "createdAt": _DATE, "updatedAt": _DATE}
"""The fields of an event that are strings in JSON and have another type in MongoDB."""


def order_key(value: Any) -> OrderKey:
    """Return what a JSON value is sorted by among all values.

    Objects compare field by field: type of the value, then name, then value. Where all fields are equal, the
    shorter object comes first. Arrays compare likewise, without names.
    """
    return _KEYS[type(value)](value)


def sort_key(document: dict[str, Json], path: str, direction: int) -> OrderKey:
    """Return what an event's document is sorted by for the dotted `path`; `direction` is 1 (up) or -1 (down).

    A missing field counts as null. Where the path leads to or through an array, the smallest value counts
    upwards and the largest downwards; an empty array at the end of the path sorts below null.
    """
    rank = _TYPED.get(path)
    if rank is not None:
        value = document.get(path)
        return NULL if value is None else (rank, value)
    first, *rest = path.split(".")
    if first in _TYPED:
        return NULL
    keys = _at_path(document, [first, *rest])
    try:
        return min(keys) if direction > 0 else max(keys)
    except RecursionError:  # nested deeper than MongoDB stores it
        return NULL


def _at_path(value: Any, path: list[str]) -> Iterator[OrderKey]:
    """Yield the order keys of everything that `path` reaches from `value`: at least one."""
    if not path:
        return _elements(value)
    if isinstance(value, dict):
        return _in_object(value, path)
    return iter((NULL,))


def _in_object(document: dict[str, Json], path: list[str]) -> Iterator[OrderKey]:
    """Follow `path` into an object, and through an array that it finds there."""
    name, *rest = path
    value = document.get(name)
    if not rest or not isinstance(value, list):
        return _at_path(value, rest)
    return _in_array(value, rest)


def _in_array(values: list[Any], path: list[str]) -> Iterator[OrderKey]:
    """Follow `path` through an array: to an existing index that it names, else into each element."""
    if not values:
        return iter((NULL,))
    index = int(path[0]) if _INDEX.match(path[0]) else len(values)
    if index < len(values):
        value, rest = values[index], path[1:]
        return _in_array(value, rest) if rest and isinstance(value, list) else _at_path(value, rest)
    return (found for value in values for found in _at_path(value, path))


def _elements(value: Any) -> Iterator[OrderKey]:
    """Yield the order key of a value, or those of an array's elements."""
    if not isinstance(value, list):
        return iter((order_key(value),))
    return map(order_key, value) if value else iter((UNDEFINED,))


def _number(value: float) -> OrderKey:
    return _NAN if isnan(value) else (_NUMBER, value)


def _object(value: dict[str, Any]) -> OrderKey:
    keys = ((name, order_key(item)) for name, item in value.items())
    return _OBJECT, tuple((rank, name, inner) for name, (rank, inner) in keys)


_KEYS: Final[dict[type, Callable[[Any], OrderKey]]] = {
    type(None): lambda _: NULL,
    bool: lambda value: (_BOOLEAN, value),
    int: lambda value: (_NUMBER, value),
    float: _number,
    str: lambda value: (_STRING, value),
    dict: _object,
    list: lambda value: (_ARRAY, tuple(map(order_key, value))),
}
