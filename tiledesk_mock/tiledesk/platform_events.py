"""The standard events, which Tiledesk itself fires, and their attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from msgspec import Struct

from ..errors import UnknownStandardEvent
from ..http.exchange import Principal, PrincipalKind
from ..node.json import Json
from ..node.values import to_string
from .model import ENABLED, Bot, Project, ProjectUser, User
from .wire import Document, profile_document, record_document, visitor_document

SYSTEM_USER: Final = "system"

_TYPING: Final = "typing.start"
_NOT_FOUND: Final = "faqbot.answer_not_found"
_ABANDONED: Final = "request.fully_abandoned"

_GUEST: Final = "Guest"
_DATA: Final[Mapping[str, Json]] = MappingProxyType({"client": "tiledesk-mock"})
"""The value of attributes of any shape; MongoDB would not keep an empty object."""


class PlatformEvent(Struct, frozen=True):
    """One of the platform's own events on its way to webhooks.

    Args:
        name: exactly what a subscription names, as `message.create`.
        id_project: the project whose subscriptions get it, beside global ones; None for global ones only.
        payload: the webhook's `payload`.
    """

    name: str
    id_project: str | None
    payload: Document


class BotMessage(Struct, frozen=True):
    """A message on its way to a bot with a `url`, which gets it without a subscription.

    `payload` is that of `message.create`. The real server sends a bot the messages of the others. `name` is
    that of the event in the log of deliveries.
    """

    name: ClassVar[str] = "bot"

    bot: Bot
    payload: Document


Step = tuple[tuple[PlatformEvent | BotMessage, ...], ...]
"""What one change causes: the groups are sent in this order, and the events of a group together."""


class EventContext(Struct, frozen=True):
    """What the attributes of a standard event are made of.

    `member` is the project user that the event concerns, and `user` the user of that member, if there is one;
    `now` is the time as Tiledesk writes it; `new_id` generates ids.
    """

    project: Project
    member: ProjectUser | None
    user: User | None
    bot: Bot | None
    now: str
    new_id: Callable[[], str]

    @property
    def user_id(self) -> str:
        """Return the user's id."""
        member = self.member
        return (member and (member.id_user or member.uuid_user)) or SYSTEM_USER

    @property
    def full_name(self) -> str:
        """Return the user's name."""
        user = self.user
        return " ".join(part for part in (user.firstname, user.lastname) if part) if user else _GUEST

    @property
    def principal(self) -> Principal:
        """Return the user as a caller."""
        if self.user is not None:
            return Principal(PrincipalKind.USER, self.user.id, profile_document(self.user))
        return Principal(
            PrincipalKind.GUEST,
            self.user_id,
            visitor_document({"_id": self.user_id, "firstname": _GUEST, "sub": PrincipalKind.GUEST.value}),
        )


class StandardEvent(Struct, frozen=True):
    """A standard event to be fired: its attributes and caller."""

    name: str
    attributes: Document
    principal: Principal
    member: ProjectUser | None


def standard_event(name: str, context: EventContext, overrides: Mapping[str, Json]) -> StandardEvent:
    """Return a standard event; `overrides` replace its attributes.

    Raises UnknownStandardEvent for an unknown name or attribute.
    """
    if name not in _ATTRIBUTES:
        raise UnknownStandardEvent(name, STANDARD_EVENTS)
    attributes = _ATTRIBUTES[name](context)
    unknown = next((field for field in overrides if field not in attributes), None)
    if unknown is not None and name != _ABANDONED:  # a request has more fields than these
        raise UnknownStandardEvent(f"{name}: {unknown}", tuple(attributes))
    attributes.update(overrides)
    if name == _NOT_FOUND:
        return StandardEvent(name, attributes, Principal(PrincipalKind.USER, SYSTEM_USER), None)
    principal = context.principal
    if name == _TYPING:  # its payload has no `user`
        principal = Principal(PrincipalKind.USER, to_string(attributes["writer_id"]))
    return StandardEvent(name, attributes, principal, context.member)


def _answer_not_found(context: EventContext) -> Document:
    bot = {"_id": context.new_id(), "name": "Bot", "id_project": context.project.id}
    request_id = _request_id(context)
    message = {
        "type": "text",
        "status": ENABLED,
        "_id": context.new_id(),
        "sender": context.user_id,
        "senderFullname": context.full_name,
        "recipient": request_id,
        "recipientFullname": context.bot.name if context.bot else "Bot",
        "text": "Hello",
        "id_project": context.project.id,
        "createdBy": context.user_id,
        "channel": {"name": "chat21"},
        "createdAt": context.now,
        "updatedAt": context.now,
        "__v": 0,
    }
    return {
        "botAnswer": {"text": "I did not understand, can you rephrase?"},
        "bot": record_document(context.bot) if context.bot else bot,
        "message": message,
    }


def _fully_abandoned(context: EventContext) -> Document:
    return {
        "status": ENABLED,
        "preflight": False,
        "hasBot": False,
        "participants": [],
        "participantsAgents": [],
        "participantsBots": [],
        "tags": [],
        "notes": [],
        "_id": context.new_id(),
        "request_id": _request_id(context),
        "requester": context.member.id if context.member else None,
        "first_text": "Hello",
        "id_project": context.project.id,
        "createdBy": context.user_id,
        "channel": {"name": "chat21"},
        "attributes": {"fully_abandoned": True},
        "createdAt": context.now,
        "updatedAt": context.now,
        "__v": 0,
    }


def _new_conversation(context: EventContext) -> Document:
    return {
        "request_id": _request_id(context),
        "department": {"name": "Default Department"},
        "participants": [],
        "language": "en",
        "subtype": "info",
        **_contact(context),
        "attributes": {**_DATA},
    }


def _auth_state_changed(context: EventContext) -> Document:
    return {
        "user_id": context.user_id,
        "isLogged": True,
        "event": "online",
        "subtype": "info",
        **_contact(context),
        "language": "en",
        "attributes": {**_DATA},
    }


def _contact(context: EventContext) -> Document:
    return {"fullname": context.full_name, "email": context.user.email if context.user else ""}


def _request_id(context: EventContext) -> str:
    return f"support-group-{context.project.id}-{context.new_id()}"


_ATTRIBUTES: Final[Mapping[str, Callable[[EventContext], Document]]] = {
    _TYPING: lambda context: {
        "recipient_id": _request_id(context),
        "writer_id": context.user_id,
        "data": {**_DATA},
    },
    _NOT_FOUND: _answer_not_found,
    _ABANDONED: _fully_abandoned,
    "new_conversation": _new_conversation,
    "auth_state_changed": _auth_state_changed,
    "logged_in": lambda context: {**_contact(context), "language": "en", "attributes": {**_DATA}},
}

STANDARD_EVENTS: Final = tuple(_ATTRIBUTES)
"""The names of the standard events."""
