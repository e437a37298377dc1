"""JSON Schemas of records: their types, and which fields a document of one has in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import FieldInfo

from ..emulator import Emulator
from ..http.exchange import RecordedResponse
from ..node.json_schema import schemas
from ..tiledesk.drifts import ID_FIELD, PROJECT_USER_OBJECT, SHARED_SECRET, STATUS_FIELD, VERSION_FIELD
from ..tiledesk.model import Event, ProjectUser, Subscription, User
from ..tiledesk.wire import Document, member_document, profile_document, record_document, visitor_document
from ..web.routes import GUEST_DETAILS
from ..webhooks.history import HistoryEntry, entry_document
from ..webhooks.sender import WebhookRequest
from .drifts import described, drift_note
from .inference import Part, Schema, closed_object, inferred

_ORDER: Final = "order"
_TEXT: Final = "text"

FORMATS: Final[dict[str, Schema]] = {
    "ObjectId": {
        "type": "string",
        "pattern": "^[0-9a-fA-F]{24}$",
        "description": "An id of MongoDB: 24 hexadecimal digits.",
        "examples": ["65f000000000000000000001"],
    },
    "Time": {
        "type": "string",
        "format": "date-time",
        "pattern": "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$",
        "description": "A time in UTC, with milliseconds.",
        "examples": ["2026-01-31T12:00:00.000Z"],
    },
}

SENT: Final[Schema] = {"description": "Any JSON, as it was sent."}

NOTES: Final = {
    "name": "The name of the event. A subscription to `event.emit.NAME` gets it.",
    "attributes": SENT["description"],
    "createdBy": "The id of who made it: a user, a bot, a subscription, or the UUID of a guest.",
    "target": "The URL that events are posted to.",
    "event": "The name of the events, as `event.emit.order.paid`; `event.emit` are all events.",
    "secret": "Signs each delivery, and stands in its header `x-hook-secret`.",
    "global": "Whether it gets the events of all projects.",
    "id_user": "The user who is the member.",
    "uuid_user": "The UUID of a guest, or the id of an external user in the system that signed the token.",
    "role": "`owner`, `admin`, `supervisor`, `agent`, `teammate`, `user`, `guest`, or a role of one's own.",
    "__v": "The version of the document in the database.",
}
"""What fields are, by their names."""


def ref(name: str) -> Schema:
    """Return a reference to a schema among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def record_schemas(emulator: Emulator) -> dict[str, Schema]:
    """Return the schemas of the records that responses show, in the dialect of an emulator."""
    member = next(iter(emulator.database.people.project_users(emulator.project_or_first().id)))
    event = record_schema(Event, emulator.event_encoder.document, project_user=member.id)
    for name, drift in (("id", ID_FIELD), ("project_user", PROJECT_USER_OBJECT), ("status", STATUS_FIELD)):
        _note_drift(event, name, drift)
    _note_drift(event, "__v", VERSION_FIELD)
    with_secret = record_schema(Subscription, lambda one: record_document(one, secrets=True))
    _note_drift(with_secret, "secret", SHARED_SECRET)
    return {
        "Event": event,
        "EventPage": inferred([_page(emulator)]),
        "ProjectUser": record_schema(ProjectUser, member_document),
        "Subscription": record_schema(Subscription, record_document),
        "NewSubscription": with_secret,
        "Delivery": _delivery(),
        "User": record_schema(User, record_document),
        "Profile": record_schema(User, profile_document),
        "Guest": _guest(),
        **FORMATS,
    }


def record_schema(kind: type[Any], document: Callable[[Any], Document], **values: Any) -> Schema:
    """Return the schema of what `document` returns of records of a kind.

    It is called with a record that has every field, with one that has as few as possible, and with one whose
    fields are null where they may be. `values` are values for fields that have to be right.
    """
    fields = {one.encode_name: one for one in msgspec.structs.fields(kind) if one.name != _ORDER}
    has_order = _ORDER in kind.__struct_fields__
    whole = document(kind(**{one.name: _sample(one) for one in fields.values()} | values))
    least = {one.name: _least(one) for one in fields.values()} | (_order(kind) if has_order else {})
    others = [document(kind(**least)), document(kind(**{one.name: _null(one) for one in fields.values()}))]
    documents = [whole, *others]
    required = [name for name in whole if all(name in one for one in others)]
    return closed_object({name: _property(name, fields.get(name), documents) for name in whole}, required)


