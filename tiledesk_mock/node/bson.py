"""What becomes of a value on its way to MongoDB and back: mongoose's clone, BSON's checks and strings."""

from __future__ import annotations

import re
from typing import Any, Final

from ..errors import EventNotSaved, NoResponse
from .json import ABSENT, Absent, Json, in_property_order
from .numbers import normal_number
from .values import is_truthy, to_string

_PROTOTYPE: Final = "__proto__"
_UNCLONED_KEYS: Final = frozenset({_PROTOTYPE, "constructor", "prototype"})
_MONGOOSE_MARKS: Final = ("isMongooseArray", "isMongooseBuffer", "$isMongooseMap")
_SPECIAL_KEYS: Final = _UNCLONED_KEYS.union(("$__", *_MONGOOSE_MARKS))
_UNCHECKED_KEYS: Final = frozenset({"$db", "$ref", "$id", "$clusterTime"})
_REFUSED_IN_KEYS: Final = re.compile(r"[.\0]|\A\$")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def minimize(value: Json | Absent) -> Json | Absent:
    """Return the value as mongoose clones it: without empty objects in objects, and what is empty by that.

    ABSENT if nothing remains. Empty objects in arrays stay. Raises NoResponse for an object that mongoose
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


_HEX24: Final = re.compile(r"[0-9a-fA-F]{24}\Z")


_TWELVE_CHARACTERS: Final = 24


def object_id(text: str) -> str | None:
    """Read an ObjectId as mongoose does; return its 24 lower-case hex digits, or None if it is malformed.

    24 hex digits are one, and so is any string of twelve characters: the low bytes of their UTF-16 codes.
    """
    if _HEX24.match(text):
        return text.lower()
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) == _TWELVE_CHARACTERS:
        return units[::2].hex()
    return None


def cast_object_id(value: Json) -> str | None:
    """Read an ObjectId as mongoose does that is given as any JSON value; None for what is none."""
    if isinstance(value, dict):
        value = value.get("_id")
    return None if value is None or isinstance(value, dict) else object_id(to_string(value))
