"""What mongoose and BSON make of values: clones, refused keys, what is read back, ObjectIds, order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import isnan
from typing import Any, Final

from ..errors import EventNotSaved, NoResponse
from .json import ABSENT, LONE_SURROGATE, Absent, Json, in_property_order
from .values import is_truthy, normal_number, to_string

_PROTOTYPE: Final = "__proto__"
_DROPPED_KEYS: Final = frozenset({_PROTOTYPE, "constructor", "prototype"})
_MONGOOSE_FLAGS: Final = ("isMongooseArray", "isMongooseBuffer", "$isMongooseMap")
_SPECIAL_KEYS: Final = _DROPPED_KEYS.union(("$__", *_MONGOOSE_FLAGS))
_ALLOWED_KEYS: Final = frozenset({"$db", "$ref", "$id", "$clusterTime"})
_FORBIDDEN_IN_KEYS: Final = re.compile(r"[.\0]|\A\$")


def minimize(value: Json | Absent) -> Json | Absent:
    """Return the value as mongoose clones it: without empty objects, and those that become empty by that.

    Returns ABSENT for an empty object; empty objects in arrays stay. Raises NoResponse for an object that
    mongoose takes for one of its own documents, which ends Tiledesk's process.
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
    if value.get("$__") is not None or any(is_truthy(value.get(flag)) for flag in _MONGOOSE_FLAGS):
        raise NoResponse("attributes: mongoose takes an object for one of its own documents")
    if is_truthy(value.get("constructor")):
        # mongoose calls valueOf() of such an object, which returns the object itself.
        if value.get("valueOf") is not None:
            raise NoResponse("attributes: mongoose calls valueOf, which is not a function")
        return value
    members = {key: minimize(item) for key, item in value.items() if key not in _DROPPED_KEYS}
    return {key: item for key, item in members.items() if item is not ABSENT}


def check_keys(value: Json | Absent) -> None:
    """Raise EventNotSaved with BSON's message for the first key that BSON refuses to write."""
    if isinstance(value, dict):
        bson_type = value.get("_bsontype")
        if bson_type is not None:
            raise EventNotSaved(f"Unrecognized or invalid _bsontype: {to_string(bson_type)}")
        for key, item in value.items():
            _check_override(item)
            if _FORBIDDEN_IN_KEYS.search(key) and key not in _ALLOWED_KEYS:
                raise EventNotSaved(f"key {key} must not {_key_problem(key)}")
            check_keys(item)
    elif isinstance(value, list):
        for item in value:
            _check_override(item)
            check_keys(item)


def _check_override(value: Json) -> None:
    if isinstance(value, dict) and is_truthy(value.get("toBSON")):
        raise EventNotSaved("toBSON is not a function")


def _key_problem(key: str) -> str:
    if "\0" in key:
        return "contain null bytes"
    return "start with '$'" if key.startswith("$") else "contain '.'"


def as_read_back(value: Json | Absent) -> Any:
    """Return the value as it is read back from MongoDB.

    BSON is UTF-8, so a lone surrogate becomes U+FFFD; and its reader drops a key `__proto__`.
    """
    if isinstance(value, str):
        return value if value.isascii() else LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [as_read_back(item) for item in value]
    if isinstance(value, dict):
        kept = [(as_read_back(key), as_read_back(item)) for key, item in value.items() if key != _PROTOTYPE]
        return in_property_order(kept)
    return value


_HEX24: Final = re.compile(r"[0-9a-fA-F]{24}\Z")
_TWELVE_UNITS: Final = 24  # bytes of UTF-16


def object_id(text: str) -> str | None:
    """Return an ObjectId as 24 lower-case hex digits, or None if it is malformed.

    As in mongoose, a string of twelve UTF-16 units is an ObjectId, too: the low bytes of its units.
    """
    if _HEX24.match(text):
        return text.lower()
    units = text.encode("utf-16-le", "surrogatepass")
    return units[::2].hex() if len(units) == _TWELVE_UNITS else None


def cast_string(value: Json) -> str:
    """Return the string that mongoose casts a value to (other than null); raise TypeError if it does not."""
    if isinstance(value, dict) and isinstance(value.get("_id"), str) and value["_id"]:
        return str(value["_id"])
    if isinstance(value, (dict, list)):
        raise TypeError("an object or array is not text")
    return to_string(value)


def cast_optional_string(value: Json | Absent) -> str | Absent | None:
    """Return a field as `cast_string` does; null and a missing field stay as they are. Raises TypeError."""
    return value if value is None or value is ABSENT else cast_string(value)


def cast_object_id(value: Json) -> str | None:
    """Return the ObjectId that mongoose casts a JSON value to, or None if it does not cast it."""
    if isinstance(value, dict):
        value = value.get("_id")
    return None if value is None or isinstance(value, dict) else object_id(to_string(value))


OrderKey = tuple[int, Any]
"""The rank of a type, and a value that compares with all others of that type."""

UNDEFINED: Final[OrderKey] = (0, 0)
NULL: Final[OrderKey] = (1, 0)
_NAN: Final[OrderKey] = (2, 0)
_NUMBER, _STRING, _OBJECT, _ARRAY, _OBJECT_ID, _BOOLEAN, _DATE = range(3, 10)

_INDEX: Final = re.compile(r"(?:0|[1-9][0-9]{0,8})\Z")
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
    if not isinstance(value, dict):
        return iter((NULL,))
    name, *rest = path
    member = value.get(name)
    return _in_array(member, rest) if rest and isinstance(member, list) else _at_path(member, rest)


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


def _object(value: dict[str, Any]) -> OrderKey:
    keys = ((name, order_key(item)) for name, item in value.items())
    return _OBJECT, tuple((rank, name, inner) for name, (rank, inner) in keys)


_KEYS: Final[dict[type, Callable[[Any], OrderKey]]] = {
    type(None): lambda _: NULL,
    bool: lambda value: (_BOOLEAN, value),
    int: lambda value: (_NUMBER, value),
    float: lambda value: _NAN if isnan(value) else (_NUMBER, value),
    str: lambda value: (_STRING, value),
    dict: _object,
    list: lambda value: (_ARRAY, tuple(map(order_key, value))),
}
