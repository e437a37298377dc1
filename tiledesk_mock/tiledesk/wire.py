"""Records as Tiledesk's JSON documents, for HTTP, webhooks, WebSockets and the store; and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Any, Final, TypeVar, get_args

from msgspec.structs import replace

from ..node.convert import convert
from ..node.json import ABSENT, Json
from ..node.values import is_truthy, to_string
from .conversations import Answer, Conversation, ConversationRecord, Department, Group, Lead, Message
from .model import SECRET_FIELDS, Bot, Event, Project, ProjectUser, Subscription, User

Document = dict[str, Json]

Record = User | Project | ProjectUser | Bot | Subscription | ConversationRecord
"""A record other than an event."""

RecordT = TypeVar(
    "RecordT",
    User,
    Project,
    ProjectUser,
    Bot,
    Subscription,
    Department,
    Group,
    Lead,
    Conversation,
    Message,
    Answer,
)

VERSION_KEY: Final = "__v"

_ABSENT_IF_NONE: Final[Mapping[type, frozenset[str]]] = {
    Project: frozenset({"jwt_secret"}),
    ProjectUser: frozenset({"last_login_at", "id_user", "uuid_user"}),
    Bot: frozenset({"description", "url", "secret"}),
}
"""The fields that are absent if they are None; elsewhere None is null."""

_VERSION: Final = ("", VERSION_KEY, False, False)


def _columns(kind: type[Record]) -> Iterator[tuple[str, str, bool, bool]]:
    """Yield a record's attributes, names of fields, and whether they are secret, and absent if None.

    Where a record has no version, that is 0, and stands behind the times: later fields were set later.
    """
    absent_if_none = _ABSENT_IF_NONE.get(kind, frozenset())
    for attribute, name in zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True):
        if attribute != "order":
            yield attribute, name, attribute in SECRET_FIELDS, attribute in absent_if_none
        if attribute == "updated_at" and VERSION_KEY not in kind.__struct_encode_fields__:
            yield _VERSION


_COLUMNS: Final = {kind: tuple(_columns(kind)) for kind in get_args(Record)}
_SUBSCRIPTION: Final = {name: (attribute, secret) for attribute, name, secret, _ in _COLUMNS[Subscription]}
SUBSCRIPTION_FIELDS: Final = tuple(_SUBSCRIPTION)
"""The fields of a subscription, in the order of one that a POST made."""


@cache
def _usual_order(kind: type[Record]) -> tuple[str, ...]:
    """Return the names of the fields of a kind in their usual order."""
    return tuple(name for _, name, _, _ in _COLUMNS[kind])


@cache
def _required(kind: type[Record]) -> frozenset[str]:
    """Return the names of the fields that each record of a kind has, but for the version."""
    names, defaults = kind.__struct_encode_fields__, kind.__struct_defaults__
    place = len(names) - len(defaults)
    pairs = zip(names[place:], defaults, strict=True)
    with_default = [name for name, default in pairs if default not in (None, ABSENT, ())]
    return frozenset([*names[:place], *with_default]) - {VERSION_KEY}


def event_document(event: Event) -> Document:
    """Return the event as a document of the real server: these keys in this order; some may be absent."""
    document: Document = {"status": event.status, "_id": event.id, "name": event.name}
    if event.attributes is not ABSENT:
        document["attributes"] = event.attributes
    document["id_project"] = event.id_project
    if event.project_user is not None:
        document["project_user"] = event.project_user
    document["createdBy"] = event.created_by
    document["createdAt"] = event.created_at
    document["updatedAt"] = event.updated_at
    document[VERSION_KEY] = 0
    return document


def event_from_document(document: Document) -> Event:
    """Return the event of a document of `event_document`."""
    return Event(
        id=document["_id"],
        name=document["name"],
        id_project=document["id_project"],
        created_by=document["createdBy"],
        created_at=document["createdAt"],
        updated_at=document["updatedAt"],
        project_user=document.get("project_user"),
        attributes=document.get("attributes", ABSENT),
        status=document["status"],
    )


def seed_event(event: Event) -> Document:
    """Return the event as a seed has it: a missing member is null, or it would be filled in; no version."""
    document = {"project_user": None, **event_document(event)}
    del document[VERSION_KEY]
    return document


def record_document(record: Record, *, secrets: bool = False) -> Document:
    """Return a record as a document, without absent fields and (by default) without secret ones."""
    if isinstance(record, Subscription):
        return _subscription_document(record, secrets=secrets)
    document: Document = {}
    for attribute, name, secret, is_absent_if_none in _COLUMNS[type(record)]:
        value = getattr(record, attribute) if attribute else 0
        if value is ABSENT or (value is None and is_absent_if_none):
            continue
        if secrets or not secret:
            document[name] = (deepcopy([*value]) if value else []) if isinstance(value, tuple) else value
    order: tuple[str, ...] = getattr(record, "order", ())
    return {name: document[name] for name in (*order, *document) if name in document} if order else document


def loaded_document(record: Record) -> Document:
    """Return a record as mongoose loads it: fields with a default, `_id`, then the others as stored."""
    document = record_document(record)
    if isinstance(record, Subscription) or not getattr(record, "order", ()):
        return document
    usual = _usual_order(type(record))
    return {name: document[name] for name in (*usual[: usual.index("_id")], *document) if name in document}


def with_fields(record: RecordT, **changes: Any) -> RecordT:
    """Return a record with other fields; those that it did not have stand behind all others, as given."""
    changed = replace(record, **changes, order=())
    return replace(changed, order=_order_after(record, changed, changes))


def with_field_before(record: RecordT, moved: str, following: str) -> RecordT:
    """Return a record whose document has the field `moved` before the field `following`."""
    names: list[str] = [name for name in record_document(record, secrets=True) if name != moved]
    place: int = names.index(following)
    return replace(record, order=(*names[:place], moved, *names[place:]))


def _order_after(before: Record, after: Record, changes: Iterable[str]) -> tuple[str, ...]:
    names = {attribute: name for attribute, name, _, _ in _COLUMNS[type(before)]}
    usual = record_document(after, secrets=True)
    known = (*record_document(before, secrets=True), *(names[attribute] for attribute in changes))
    order = tuple(dict.fromkeys(name for name in known if name in usual))
    return () if order == (*usual,) else order


def _subscription_document(subscription: Subscription, *, secrets: bool) -> Document:
    document: Document = {}
    for name in subscription.order or SUBSCRIPTION_FIELDS:
        attribute, secret = _SUBSCRIPTION[name]
        if secrets or not secret:
            document[name] = getattr(subscription, attribute)
    return document


def record_from_document(kind: type[RecordT], document: Document) -> RecordT:
    """Return the record of a document of `record_document` with secrets; ignores unknown fields.

    Raises ConversionError if a field is missing or has another type.
    """
    if kind is Subscription:
        order = tuple(name for name in document if name in _SUBSCRIPTION)
        document = {**document, "order": () if order == SUBSCRIPTION_FIELDS else order}
    elif "order" in kind.__struct_fields__:
        document = {**document, "order": _order_of(kind, document)}
    return convert(document, kind)


def _order_of(kind: type[RecordT], document: Document) -> tuple[str, ...]:
    """Return the order of a document's fields; empty for the usual one.

    The order of a document in which fields are missing, as of a seed that was written by hand, means nothing.
    """
    if not _required(kind).issubset(document):
        return ()
    usual = _usual_order(kind)
    names = [name for name in document if name in usual]
    if VERSION_KEY not in document:
        names.insert(names.index("updatedAt") + 1, VERSION_KEY)
    return () if names == [name for name in usual if name in names] else tuple(names)


def in_order_of_creation(document: Document) -> Document:
    """Return a subscription's document with the fields as a POST orders them, but `event` first if it is.

    The order in a seed means nothing, except in a document that the real server made.
    """
    names = [*SUBSCRIPTION_FIELDS]
    if [name for name in document if name in ("event", "target")] == ["event", "target"]:
        target, event = names.index("target"), names.index("event")
        names[target], names[event] = "event", "target"
    whole = {"global": False, VERSION_KEY: 0, **document}
    return {name: whole[name] for name in names if name in whole}


_SET_LATER: Final = ("tags", "id_user", "createdAt", "updatedAt", VERSION_KEY)
"""The last fields of a member that a custom token made. A seed's members are in the recordings' order."""


def member_document(member: ProjectUser, user: User | None = None) -> Document:
    """Return a member as the `project_user` of events, with the whole `user` if there is one."""
    document = loaded_document(member)
    if member.id_user is not None and member.uuid_user is not None:
        document |= {name: document.pop(name) for name in _SET_LATER}
    if user is not None:
        document["id_user"] = loaded_document(user)
    document["isAuthenticated"] = member.role != "guest"
    document["id"] = member.id
    return document


def profile_document(user: User) -> Document:
    """Return a user as in the response to a sign-in."""
    fields = {"email": user.email, "firstname": user.firstname, "lastname": user.lastname}
    document: Document = {name: value for name, value in fields.items() if value is not ABSENT}
    return document | {"emailverified": user.emailverified, "_id": user.id}


def visitor_document(claims: Mapping[str, Json]) -> Document:
    """Return a guest or external user as a document; Tiledesk makes it of the claims of a token."""
    names = (claims.get("firstname"), claims.get("lastname"))
    full_name = " ".join(to_string(name) if is_truthy(name) else "" for name in names)
    return {**claims, "id": claims.get("_id"), "fullName": full_name}
