"""What becomes of a value on its way to MongoDB and back: mongoose's clone, BSON's checks and strings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from math import isnan
from typing import Any, Final

from ..errors import EventNotSaved, NoResponse
from .json import ABSENT, Absent, Json
from .numbers import normal_number
from .values import in_property_order, is_truthy, to_string

_PROTOTYPE: Final = "__proto__"
_UNCLONED_KEYS: Final = frozenset({_PROTOTYPE, "constructor", "prototype"})
_MONGOOSE_MARKS: Final = ("isMongooseArray", "isMongooseBuffer", "$isMongooseMap")
_SPECIAL_KEYS: Final = _UNCLONED_KEYS.union(("$__", *_MONGOOSE_MARKS))
_UNCHECKED_KEYS: Final = frozenset({"$db", "$ref", "$id", "$clusterTime"})
_REFUSED_IN_KEYS: Final = re.compile(r"[.\0]|\A\$")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def minimize(value: Json | Absent) -> Json | Absent:
    """Return the value as mongoose clones it: without empty objects in objects, and what is empty by that.

    ABSENT if nothing remains. Empty objects in arrays stay. Raises NeverAnswered for an object that mongoose
    takes for one of its own: Tiledesk's process ends on it.
    """
    if isinstance(value, dict):
        return _members(value) or ABSENT
    if isinstance(value, list):
        return [_members(item) if isinstance(item, dict) else minimize(item) for item in value]
    return (normal_number(value) or 0) if isinstance(value, float) else value


def _members(value: dict[str, Json]) -> dict[str, Json]:
    if not _SPECIAL_KEYS.isdisjoint(value):
        return _special_members(value)
    return {key: kept for key, item in value.items() if (kept := minimize(item)) is not ABSENT}


def _special_members(value: dict[str, Json]) -> dict[str, Json]:
    if value.get("$__") is not None or any(is_truthy(value.get(mark)) for mark in _MONGOOSE_MARKS):
        raise NoResponse("attributes: mongoose takes an object for one of its own documents")
    if is_truthy(value.get("constructor")):
        return _unminimized(value)
    members = {key: minimize(item) for key, item in value.items() if key not in _UNCLONED_KEYS}
    return {key: item for key, item in members.items() if item is not ABSENT}


def _unminimized(value: dict[str, Json]) -> dict[str, Json]:
    """Return an object whose own `constructor` makes mongoose ask for its `valueOf()`: itself."""
    if value.get("valueOf") is not None:
        raise NoResponse("attributes: mongoose calls valueOf, which is no function")
    return value


def check_keys(value: Json | Absent) -> None:
    """Raise EventNotSaved with BSON's sentence for the first key that it refuses, in the order of writing."""
    if isinstance(value, dict):
        _check_type(value)
        for key, item in value.items():
            _check_override(item)
            _check_key(key)
            check_keys(item)
    elif isinstance(value, list):
        for item in value:
            _check_override(item)
            check_keys(item)


def _check_override(value: Json) -> None:
    if isinstance(value, dict) and is_truthy(value.get("toBSON")):
        raise EventNotSaved("toBSON is not a function")


def _check_type(value: dict[str, Json]) -> None:
    kind = value.get("_bsontype")
    if kind is not None:
        raise EventNotSaved(f"Unrecognized or invalid _bsontype: {to_string(kind)}")


def _check_key(key: str) -> None:
    if not _REFUSED_IN_KEYS.search(key) or key in _UNCHECKED_KEYS:
        return
    if "\0" in key:
        raise EventNotSaved(f"key {key} must not contain null bytes")
    if key.startswith("$"):
        raise EventNotSaved(f"key {key} must not start with '$'")
    if "." in key:
        raise EventNotSaved(f"key {key} must not contain '.'")


def as_read_back(value: Json | Absent) -> Any:
    """Return the value as it is read later.

    BSON is UTF-8, so half a surrogate pair is U+FFFD; and its reader loses what is called `__proto__`.
    """
    if isinstance(value, str):
        return value if value.isascii() else _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [as_read_back(item) for item in value]
    if isinstance(value, dict):
        kept = [(as_read_back(key), as_read_back(item)) for key, item in value.items() if key != _PROTOTYPE]
        return in_property_order(kept)
    return value


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