def field_schema(field: FieldInfo) -> Schema:
    """Return the schema of a field by its type, which may be null where that says so, and by its name."""
    alternatives = [_format(field.encode_name, field)]
    if _may_be_null(field):
        alternatives.append({"type": "null"})
    return _noted(field.encode_name, alternatives)


def _order(kind: type[Any]) -> Document:
    """Return the order of a document with as few fields as possible; only subscriptions lose fields by it."""
    return {_ORDER: ("secret", "_id") if kind is Subscription else ("_id",)}


def _property(name: str, field: FieldInfo | None, documents: Iterable[Document]) -> Schema:
    values = [one[name] for one in documents if name in one]
    alternatives = [_format(name, field)]
    if any(isinstance(value, dict) for value in values):
        alternatives.insert(0, ref("ProjectUser"))
    if field is None and alternatives == [{}]:
        alternatives = [inferred(values)]
    if None in values and alternatives != [{}]:
        alternatives.append({"type": "null"})
    return _noted(name, alternatives)


def _noted(name: str, alternatives: list[Schema]) -> Schema:
    note = {"description": NOTES[name]} if name in NOTES else {}
    return (alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}) | note


def _format(name: str, field: FieldInfo | None) -> Schema:
    """Return the schema of a field by its type, or of an id or a time by its name.

    The project of a subscription, which may be null, may be any text as well.
    """
    if name in ("_id", "id", "project_user") or (name == "id_project" and not _may_be_null(field)):
        return ref("ObjectId")
    if name.endswith(("At", "_at")):
        return ref("Time")
    if field is None:
        return {}
    schema = schemas([reduce(or_, _types(field))])[0][0]
    # Makers of clients want to know the items, be it that they may be anything.
    return {**schema, "items": schema.get("items", {})} if schema.get("type") == "array" else schema


def _alternatives(field: FieldInfo) -> tuple[Any, ...]:
    return get_args(field.type) if get_origin(field.type) in (Union, UnionType) else (field.type,)


def _may_be_null(field: FieldInfo | None) -> bool:
    return field is not None and type(None) in _alternatives(field)


def _types(field: FieldInfo) -> list[Any]:
    """Return the types of a field but for those of an absent and of a null one."""
    return [one for one in _alternatives(field) if one not in (UnsetType, type(None))]


def _sample(field: FieldInfo) -> Any:
    kind = _types(field)[0]
    return {bool: True, int: 1, float: 1.0}.get(kind, () if get_origin(kind) is tuple else _TEXT)


def _least(field: FieldInfo) -> Any:
    allowed = _alternatives(field)
    return UNSET if UnsetType in allowed else None if type(None) in allowed else _sample(field)


def _null(field: FieldInfo) -> Any:
    return None if _may_be_null(field) else _sample(field)


def _page(emulator: Emulator) -> Document:
    page: Document = msgspec.json.decode(emulator.event_encoder.encode_page((), 0))
    return {**page, "events": [Part(ref("Event"))]}


def _guest() -> Schema:
    bare: Document = {"_id": _TEXT, "firstname": _TEXT}
    whole = visitor_document(bare | dict.fromkeys(GUEST_DETAILS, _TEXT))
    schema = inferred([whole, visitor_document(bare)])
    schema["properties"] |= dict.fromkeys(GUEST_DETAILS, SENT)
    return schema


def _delivery() -> Schema:
    subscription = Subscription(id="", event="", target="http://x/", id_project="")
    request = WebhookRequest("http://x/", (), b"{}")
    response = RecordedResponse(200, (("content-type", "text/plain"),), b"ok")
    ended: tuple[tuple[RecordedResponse | None, str | None], ...] = ((response, None), (None, "Error"))
    samples = [
        entry_document(HistoryEntry("", "", subscription, request, b"{}", *result)) for result in ended
    ]
    schema = inferred(samples)
    for name, one in schema["properties"].items():
        schema["properties"][name] = {**(_format(name, None) or one), **_note(name)}
    return schema


def _note(name: str) -> Document:
    notes = {
        "response": "The response, its request and their headers, as JSON in a text.",
        "body": "The body of the response, as JSON in a text.",
        "jsonRequest": "The body of the request.",
        "err": "Why there is no response.",
        "event": NOTES["event"],
        "target": NOTES["target"],
    }
    return {"description": notes[name]} if name in notes else {}


def _note_drift(schema: Schema, name: str, drift: str) -> None:
    """Note a drift at a field, or at the whole object where the dialect has no such field."""
    properties = schema["properties"]
    if name in properties:
        properties[name] = described(properties[name] | drift_note(drift))
    else:
        schema |= described(drift_note(drift))
