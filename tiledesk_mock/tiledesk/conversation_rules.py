"""How the fields of a conversation change: participants, status, closing, and the platform's own messages.

Times are as Tiledesk writes them. The version (`__v`) grows with each change of the participants and of the
department; other changes leave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ..node.json import ABSENT, Absent, Json
from .clock import to_milliseconds
from .conversations import ABANDONED, ASSIGNED, CLOSED, UNASSIGNED, Conversation, Message
from .operator_select import BOT_PREFIX
from .wire import Document, record_document, with_fields

SYSTEM: Final = "system"
"""The sender of the platform's own messages, and the `createdBy` of leads."""

SYSTEM_NAME: Final = "Bot"
"""The `senderFullname` of the platform's own messages."""

DEFAULT_CHANNEL: Final = "chat21"

_ASSIGNED: Final = "A new support request has been assigned to you"
_ASSIGNED_ITALIAN: Final = "Una nuova richiesta di supporto è stata assegnata a te"
"""The real server translates this text only, and only into Italian."""

_ABANDONED_BY: Final = "abandoned_by_project_users"
_PENDING: Final = "pending"
_UNASSIGNED_CHANNELS: Final = frozenset({"email", "form"})


class Notice(Struct, frozen=True):
    """A message of the platform itself: what it says, and its attributes."""

    text: str
    attributes: Document


def with_participants(conversation: Conversation, participants: Iterable[str], now: str) -> Conversation:
    """Return a conversation with other participants, which is assigned if there are any."""
    ids = tuple(participants)
    agents, bots = agents_of(ids), bots_of(ids)
    return with_fields(
        conversation,
        participants=ids,
        participants_agents=agents,
        participants_bots=bots,
        has_bot=bool(bots),
        status=ASSIGNED if ids else UNASSIGNED,
        updated_at=now,
        version=conversation.version + (ids != conversation.participants),
    )


