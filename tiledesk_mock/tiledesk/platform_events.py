"""The platform's own events: their names, what a tester may give to them, and what goes to webhooks.

Most are a webhook of their own. Some are custom events, which Tiledesk itself or its chat widget fires: these
are stored, and come as `event.emit` and `event.emit.NAME`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, get_type_hints

from msgspec import Struct
from msgspec.structs import fields as struct_fields

from ..errors import StandardEventInvalid, UnknownStandardEvent
from ..node.convert import ConversionError, convert, describe, type_options
from ..node.json import Json
from ..text import closest, suggestion
from . import event_fields as of
from .custom_event_fields import (
    AbandonedFields,
    AnswerNotFoundFields,
    AuthStateFields,
    NewConversationFields,
    TypingFields,
    VisitorFields,
)
from .event_fields import GivenFields, check_objects
from .events import EVENT_PREFIX, EVERY_EVENT
from .model import Bot
from .wire import Document


class PlatformEvent(Struct, frozen=True):
    """One of the platform's own events on its way to webhooks.

    Args:
        name: exactly what a subscription names, as `message.create`.
        id_project: the project whose subscriptions get it, beside global ones; None for global ones only.
        payload: the webhook's `payload`.
    """

    is_for_bot: ClassVar[bool] = False

    name: str
    id_project: str | None
    payload: Document


class BotMessage(Struct, frozen=True):
    """A message on its way to a bot with a `url`, which gets it without a subscription.

    `payload` is that of `message.create`. The real server sends a bot the messages of the others. `name` is
    that of the event in the log of deliveries.
    """

    is_for_bot: ClassVar[bool] = True
    name: ClassVar[str] = "bot"

    bot: Bot
    payload: Document

    @property
    def id_project(self) -> str:
        """Return the id of the bot's project."""
        return self.bot.id_project


Step = tuple[tuple[PlatformEvent | BotMessage, ...], ...]
"""What one change causes: the groups are sent in this order, and the events of a group together."""


class EventType(Struct, frozen=True):
    """A row of the table of the platform's own events.

    Args:
        name: the name, or a pattern that ends with `NAME`.
        sentence: when Tiledesk sends it.
        fields: what a tester may give.
        is_custom: whether it is a custom event, and not a webhook of its own.
        is_global: whether only global subscriptions get it.
    """

    name: str
    sentence: str
    fields: type[GivenFields]
    is_custom: bool = False
    is_global: bool = False

    def matches(self, name: str) -> bool:
        """Return whether `name` is this event's, or one of its pattern."""
        if not self.name.endswith(_PATTERN):
            return name == self.name
        prefix = self.name.removesuffix(_PATTERN)
        return name.startswith(prefix) and len(name) > len(prefix)

    def document(self) -> Document:
        """Return the row as the control API and `fire --list` show it."""
        return {
            "name": self.name,
            "description": self.sentence,
            "custom": self.is_custom,
            "global": self.is_global,
            "fields": field_documents(self.fields),
        }


class FieldRow(Struct, frozen=True):
    """A field of an event, as the table shows it: `kind` is in plain English.

    `takes_text` is whether the value may be text, with other types or without.
    """

    name: str
    kind: str
    is_required: bool
    sentence: str
    takes_text: bool


_PATTERN: Final = "NAME"

_NEAR: Final = 0.8
"""How similar (0 to 1) a custom event's name is to that of a platform event at least, for a hint."""

