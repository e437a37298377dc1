"""What becomes of a value on its way to MongoDB and back: mongoose's clone, BSON's checks and strings."""

from __future__ import annotations

import re
from typing import Any, Final

from ..errors import EventNotSaved, NeverAnswered
from .doubles import normal_number
from .javascript import in_property_order, is_truthy, to_string
from .model import ABSENT, Absent, Json

_PROTOTYPE: Final = "__proto__"
_UNCLONED_KEYS: Final = frozenset({_PROTOTYPE, "constructor", "prototype"})
_MONGOOSE_MARKS: Final = ("isMongooseArray", "isMongooseBuffer", "$isMongooseMap")
_SPECIAL_KEYS: Final = _UNCLONED_KEYS.union(("$__", *_MONGOOSE_MARKS))
_UNCHECKED_KEYS: Final = frozenset({"$db", "$ref", "$id", "$clusterTime"})
_REFUSED_IN_KEYS: Final = re.compile(r"[.\0]|\A\$")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def minimized(value: Json | Absent) -> Json | Absent:
    """Return the value as mongoose clones it: without empty objects in objects, and what is empty by that.

    ABSENT if nothing remains. Empty objects in arrays stay. Raises NeverAnswered for an object that mongoose
    takes for one of its own: Tiledesk's process ends on it.
    """
    if isinstance(value, dict):
        return _members(value) or ABSENT
    if isinstance(value, list):
        return [_members(item) if isinstance(item, dict) else minimized(item) for item in value]
    return (normal_number(value) or 0) if isinstance(value, float) else value


def _members(value: dict[str, Json]) -> dict[str, Json]:
    if not _SPECIAL_KEYS.isdisjoint(value):
        return _special_members(value)
    return {key: kept for key, item in value.items() if (kept := minimized(item)) is not ABSENT}


def _special_members(value: dict[str, Json]) -> dict[str, Json]:
    if value.get("$__") is not None or any(is_truthy(value.get(mark)) for mark in _MONGOOSE_MARKS):
        raise NeverAnswered("attributes: mongoose takes an object for one of its own documents")
    if is_truthy(value.get("constructor")):
        return _unminimized(value)
    members = {key: minimized(item) for key, item in value.items() if key not in _UNCLONED_KEYS}
    return {key: item for key, item in members.items() if item is not ABSENT}


def _unminimized(value: dict[str, Json]) -> dict[str, Json]:
    """Return an object whose own `constructor` makes mongoose ask for its `valueOf()`: itself."""
    if value.get("valueOf") is not None:
        raise NeverAnswered("attributes: mongoose calls valueOf, which is no function")
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


def read_back(value: Json | Absent) -> Any:
    """Return the value as it is read later.

    BSON is UTF-8, so half a surrogate pair is U+FFFD; and its reader loses what is called `__proto__`.
    """
    if isinstance(value, str):
        return value if value.isascii() else _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [read_back(item) for item in value]
    if isinstance(value, dict):
        kept = [(read_back(key), read_back(item)) for key, item in value.items() if key != _PROTOTYPE]
        return in_property_order(kept)
    return value
