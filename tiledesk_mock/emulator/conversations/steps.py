"""The steps of a conversation that is open, each as a change of it."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from ...node.json import ABSENT, Absent, Json
from ...tiledesk.conversation_fields import (
    ChangeFields,
    ClosingFields,
    NoteFields,
    OpeningFields,
    ParticipantFields,
    ParticipantsFields,
    RatingFields,
    SayingFields,
    TeamFields,
    WritingFields,
)
from ...tiledesk.conversation_rules import (
    DEFAULT_CHANNEL,
    SYSTEM,
    SYSTEM_NAME,
    agents_of,
    assigned_notice,
    attributes_of,
    closed,
    closed_notice,
    joined,
    left,
    reopened,
    reopened_notice,
    routed,
    with_last_message,
    with_participants,
)
from ...tiledesk.conversations import ABANDONED, CLOSED, Conversation, Department, Message
from ...tiledesk.event_fields import RequestUpdateFields, given, stored_object
from ...tiledesk.operator_select import BOT_PREFIX
from ...tiledesk.request_payloads import arrays_first, as_new, with_agents
from ...tiledesk.wire import Document, loaded_document, with_fields
from ..platform.project_records import ProjectRecords
from .change import ConversationChange
from .people import (
    participant,
    participants,
    participating_member,
    requester_of,
    writer,
)
from .routing import Route

_FILE: Final = "file"


def say(change: ConversationChange, fields: SayingFields) -> None:
    """Add a message of a person, by default of the one who opened the conversation; or of the platform."""
    records, conversation = change.records, change.conversation
    check_metadata(records, fields)
    if fields.by == SYSTEM:
        change.say(_message_of_platform(change, fields))
        return
    by = requester_of(records, conversation) if fields.by is ABSENT else writer(records, fields.by)
    id_sender = by.id if fields.sender is ABSENT else fields.sender
    message = message_of(change, fields, id_sender, fields.sender_fullname or by.fullname)
    change.say(message)
    change.change(with_last_message(conversation, message))


def _message_of_platform(change: ConversationChange, fields: SayingFields) -> Message:
    """Return a message of the platform, which is not the last message of the conversation's attributes."""
    metadata = change.conversation.language if fields.metadata is ABSENT else fields.metadata
    attributes = {} if fields.attributes is ABSENT else fields.attributes
    message = message_of(change, fields, SYSTEM, fields.sender_fullname or SYSTEM_NAME)
    return replace(message, metadata=metadata, attributes=attributes)


def check_metadata(records: ProjectRecords, fields: WritingFields) -> None:
    """Raise StandardEventInvalid for a message that the real server never responds to."""
    metadata = fields.metadata if isinstance(fields.metadata, dict) else {}
    if fields.type == _FILE and "type" not in metadata:
        problem = "a file has a type, as application/pdf: without it the real server never responds"
        raise records.invalid("metadata", problem)


def message_of(
    change: ConversationChange, fields: SayingFields | OpeningFields, id_sender: str, fullname: str
) -> Message:
    """Return the message of a person."""
    return Message(
        id=change.records.ids.object_id(),
        sender_fullname=fullname,
        type=fields.type,
        status=fields.status,
        sender=id_sender,
        recipient=change.conversation.request_id,
        text=fields.text,
        id_project=change.records.project.id,
        created_by=id_sender,
        metadata=stored_object(fields.metadata),
        attributes=stored_object(fields.attributes),
        language=fields.language,
        channel=channel_of(fields.channel),
        created_at=change.now,
        updated_at=change.now,
    )


def channel_of(channel: Json | Absent) -> Document:
    """Return a channel as it is stored: of an object, the real server keeps the name."""
    name = channel.get("name") if isinstance(channel, dict) else channel
    return {"name": name if isinstance(name, str) else DEFAULT_CHANNEL}


def stored_location(location: Json | Absent) -> Json | Absent:
    """Return a location as it is stored."""
    return {"geometry": {"coordinates": []}, **location} if isinstance(location, dict) else ABSENT


def stored_lists(
    records: ProjectRecords, conversation: Conversation, fields: ChangeFields | RequestUpdateFields
) -> dict[str, Any]:
    """Return tags, notes and attributes of the fields as they are stored: attributes beside the others."""
    values: dict[str, Any] = {}
    if fields.tags is not ABSENT:
        values["tags"] = records.tags(fields.tags)
    if fields.notes is not ABSENT:
        values["notes"] = records.with_ids(fields.notes)
    if fields.attributes is not ABSENT:
        values["attributes"] = stored_object({**attributes_of(conversation), **fields.attributes})
    return values


