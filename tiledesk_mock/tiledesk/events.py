"""What events are called for those who subscribe to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from ..errors import EventNotSaved
from ..node.bson import as_read_back, check_keys, minimize
from ..node.json import ABSENT, Absent, Json
from ..node.validator import Check, RequestFields, check_fields, is_filled
from ..node.values import to_string

EVERY_EVENT: Final = "event.emit"
"""The subscription to all events that are fired."""

EVENT_PREFIX: Final = f"{EVERY_EVENT}."
"""What stands before an event's name in the subscription to it alone."""


_NAME: Final = "name"
_NAME_CHECK: Final = Check(_NAME, is_filled)
_REQUIRED: Final = "Path `name` is required."
_FAILED: Final = "event validation failed: name: {}"


class EventFields(Struct, frozen=True):
    """What a caller may say of an event.

    `name` and `attributes` are what the answer to the POST shows, `stored_name` and `stored_attributes` what
    is read back later: half a surrogate pair does not survive the database.
    """

    name: str
    attributes: Json | Absent
    stored_name: str
    stored_attributes: Json | Absent


def parse_event_fields(body: Json, query: RequestFields, headers: RequestFields) -> EventFields:
    """Check and cast the fields of an event to be created.

    Raises ValidationFailed with a row for each place where `name` is empty, and EventNotSaved for a name that
    is no text and for attributes with keys that BSON refuses.
    """
    given = body if isinstance(body, dict) else {}
    check_fields((_NAME_CHECK,), given, query, headers)
    name = cast_name(given)
    attributes = minimize(given.get("attributes", ABSENT))
    check_keys({"attributes": attributes})
    return EventFields(name, attributes, as_read_back(name), as_read_back(attributes))


def cast_name(body: Mapping[str, Json]) -> str:
    """Return the name as mongoose casts it to a string.

    Raises EventNotSaved with mongoose's sentence where there is none, or one that is no text.
    """
    if _NAME not in body:
        raise EventNotSaved(_FAILED.format(_REQUIRED))
    try:
        return cast_string(body[_NAME])
    except TypeError:
        raise EventNotSaved(_FAILED.format(_cast_error(body[_NAME]))) from None


def cast_string(value: Json) -> str:
    """Return a value that is not null as mongoose casts it to a string; raise TypeError if it does not."""
    if isinstance(value, dict) and isinstance(value.get("_id"), str) and value["_id"]:
        return str(value["_id"])
    if isinstance(value, (dict, list)):
        raise TypeError("an object or array is no text")
    return to_string(value)


def _cast_error(value: Json) -> str:
    # Here and not above: most names are texts, and none shall wait for what prints the others.
    from ..node.inspect import inspect

    kind = "Array" if isinstance(value, list) else "object" if "constructor" in value else "Object"
    return f'Cast to string failed for value "{inspect(value)}" (type {kind}) at path "name"'