def agents_of(participants: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the users among participants."""
    return tuple(one for one in participants if not one.startswith(BOT_PREFIX))


def bots_of(participants: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the bots among participants."""
    return tuple(one.removeprefix(BOT_PREFIX) for one in participants if one.startswith(BOT_PREFIX))


def joined(conversation: Conversation, participant: str, now: str) -> Conversation:
    """Return a conversation that a user or bot has joined; a closed one is open again."""
    participants = (*conversation.participants, participant)
    changed = with_participants(conversation, participants, now)
    agents = (*conversation.participants_agents, *agents_of((participant,)))
    bots = (*conversation.participants_bots, *bots_of((participant,)))
    return with_fields(changed, participants_agents=agents, participants_bots=bots, assigned_at=now)


def left(conversation: Conversation, participant: str, id_member: str | None, now: str) -> Conversation:
    """Return a conversation that a participant has left; a closed one stays closed.

    With `id_member`, the id of the project user, the attributes say when that member left.
    """
    rest = tuple(one for one in conversation.participants if one != participant)
    changed = with_participants(conversation, rest, now)
    agents, bots = conversation.participants_agents, conversation.participants_bots
    if participant.startswith(BOT_PREFIX):
        bots = _spliced(bots, participant.removeprefix(BOT_PREFIX))
    else:
        agents = _spliced(agents, participant)
    changed = with_fields(changed, participants_agents=agents, participants_bots=bots, has_bot=bool(bots))
    if conversation.status == CLOSED or rest:
        changed = replace(changed, status=conversation.status)
    if id_member is None:
        return changed
    times = {**attributes_of(conversation).get(_ABANDONED_BY, {}), id_member: to_milliseconds(now)}
    return with_attributes(changed, {_ABANDONED_BY: times}, now)


def _spliced(ids: Sequence[str], one: str) -> tuple[str, ...]:
    """Return ids without one; without the last, if it is not among them, as `splice(-1, 1)` does.

    Those that were given when the conversation opened are not, but for the first.
    """
    place = ids.index(one) if one in ids else len(ids) - 1
    return tuple(other for index, other in enumerate(ids) if index != place)


def routed(
    conversation: Conversation, id_department: str, participants: Sequence[str], snapshot: Document, now: str
) -> Conversation:
    """Return a conversation that was moved to a department, or to another agent of its own.

    One whose attribute `fully_abandoned` is true, and which stays where it is, is abandoned. The next time it
    is assigned again. `snapshot` replaces parts of the stored one. The version stays if nothing but the
    snapshot and the time of the assignment would change: then the real server saves nothing.
    """
    stays = (id_department, (*participants,)) == (conversation.department, conversation.participants)
    is_marked = attributes_of(conversation).get("fully_abandoned") is True
    changed = with_participants(conversation, participants, now)
    status = changed.status
    if stays and is_marked and conversation.status != ABANDONED:
        status = ABANDONED
    return with_fields(
        changed,
        department=id_department,
        status=status,
        assigned_at=now if participants else ABSENT,
        snapshot=_with_parts(conversation.snapshot, snapshot, now),
        version=conversation.version + (not stays or status != conversation.status),
    )


def _with_parts(snapshot: Json | Absent, parts: Document, now: str) -> Document:
    """Return a snapshot with other parts; a department that it did not have stands first.

    Mongoose sets the `updatedAt` of a department that is not as it was.
    """
    stored: Document = snapshot if isinstance(snapshot, dict) else {}
    if parts["department"] != stored.get("department"):
        parts = {**parts, "department": {**parts["department"], "updatedAt": now}}
    return {**stored, **parts} if "department" in stored else {**parts, **stored, **parts}


def with_attributes(conversation: Conversation, attributes: Document, now: str) -> Conversation:
    """Return a conversation with these attributes beside the others."""
    merged = {**attributes_of(conversation), **attributes}
    return with_fields(conversation, attributes=merged, updated_at=now)


def with_last_message(conversation: Conversation, message: Message) -> Conversation:
    """Return a conversation whose attributes have its last message of a person."""
    return with_attributes(conversation, {"last_message": record_document(message)}, message.created_at)


def attributes_of(conversation: Conversation) -> Document:
    """Return the attributes of a conversation; none if they are absent."""
    return conversation.attributes if isinstance(conversation.attributes, dict) else {}


def closed(conversation: Conversation, by: str, messages: Iterable[Message], now: str) -> Conversation:
    """Return a conversation that the person with the id `by` closed, with its transcript."""
    return with_fields(
        conversation,
        status=CLOSED,
        transcript=transcript(messages),
        duration=to_milliseconds(now) - to_milliseconds(conversation.created_at),
        closed_by=by,
        closed_at=now,
        updated_at=now,
    )


def reopened(conversation: Conversation, now: str) -> Conversation:
    """Return a closed conversation as an open one."""
    status = ASSIGNED if conversation.participants else UNASSIGNED
    return with_fields(conversation, status=status, updated_at=now)


def transcript(messages: Iterable[Message]) -> str:
    """Return what was said, a line for each message, with times in UTC.

    The real server writes its own local time.
    """
    return "\r\n".join(map(_line, messages))


def _line(message: Message) -> str:
    seconds = to_milliseconds(message.created_at) // 1000
    time = datetime.fromtimestamp(seconds, timezone.utc)
    text = "undefined" if message.text is ABSENT else message.text
    return f"{time:%d/%m/%Y, %H:%M:%S} {message.sender_fullname}: {text}"


def is_assigned_smartly(channel: str) -> bool:
    """Return the `smartAssignment` of a conversation in a channel."""
    return channel not in _UNASSIGNED_CHANNELS


def is_counted(conversation: Conversation) -> bool:
    """Return whether a conversation counts as assigned to its agents: one that waits does not."""
    return conversation.status < CLOSED and conversation.working_status != _PENDING


def channel_name(channel: Json) -> str:
    """Return the name of a channel as a conversation or a message has it."""
    return str(channel.get("name", DEFAULT_CHANNEL)) if isinstance(channel, dict) else DEFAULT_CHANNEL


def assigned_notice(conversation: Conversation, agents: Sequence[str]) -> Notice:
    """Return the message to agents who have a new conversation."""
    about = (conversation.subject or conversation.first_text or "").replace("\n", " ")
    is_italian = str(conversation.language).lower().startswith("it")
    return Notice(
        f"{_ASSIGNED_ITALIAN if is_italian else _ASSIGNED}: {about}",
        {
            "subtype": "info",
            "updateconversation": True,
            "updateconversationfor": [*agents],
            "forcenotification": True,
            **_label("TOUCHING_OPERATOR"),
        },
    )


def closed_notice() -> Notice:
    """Return the message that a conversation was closed."""
    return _support_notice("Chat closed", "CHAT_CLOSED", updates=False)


def reopened_notice() -> Notice:
    """Return the message that a conversation was opened again."""
    return _support_notice("Chat reopened", "CHAT_REOPENED", updates=True)


def lead_notice(email: str | None, fullname: str | None) -> Notice:
    """Return the message that the address and name of a lead were changed."""
    notice = _support_notice("Lead updated", "LEAD_UPDATED", updates=False)
    changes = {"updateUserEmail": email, "updateUserFullname": fullname}
    return Notice(notice.text, {**notice.attributes, **changes})


def _support_notice(text: str, label: str, *, updates: bool) -> Notice:
    return Notice(text, {"subtype": "info/support", "updateconversation": updates, **_label(label)})


def _label(key: str) -> Document:
    return {"messagelabel": {"key": key}}
