"""The people of a conversation, found by the names that a tester gives to them."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from ...http.exchange import Principal, PrincipalKind
from ...node.json import ABSENT, Absent
from ...tiledesk.conversations import Conversation
from ...tiledesk.event_fields import Reference
from ...tiledesk.model import Bot, ProjectUser, User
from ...tiledesk.operator_select import BOT_PREFIX
from ...tiledesk.wire import profile_document
from ..platform.project_records import ProjectRecords

_GUEST: Final = "guest"
_AGENT: Final = "agent"


class Writer(Struct, frozen=True):
    """Who writes. `id` is a message's `sender`; a bot has no `member`, and a visitor no `user` either."""

    id: str
    fullname: str
    member: ProjectUser | None = None
    user: User | None = None


def writer(records: ProjectRecords, reference: Reference | Absent, field: str = "by") -> Writer:
    """Return who writes, by default a guest.

    Raises StandardEventInvalid if the project has no such member and no such bot.
    """
    if reference is ABSENT:
        found: ProjectUser | Bot = records.member_with_role(_GUEST, field)
    else:
        found = records.person(reference, field)
    if isinstance(found, Bot):
        return Writer(found.id, found.name)
    user = records.user_of(found)
    return Writer(found.person_id, _full_name(found, user), found, user)


def requester_of(records: ProjectRecords, conversation: Conversation) -> Writer:
    """Return who opened a conversation."""
    return writer(records, conversation.requester or ABSENT)


def team_member(records: ProjectRecords, conversation: Conversation, reference: Reference | Absent) -> str:
    """Return the id of who does something for the team.

    By default it is the first agent of the conversation, else the owner.
    """
    if reference is ABSENT and conversation.participants_agents:
        return conversation.participants_agents[0]
    return records.person_id(reference)


def participating_member(
    records: ProjectRecords, conversation: Conversation, reference: Reference | Absent
) -> str:
    """Return the id of who does for the team what an agent may do only in their own conversations.

    Raises StandardEventInvalid for an agent who does not take part: the real server refuses them.
    """
    by = team_member(records, conversation, reference)
    members = records.people.members(records.project.id, by)
    if members and members[0].role == _AGENT and by not in conversation.participants:
        raise records.invalid("by", f"the agent {by} does not take part: let them join, or name the owner")
    return by


def participant(records: ProjectRecords, reference: Reference, field: str) -> str:
    """Return a participant as a conversation has it: the id of a user, or `bot_` and that of a bot."""
    found = records.participant(reference, field)
    return BOT_PREFIX + found.id if isinstance(found, Bot) else found.id


def participants(records: ProjectRecords, references: list[Reference], field: str) -> tuple[str, ...]:
    """Return participants as `participant` does."""
    return tuple(participant(records, one, f"{field}[{index}]") for index, one in enumerate(references))


def principal_of(user: User) -> Principal:
    """Return a user as the caller who fires an event."""
    return Principal(PrincipalKind.USER, user.id, profile_document(user))


def _full_name(member: ProjectUser, user: User | None) -> str:
    """Return a name as the real server makes it of a first and a last name.

    A visitor's are in their token only, so the name is that of an anonymous guest, or an external user's id.
    """
    if user is not None:
        return " ".join(name if isinstance(name, str) else "" for name in (user.firstname, user.lastname))
    uuid = member.uuid_user or member.id
    return f"guest#{uuid[:4]} " if member.role == _GUEST else f"{uuid} "
