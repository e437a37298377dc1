"""Events: their fields and names, and what is passed on of a fired event."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from ..errors import EventNotSaved
from ..http.exchange import Principal
from ..node.bson import as_read_back, cast_string, check_keys, minimize
from ..node.json import ABSENT, Absent, Json
from ..node.validator import Checks, RequestFields, check_fields, is_filled
from .model import Event, ProjectUser, User
from .wire import Document, event_document, member_document

EVERY_EVENT: Final = "event.emit"
"""The name that subscribes to all events."""

EVENT_PREFIX: Final = f"{EVERY_EVENT}."
"""The prefix that makes the name of an event the name that subscribes to it."""

_NAME: Final = "name"
EVENT_CHECKS: Final[Checks] = {_NAME: is_filled}

_CREATOR: Final = "createdBy"
_FAILED: Final = "event validation failed: {}: {}"


class EventFields(Struct, frozen=True):
    """The fields of a new event that a caller chooses.

    The response to the POST has `name` and `attributes`; the database has `stored_name` and
    `stored_attributes`, from which lone surrogates were removed.
    """

    name: str
    attributes: Json | Absent
    stored_name: str
    stored_attributes: Json | Absent


def parse_event_fields(body: Json, query: RequestFields, headers: RequestFields) -> EventFields:
    """Check and cast the fields of a new event.

    Raises ValidationFailed with a row for each part of the request where `name` is empty, and EventNotSaved
    for a name that is not text and for attributes with keys that BSON refuses.
    """
    fields = body if isinstance(body, dict) else {}
    check_fields(EVENT_CHECKS, fields, query, headers)
    if _NAME not in fields:
        raise EventNotSaved(_FAILED.format(_NAME, "Path `name` is required."))
    try:
        name = cast_string(fields[_NAME])
    except TypeError:
        raise EventNotSaved(_FAILED.format(_NAME, _cast_error(_NAME, fields[_NAME]))) from None
    attributes = minimize(fields.get("attributes", ABSENT))
    check_keys({"attributes": attributes})
    return EventFields(name, attributes, as_read_back(name), as_read_back(attributes))


def check_creator(identifier: Json) -> None:
    """Raise EventNotSaved if the id of a caller is missing, or is not text for mongoose."""
    try:
        if identifier is None or not cast_string(identifier):
            raise EventNotSaved(_FAILED.format(_CREATOR, f"Path `{_CREATOR}` is required."))
    except TypeError:
        raise EventNotSaved(_FAILED.format(_CREATOR, _cast_error(_CREATOR, identifier))) from None


def _cast_error(path: str, value: Json) -> str:
    # Imported late for the sake of start-up: most names are text.
    from ..node.inspect import inspect

    kind = "Array" if isinstance(value, list) else "object" if "constructor" in value else "Object"
    return f'Cast to string failed for value "{inspect(value)}" (type {kind}) at path "{path}"'


class FiredEvent(Struct, frozen=True):
    """An event that was just stored, and who fired it; bots and subscriptions have no `member`."""

    event: Event
    principal: Principal
    member: ProjectUser | None


def fired_event_document(fired: FiredEvent, user: User | None) -> Document:
    """Return an event with its whole project user, its caller and `id`, which is the same in both dialects.

    `user` is the user of the member, if there is one. The document has no password, where the real server
    sends the hash of that of a caller with Basic authentication.
    """
    document = event_document(fired.event)
    if fired.member is not None:
        document["project_user"] = member_document(fired.member, user)
    if fired.principal.document:
        document["user"] = dict(fired.principal.document)
    document["id"] = fired.event.id
    return document
