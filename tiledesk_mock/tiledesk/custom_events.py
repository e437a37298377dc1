"""The custom events that Tiledesk itself fires, or its chat widget, and their attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from ..http.exchange import Principal, PrincipalKind
from ..node.json import Json
from ..node.values import to_string
from .model import ENABLED, Bot, Project, ProjectUser, User
from .wire import Document, loaded_document, profile_document, visitor_document

SYSTEM_USER: Final = "system"

_TYPING: Final = "typing.start"
_NOT_FOUND: Final = "faqbot.answer_not_found"
ABANDONED: Final = "request.fully_abandoned"

_GUEST: Final = "Guest"
_DATA: Final[Mapping[str, Json]] = MappingProxyType({"client": "tiledesk-mock"})
"""The value of attributes of any shape; MongoDB would not keep an empty object."""


class EventContext(Struct, frozen=True):
    """What the attributes of an event are made of.

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
        return (self.member and self.member.person_id) or SYSTEM_USER

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


class CustomEvent(Struct, frozen=True):
    """A custom event to be fired: its attributes and caller."""

    name: str
    attributes: Document
    principal: Principal
    member: ProjectUser | None


def custom_event(name: str, context: EventContext, overrides: Mapping[str, Json]) -> CustomEvent:
    """Return one of the platform's custom events; `overrides` replace its attributes."""
    attributes = _ATTRIBUTES[name](context) | dict(overrides)
    if name == _NOT_FOUND:
        return CustomEvent(name, attributes, Principal(PrincipalKind.USER, SYSTEM_USER), None)
    principal = context.principal
    if name == _TYPING:  # its payload has no `user`
        principal = Principal(PrincipalKind.USER, to_string(attributes["writer_id"]))
    return CustomEvent(name, attributes, principal, context.member)


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
        "bot": loaded_document(context.bot) if context.bot else bot,
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
    ABANDONED: _fully_abandoned,
    "new_conversation": _new_conversation,
    "auth_state_changed": _auth_state_changed,
    "logged_in": lambda context: {**_contact(context), "language": "en", "attributes": {**_DATA}},
}
