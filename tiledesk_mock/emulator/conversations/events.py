"""The platform's own events about requests and messages, each sent alone: what they change, what they have.

What an event needs and is not there, as the request of a message, is made without an event, and stored with
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from ...node.json import ABSENT, Absent
from ...tiledesk.conversation_fields import OpeningFields, SayingFields
from ...tiledesk.conversation_rules import (
    SYSTEM,
    channel_name,
    closed,
    routed,
    with_participants,
)
from ...tiledesk.conversations import Conversation
from ...tiledesk.event_fields import (
    MessageFields,
    Reference,
    RequestCloseFields,
    RequestFields,
    RequestUpdateFields,
    given,
)
from ...tiledesk.wire import Document, with_fields
from ..emulator import Emulator
from ..platform.project_records import ProjectRecords
from .change import ConversationChange
from .change_events import ConversationEvents
from .opening import new_conversation, opening_of, question_request
from .people import participants, team_member, writer
from .routing import default_route
from .steps import channel_of, check_metadata, department_part, message_of, say, stored_lists

_OF_REQUEST: Final = "message.create.request.channel."
_OF_MESSAGE: Final = "message.create.channel."
_TEXT: Final = "hello"


def create_request(emulator: Emulator, records: ProjectRecords, fields: RequestFields) -> Document:
    """Make a request, with the route that the platform itself chooses."""
    change = _opened(emulator, records, given(fields, "tags"))
    if fields.tags is not ABSENT:
        change.conversation = replace(change.conversation, tags=records.tags(fields.tags))
    change.open()
    return _saved(change)


def update_request(emulator: Emulator, records: ProjectRecords, fields: RequestUpdateFields) -> Document:
    """Change a request."""
    change = _change(emulator, records, fields.request)
    before = change.conversation
    conversation = _with_people(change, fields)
    values = given(fields, "request", "department", "participants")
    values |= stored_lists(records, conversation, fields)
    change.update(with_fields(conversation, **values, updated_at=change.now))
    return _saved(change, {*before.participants_agents} ^ {*conversation.participants_agents})


def close_request(emulator: Emulator, records: ProjectRecords, fields: RequestCloseFields) -> Document:
    """Close a request, with its transcript."""
    change = _change(emulator, records, fields.request)
    by = team_member(records, change.conversation, fields.by)
    messages = records.conversations.messages(change.conversation)
    change.change(closed(change.conversation, by, messages, change.now))
    change.close(messages)
    return _saved(change, change.conversation.participants_agents)


def create_message(emulator: Emulator, records: ProjectRecords, fields: MessageFields) -> Document:
    """Add a message to a request. The name of the event may say which channel either of them has."""
    text = _TEXT if fields.text is ABSENT else fields.text
    values = given(fields, "request", "by") | {"text": text}
    channel = _channel(records, fields)
    values |= {} if channel is None else {"channel": channel}
    saying = SayingFields(**values, by=fields.by)
    check_metadata(records, saying)
    conversation = _written_to(records, fields)
    if conversation is None:
        change = _first(emulator, records, fields, values)
    else:
        change = ConversationChange(emulator.database, records, conversation)
    if change.is_new and fields.by != SYSTEM:
        by = writer(records, fields.by)
        change.say(message_of(change, saying, by.id, saying.sender_fullname or by.fullname), is_first=True)
    else:
        say(change, saying)
    return _saved(change)


EMISSIONS: Final[Mapping[str, Callable[[Emulator, ProjectRecords, Any], Document]]] = {
    "request.create": create_request,
    "request.update": update_request,
    "request.close": close_request,
    "message.create": create_message,
    f"{_OF_REQUEST}NAME": create_message,
    f"{_OF_MESSAGE}NAME": create_message,
}
"""What each event changes. They are called with the lock `Emulator.firing`."""


def _saved(change: ConversationChange, users: Iterable[str] = ()) -> Document:
    """Store a change; return the payload of its first event, which is the one that is sent.

    Stored with it are the counts of requests of `users`, or of the agents of a new request.
    """
    change.count(change.conversation.participants_agents if change.is_new else users)
    change.save()
    return change.step[0][0].payload


def _opened(emulator: Emulator, records: ProjectRecords, values: Mapping[str, Any]) -> ConversationChange:
    """Return a change that makes a request."""
    opening = opening_of(records, OpeningFields(**values))
    now = emulator.clock.iso()
    route = default_route(emulator, records.project, opening.department, question_request(opening))
    number = ConversationEvents(emulator.database).next_ticket_id(records.project.id)
    conversation = new_conversation(opening, route, number, now)
    return ConversationChange(emulator.database, records, conversation, opening.lead)


def _change(emulator: Emulator, records: ProjectRecords, reference: Reference | Absent) -> ConversationChange:
    """Return a change of a request, by default of the project's last one, or else of one that it makes."""
    if reference is ABSENT:
        conversation = next(_newest_first(records), None)
    else:
        conversation = records.conversation(reference)
    if conversation is None:
        return _opened(emulator, records, {})
    return ConversationChange(emulator.database, records, conversation)