def update(change: ConversationChange, fields: ChangeFields) -> None:
    """Change tags, attributes, priority and the like."""
    before = conversation = change.conversation
    values = given(fields, "by", "followers") | stored_lists(change.records, before, fields)
    if fields.location is not ABSENT:
        values["location"] = stored_location(fields.location)
    if fields.followers is not ABSENT:
        values["followers"] = participants(change.records, fields.followers, "followers")
        values["version"] = before.version + (values["followers"] != before.followers)
    for name, value in values.items():
        conversation = with_fields(conversation, **{name: value})
    change.update(with_fields(conversation, updated_at=change.now))
    if fields.working_status is not ABSENT:
        change.count(conversation.participants_agents)


def note(change: ConversationChange, fields: NoteFields) -> None:
    """Add a note of the team."""
    made = {
        "_id": change.records.ids.object_id(),
        "text": fields.text,
        "createdBy": participating_member(change.records, change.conversation, fields.by),
        "updatedAt": change.now,
        "createdAt": change.now,
    }
    notes = (*change.conversation.notes, made)
    change.update(with_fields(change.conversation, notes=notes, updated_at=change.now))


def rate(change: ConversationChange, fields: RatingFields) -> None:
    """Rate the conversation, which only who opened it can do."""
    records, requester = change.records, requester_of(change.records, change.conversation)
    if fields.by is not ABSENT and writer(records, fields.by).id != requester.id:
        raise records.invalid("by", "only the person who opened the request can rate it")
    values = given(fields, "by")
    change.update(with_fields(change.conversation, **values, updated_at=change.now))


def join(change: ConversationChange, fields: ParticipantFields) -> None:
    """Let an agent or a bot take part; bots leave when an agent joins."""
    before = change.conversation
    member = participant(change.records, fields.member, "member")
    if member in before.participants:
        return
    conversation = joined(before, member, change.now)
    if member.startswith(BOT_PREFIX):
        change.update(conversation)
        return
    change.update(replace(conversation, has_bot=False))
    if before.has_bot:
        agents = agents_of(change.conversation.participants)
        change.update(with_participants(change.conversation, agents, change.now))
    else:
        change.notify(assigned_notice(before, (member,)))
    change.count((member,))


def leave(change: ConversationChange, fields: ParticipantFields) -> None:
    """Let a participant leave."""
    member = participant(change.records, fields.member, "member")
    if member not in change.conversation.participants:
        return
    found = change.records.people.members(change.records.project.id, member)
    change.update(left(change.conversation, member, found[0].id if found else None, change.now))
    change.count(agents_of((member,)))


def set_participants(change: ConversationChange, fields: ParticipantsFields) -> None:
    """Replace the participants. Without participants `hasBot` stays as it was."""
    ids = participants(change.records, fields.members, "members")
    before = change.conversation
    if ids == before.participants:
        return
    conversation = with_participants(before, ids, change.now)
    change.update(conversation if ids else replace(conversation, has_bot=before.has_bot))
    _welcome(change, before)


def department_part(conversation: Conversation, department: Department) -> Document:
    """Return a department for the snapshot of a conversation that is moved to it, or stays in it."""
    document = loaded_document(department)
    return document if conversation.department == department.id else arrays_first(document)


def move(change: ConversationChange, department: Department, route: Route) -> None:
    """Move the conversation to a department, with the route that was chosen there."""
    before = change.conversation
    parts = {
        "department": department_part(before, department),
        "availableAgentsCount": route.available_agents,
    }
    parts = with_agents(parts, route.agents)
    conversation = routed(before, department.id, route.participants, parts, change.now)
    if route.problem is not None:
        change.change(conversation)  # the real server stores it, and sends nothing
        return
    if conversation.version == before.version:  # nothing is saved where it stays as it is
        change.show(conversation, route.agents)
    else:
        change.update(conversation, [*map(as_new, route.agents)])
    _welcome(change, before)


def _welcome(change: ConversationChange, before: Conversation) -> None:
    """Send what follows from new participants: the message to the agents, and the counts that changed."""
    now = change.conversation
    if now.participants_agents and not now.has_bot and now.status != ABANDONED:
        change.notify(assigned_notice(now, now.participants_agents))
    after, earlier = (agents_of(one.participants) for one in (now, before))
    changed = {*after} ^ {*earlier}
    change.count(one for one in (*earlier, *after) if one in changed)


def close(change: ConversationChange, fields: ClosingFields) -> None:
    """Close the conversation. For a closed one `request.close` is sent once more, and it does not change.

    The event `request.update` has the status only, the transcript comes with `request.close`.
    """
    by = participating_member(change.records, change.conversation, fields.by)
    conversation = change.conversation
    messages = change.records.conversations.messages(conversation)
    if conversation.status != CLOSED or fields.force:
        change.update(with_fields(conversation, status=CLOSED, updated_at=change.now))
        change.change(closed(conversation, by, messages, change.now))
    change.close(messages)
    change.notify(closed_notice())
    change.count(conversation.participants_agents)


def reopen(change: ConversationChange, _: TeamFields) -> None:
    """Open a conversation again that is closed or abandoned."""
    if change.conversation.status not in (ABANDONED, CLOSED):
        return
    change.update(reopened(change.conversation, change.now))
    change.notify(reopened_notice())
