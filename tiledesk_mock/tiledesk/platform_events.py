"""The events that the platform itself fires, with their shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from ..errors import UnknownStandardEvent
from ..http.principal import Principal, PrincipalKind
from ..node.json import Json
from ..node.values import to_string
from .model import ENABLED, Bot, Project, ProjectUser, User
from .wire import Document, profile_document, record_document, visitor_document

SYSTEM_USER: Final = "system"

_GUEST: Final = "Guest"
_DATA: Final[Mapping[str, Json]] = MappingProxyType({"client": "tiledesk-mock"})
"""Stands where anything may be: an empty object would not survive the database."""


class EventContext(Struct, frozen=True):
    """Where and by whom an event is fired: what is not given is made up of this.

    `member` is the project user concerned, `user` who they are if they sign in; `new_id` makes ids.
    """

    project: Project
    member: ProjectUser | None
    user: User | None
    bot: Bot | None
    now: str
    new_id: Callable[[], str]

    @property
    def person_id(self) -> str:
        """Return the id that Tiledesk knows the person by."""
        member = self.member
        return (member and (member.id_user or member.uuid_user)) or SYSTEM_USER

    @property
    def full_name(self) -> str:
        """Return the person's name."""
        user = self.user
        return " ".join(part for part in (user.firstname, user.lastname) if part) if user else _GUEST

    @property
    def principal(self) -> Principal:
        """Return the person as a caller."""
        if self.user is not None:
            return Principal(PrincipalKind.USER, self.user.id, profile_document(self.user))
        return Principal(
            PrincipalKind.GUEST,
            self.person_id,
            visitor_document({"_id": self.person_id, "firstname": _GUEST, "sub": PrincipalKind.GUEST.value}),
        )


class StandardEvent(Struct, frozen=True):
    """One of the platform's events, to be fired: in whose name, and with which attributes."""

    name: str
    attributes: Document
    principal: Principal
    member: ProjectUser | None


class _Kind(Struct, frozen=True):
    """How an event comes about: its attributes, and who fires it.

    `is_open` tells that fields beside those of `attributes` may be given.
    """

    attributes: Callable[[EventContext], Document]
    by: Callable[[EventContext, Document], tuple[Principal, ProjectUser | None]]
    is_open: bool = False


def standard_event(name: str, scene: EventContext, given: Mapping[str, Json]) -> StandardEvent:
    """Return an event that the platform fires; `given` replaces attributes.

    Raises UnknownStandardEvent for a name or an attribute that the platform does not know.
    """
    kind = _KINDS.get(name)
    if kind is None:
        raise UnknownStandardEvent(name, tuple(_KINDS))
    attributes = kind.attributes(scene)
    unknown = next((field for field in given if field not in attributes), None)
    if unknown is not None and not kind.is_open:
        raise UnknownStandardEvent(f"{name}: {unknown}", tuple(attributes))
    attributes.update(given)
    principal, member = kind.by(scene, attributes)
    return StandardEvent(name, attributes, principal, member)


def _writer(scene: EventContext, attributes: Document) -> tuple[Principal, ProjectUser | None]:
    """The writer's project user; the payload has no `user`."""
    return Principal(PrincipalKind.USER, to_string(attributes["writer_id"])), scene.member


def _nobody(_: EventContext, __: Document) -> tuple[Principal, ProjectUser | None]:
    return Principal(PrincipalKind.USER, SYSTEM_USER), None


def _person(scene: EventContext, _: Document) -> tuple[Principal, ProjectUser | None]:
    return scene.principal, scene.member


def _typing_start(scene: EventContext) -> Document:
    return {"recipient_id": _request_id(scene), "writer_id": scene.person_id, "data": {**_DATA}}


def _answer_not_found(scene: EventContext) -> Document:
    bot = {"_id": scene.new_id(), "name": "Bot", "id_project": scene.project.id}
    return {
        "botAnswer": {"text": "I did not understand, can you rephrase?"},
        "bot": record_document(scene.bot) if scene.bot else bot,
        "message": _message(scene),
    }


def _fully_abandoned(scene: EventContext) -> Document:
    return {
        "status": ENABLED,
        "preflight": False,
        "hasBot": False,
        "participants": [],
        "participantsAgents": [],
        "participantsBots": [],
        "tags": [],
        "notes": [],
        "_id": scene.new_id(),
        "request_id": _request_id(scene),
        "requester": scene.member.id if scene.member else None,
        "first_text": "Hello",
        "id_project": scene.project.id,
        "createdBy": scene.person_id,
        "channel": {"name": "chat21"},
        "attributes": {"fully_abandoned": True},
        "createdAt": scene.now,
        "updatedAt": scene.now,
        "__v": 0,
    }


def _new_conversation(scene: EventContext) -> Document:
    return {
        "request_id": _request_id(scene),
        "department": {"name": "Default Department"},
        "participants": [],
        "language": "en",
        "subtype": "info",
        **_contact(scene),
        "attributes": {**_DATA},
    }


def _auth_state_changed(scene: EventContext) -> Document:
    return {
        "user_id": scene.person_id,
        "isLogged": True,
        "event": "online",
        "subtype": "info",
        **_contact(scene),
        "language": "en",
        "attributes": {**_DATA},
    }


def _logged_in(scene: EventContext) -> Document:
    return {**_contact(scene), "language": "en", "attributes": {**_DATA}}


def _contact(scene: EventContext) -> Document:
    return {"fullname": scene.full_name, "email": scene.user.email if scene.user else ""}


def _message(scene: EventContext) -> Document:
    request_id = _request_id(scene)
    return {
        "type": "text",
        "status": ENABLED,
        "_id": scene.new_id(),
        "sender": scene.person_id,
        "senderFullname": scene.full_name,
        "recipient": request_id,
        "recipientFullname": scene.bot.name if scene.bot else "Bot",
        "text": "Hello",
        "id_project": scene.project.id,
        "createdBy": scene.person_id,
        "channel": {"name": "chat21"},
        "createdAt": scene.now,
        "updatedAt": scene.now,
        "__v": 0,
    }


def _request_id(scene: EventContext) -> str:
    return f"support-group-{scene.project.id}-{scene.new_id()}"


_KINDS: Final[Mapping[str, _Kind]] = {
    "typing.start": _Kind(_typing_start, _writer),
    "faqbot.answer_not_found": _Kind(_answer_not_found, _nobody),
    "request.fully_abandoned": _Kind(_fully_abandoned, _person, is_open=True),
    "new_conversation": _Kind(_new_conversation, _person),
    "auth_state_changed": _Kind(_auth_state_changed, _person),
    "logged_in": _Kind(_logged_in, _person),
}

STANDARD_EVENTS: Final = tuple(_KINDS)
"""The names of the platform's own events."""