EVENT_TYPES: Final = (
    EventType("lead.create", "A person writes for the first time, or a lead is made", of.LeadFields),
    EventType(
        "operator.select", "Which agent takes a request? A receiver's answer decides", of.OperatorFields
    ),
    EventType("request.create", "A request is made, as by a visitor's first message", of.RequestFields),
    EventType(
        "request.update",
        "A request changes: participants, tags, attributes, notes, rating, department, status",
        of.RequestUpdateFields,
    ),
    EventType("request.close", "A request is closed; it has all messages", of.RequestCloseFields),
    EventType("message.create", "A message is sent, also by an agent, a bot or the system", of.MessageFields),
    EventType(
        f"message.create.request.channel.{_PATTERN}",
        "The same, of a request whose channel is NAME",
        of.MessageFields,
    ),
    EventType(
        f"message.create.channel.{_PATTERN}", "The same, of a message whose channel is NAME", of.MessageFields
    ),
    EventType(
        "project_user.update",
        "A member changes, as by the number of requests assigned",
        of.MemberFields,
    ),
    EventType("project_user.update.agent", "The same, of a member who is no visitor", of.MemberFields),
    EventType("project_user.invite", "A user becomes a member", of.InvitationFields),
    EventType("project_user.delete", "A member is removed", of.MemberDeletionFields),
    EventType("user.signup", "A user signs up", of.SignupFields, is_global=True),
    EventType("faqbot.create", "A bot is made", of.BotFields),
    EventType("faqbot.update", "A bot changes", of.BotUpdateFields),
    EventType("faqbot.delete", "A bot is deleted", of.BotDeletionFields),
    EventType("faq.create", "A bot gets an answer", of.AnswerFields),
    EventType("faq.update", "A bot's answer changes", of.AnswerUpdateFields),
    EventType("faq.delete", "A bot's answer is deleted", of.AnswerDeletionFields),
    EventType("department.create", "A department is made", of.DepartmentFields),
    EventType("department.update", "A department changes", of.DepartmentUpdateFields),
    EventType("department.delete", "A department is deleted", of.DepartmentDeletionFields),
    EventType("group.create", "A group of agents is made", of.GroupFields),
    EventType("group.update", "A group changes, or is put in the bin", of.GroupUpdateFields),
    EventType("group.delete", "A group is deleted for good", of.GroupDeletionFields),
    EventType("project.create", "A project is made", of.ProjectFields, is_global=True),
    EventType("project.update", "A project changes", of.ProjectUpdateFields),
    EventType("project.delete", "A project is disabled", of.NoFields),
    EventType("typing.start", "Somebody types", TypingFields, is_custom=True),
    EventType("faqbot.answer_not_found", "A bot has no answer", AnswerNotFoundFields, is_custom=True),
    EventType("request.fully_abandoned", "No agent took a request", AbandonedFields, is_custom=True),
    EventType(
        "new_conversation",
        "The chat widget starts a conversation",
        NewConversationFields,
        is_custom=True,
    ),
    EventType("auth_state_changed", "The chat widget signs in or out", AuthStateFields, is_custom=True),
    EventType("logged_in", "The chat widget signs in; deprecated", VisitorFields, is_custom=True),
)
"""The table of the platform's own events. A test compares it with `docs/platform-events.md`."""

_UPDATE: Final = "it sends request.update"
NEVER_SENT: Final[Mapping[str, str]] = {
    "request.participants.update": f"{_UPDATE} when participants change",
    "request.participants.join": f"{_UPDATE} when an agent joins",
    "request.participants.leave": f"{_UPDATE} when an agent leaves",
    "request.attributes.update": f"{_UPDATE} when attributes change",
    "request.rated": f"{_UPDATE} when the visitor rates",
    "request.reopen": f"{_UPDATE} when a request is opened again",
    "request.close.extended": "it sends request.close, with all messages",
    "request.delete": "nothing is sent when a request is deleted",
    "request.update.preflight": _UPDATE,
    "lead.update": "nothing is sent when a lead changes",
    "lead.delete": "nothing is sent when a lead is deleted",
    "lead.email.update": "nothing is sent when a lead changes",
    "lead.fullname.email.update": "nothing is sent when a lead changes",
    "message.update": "it sends message.create only",
    "message.received": "it sends message.create only",
    "message.sending": "it sends message.create only",
    "message.received.for.bot": "it sends message.create only, and posts the message to the bot's url",
    "message.create.from.requester": "it sends message.create, and the `sender` says who writes",
    "message.create.request": "it sends message.create and message.create.request.channel.NAME",
    "faqbot.publish": "it sends faqbot.create, faq.create and faqbot.update when a bot is published",
    "faqBot.create": "it sends faqbot.create",
    "user.update": "nothing is sent when a user changes",
    "user.signin": "nothing is sent when a user signs in",
    "user.delete": "nothing is sent when a user is deleted",
    "project_user.delete.agent": "it sends project_user.delete when a member is removed",
    "project_user.invite.pending": "it sends project_user.invite when a user who has an account is invited",
    "project.downgrade": "it sends project.update when a project changes",
    "tag.create": "nothing is sent when a tag is made",
    "label.create": "nothing is sent when a label is made",
    "canned.create": "nothing is sent when a canned answer is made",
    "subscription.create": "nothing is sent when a subscription is made",
    "*": "a subscription names one event exactly",
}
"""Names that the real server was never seen to send though the thing was done, and what it does instead."""