def _newest_first(records: ProjectRecords) -> Iterator[Conversation]:
    return reversed(records.conversations.conversations(records.project.id))


def _written_to(records: ProjectRecords, fields: MessageFields) -> Conversation | None:
    """Return the request of a message: the one that was named, else the last one, of a visitor their own.

    Raises StandardEventInvalid if the event's name says another channel than the request has.
    """
    channel = _suffix(records.name, _OF_REQUEST)
    if fields.request is not ABSENT:
        conversation = records.conversation(fields.request)
        found = channel_name(conversation.channel)
        if channel not in (None, found):
            raise records.invalid("request", f"its channel is {found}: send {_OF_REQUEST}{found}")
        return conversation
    requester = _visitor(records, fields.by)
    for conversation in _newest_first(records):
        is_theirs = requester in (None, conversation.requester)
        if is_theirs and channel in (None, channel_name(conversation.channel)):
            return conversation
    return None


def _first(
    emulator: Emulator, records: ProjectRecords, fields: MessageFields, values: Mapping[str, Any]
) -> ConversationChange:
    """Return a change that makes the request of a first message: of the visitor who writes, or of a guest."""
    channel = _suffix(records.name, _OF_REQUEST) or values.get("channel", ABSENT)
    by = ABSENT if _visitor(records, fields.by) is None else fields.by
    return _opened(emulator, records, {"text": values["text"], "by": by, "channel": channel})


def _visitor(records: ProjectRecords, reference: Reference | Absent) -> str | None:
    """Return the id of the member who writes, if that is a visitor who was named."""
    if reference is ABSENT or reference == SYSTEM:
        return None
    member = writer(records, reference).member
    return member.id if member is not None and member.is_visitor else None


def _channel(records: ProjectRecords, fields: MessageFields) -> str | None:
    """Return the name of a message's channel, if the tester says it; raise StandardEventInvalid if twice."""
    named = _suffix(records.name, _OF_MESSAGE)
    if fields.channel is ABSENT:
        return named
    channel: str = channel_of(fields.channel)["name"]
    if named not in (None, channel):
        raise records.invalid("channel", f"expected {named}, as the event says, not {channel}")
    return channel


def _suffix(name: str, prefix: str) -> str | None:
    return name.removeprefix(prefix) if name.startswith(prefix) else None


def _with_people(change: ConversationChange, fields: RequestUpdateFields) -> Conversation:
    """Return a request with the participants and the department that the tester gives."""
    records, conversation = change.records, change.conversation
    ids = conversation.participants
    if fields.participants is not ABSENT:
        ids = participants(records, fields.participants, "participants")
    if fields.department is not ABSENT:
        department = records.department(fields.department)
        snapshot = {"department": department_part(conversation, department)}
        return routed(conversation, department.id, ids, snapshot, change.now)
    return conversation if fields.participants is ABSENT else with_participants(conversation, ids, change.now)
