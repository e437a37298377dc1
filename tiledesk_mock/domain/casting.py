"""What `POST /events` takes: checked by express-validator, cast by mongoose, checked again by BSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..errors import EventNotSaved
from .inspection import inspect
from .javascript import in_property_order, normal_number, to_string
from .model import ABSENT, Absent, Json
from .validation import Check, Fields, checked, is_email, is_filled

__all__ = ["Check", "EventFields", "cast_name", "checked", "event_fields", "is_email", "is_filled"]

_NAME: Final = "name"
_NAME_CHECK: Final = Check(_NAME, is_filled)
_REQUIRED: Final = "Path `name` is required."
_FAILED: Final = "event validation failed: name: {}"
_DROPPED_KEYS: Final = frozenset({"__proto__", "constructor", "prototype"})
_UNCHECKED_KEYS: Final = frozenset({"$db", "$ref", "$id", "$clusterTime"})
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class EventFields:
    """What a caller may say of an event.

    `attributes` is what the answer to the POST shows, `stored_attributes` what is read back later: half a
    surrogate pair does not survive the database.
    """

    name: str
    attributes: Json | Absent
    stored_attributes: Json | Absent


def event_fields(body: Json, query: Fields, headers: Fields) -> EventFields:
    """Check and cast the fields of an event to be created.

    Raises ValidationFailed with a row for each place where `name` is empty, and EventNotSaved for a name that
    is no text and for attributes with keys that BSON refuses.
    """
    given = body if isinstance(body, dict) else {}
    checked((_NAME_CHECK,), given, query, headers)
    name = cast_name(given)
    attributes = _minimized_attributes(given)
    return EventFields(name, attributes, _as_read_back(attributes))


def cast_name(body: Mapping[str, Json]) -> str:
    """Return the name as mongoose casts it to a string.

    Raises EventNotSaved with mongoose's sentence where there is none, or one that is no text.
    """
    if _NAME not in body:
        raise EventNotSaved(_FAILED.format(_REQUIRED))
    value = body[_NAME]
    if isinstance(value, dict) and isinstance(value.get("_id"), str) and value["_id"]:
        return str(value["_id"])
    if isinstance(value, (dict, list)):
        raise EventNotSaved(_FAILED.format(_cast_error(value)))
    return to_string(value)


def _cast_error(value: Json) -> str:
    kind = "Array" if isinstance(value, list) else "object" if "constructor" in value else "Object"
    return f'Cast to string failed for value "{inspect(value)}" (type {kind}) at path "name"'


def _minimized_attributes(body: Mapping[str, Json]) -> Json | Absent:
    if "attributes" not in body:
        return ABSENT
    attributes = _minimized(body["attributes"])
    _check_keys(attributes)
    return attributes


def _minimized(value: Json) -> Json | Absent:
    """Return the value without empty objects in objects; ABSENT if nothing remains."""
    if isinstance(value, dict):
        return _members(value) or ABSENT
    if isinstance(value, list):
        return [_members(item) if isinstance(item, dict) else _minimized(item) for item in value]
    return _number(value) if isinstance(value, float) else value


def _number(value: float) -> float:
    return normal_number(value) or 0


def _members(value: dict[str, Json]) -> dict[str, Json]:
    if value.get("constructor"):
        return value
    members = {key: _minimized(item) for key, item in value.items() if key not in _DROPPED_KEYS}
    return {key: item for key, item in members.items() if item is not ABSENT}


def _check_keys(value: Json | Absent) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _check_key(key)
            _check_keys(item)
    elif isinstance(value, list):
        for item in value:
            _check_keys(item)


def _check_key(key: str) -> None:
    if key in _UNCHECKED_KEYS:
        return
    if "\0" in key:
        raise EventNotSaved(f"key {key} must not contain null bytes")
    if key.startswith("$"):
        raise EventNotSaved(f"key {key} must not start with '$'")
    if "." in key:
        raise EventNotSaved(f"key {key} must not contain '.'")


def _as_read_back(value: Json | Absent) -> Json | Absent:
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_as_read_back(item) for item in value]
    if isinstance(value, dict):
        return in_property_order(
            [(_LONE_SURROGATE.sub("\ufffd", key), _as_read_back(item)) for key, item in value.items()]
        )
    return value