def event_type(name: str) -> EventType:
    """Return the row of an event.

    Raises UnknownStandardEvent for any other name, with the reason if the real server never sends it, and for
    what is no text.
    """
    if not isinstance(name, str):
        raise UnknownStandardEvent(str(name), "expected the name of an event, as message.create")
    found = next((row for row in EVENT_TYPES if row.matches(name)), None)
    if found is not None:
        return found
    if (hint := prefix_hint(name)) is not None:
        raise UnknownStandardEvent(name, hint)
    if name == EVERY_EVENT or name.startswith(f"{EVERY_EVENT}."):
        raise UnknownStandardEvent(name, "it comes with each event that is fired: fire the event")
    if name in NEVER_SENT:
        raise UnknownStandardEvent(name, str(name_hint(name)))
    raise UnknownStandardEvent(name, f"unknown; {suggestion(name, [row.name for row in EVENT_TYPES])}")


def own_webhook(name: str) -> EventType | None:
    """Return the row of an event that is a webhook of its own; None for any other name."""
    return next((row for row in EVENT_TYPES if not row.is_custom and row.matches(name)), None)


def webhook_of(name: str) -> tuple[str, bool]:
    """Return the name to subscribe to for an event, and whether only global subscriptions get it.

    That is its own name for a webhook of its own, and `event.emit.NAME` for any other event. `event.emit`
    stays as it is: it names every custom event.
    """
    if name == EVERY_EVENT:
        return name, False
    row = own_webhook(name)
    return (name, row.is_global) if row else (EVENT_PREFIX + name.removeprefix(EVENT_PREFIX), False)


def name_hint(name: str) -> str | None:
    """Return what may be wrong with a name that is in no row: never sent, or like one of the rows.

    None for names that are in a row, or like none: those of custom events.
    """
    if any(row.matches(name) for row in EVENT_TYPES):
        return None
    if name in NEVER_SENT:
        return f"the real server never sends it; {NEVER_SENT[name]}"
    near = closest(name, [row.name for row in EVENT_TYPES], cutoff=_NEAR)
    return own_event_hint(near) if near else None


def prefix_hint(name: str) -> str | None:
    """Return what is meant by `event.emit.` before the name of one of the rows; None for any other name."""
    plain = name.removeprefix(EVENT_PREFIX)
    is_row = plain != name and any(row.matches(plain) for row in EVENT_TYPES)
    return own_event_hint(plain) if is_row else None


def own_event_hint(name: str) -> str:
    """Return that the name of a row may be meant."""
    return f"did you mean {name}, one of the platform's own events?"


def read_fields(row: EventType, name: str, values: Mapping[str, Json]) -> Any:
    """Return the fields that a tester gives to the event `name`, as `row.fields`.

    Raises StandardEventInvalid for an unknown field, one that is missing, and one of another type.
    """
    check_objects(name, values)
    try:
        return convert(dict(values), row.fields)
    except ConversionError as error:
        raise StandardEventInvalid(name, str(error)) from error


def field_rows(kind: type[GivenFields]) -> Iterator[FieldRow]:
    """Yield the fields of an event, the required ones first."""
    hints = get_type_hints(kind, include_extras=True)
    for one in sorted(struct_fields(kind), key=lambda one: not one.required):
        hint = hints[one.name]
        yield FieldRow(one.encode_name, describe(hint), one.required, _title(hint), str in type_options(hint))


def _title(hint: Any) -> str:
    """Return the description of a field: it is beside the type, which may be one of several."""
    notes = [*getattr(hint, "__metadata__", ())]
    notes += [note for part in getattr(hint, "__args__", ()) for note in getattr(part, "__metadata__", ())]
    return next((note.title for note in notes if note.title), "")


def field_documents(kind: type[GivenFields]) -> list[Document]:
    """Return the fields of an event or a step as the control API shows them.

    `text` is whether the value may be text.
    """
    return [
        {
            "name": row.name,
            "type": row.kind,
            "required": row.is_required,
            "description": row.sentence,
            "text": row.takes_text,
        }
        for row in field_rows(kind)
    ]
