"""The records that a stored conversation refers to, for its payloads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ...node.json import Absent
from ...store.database import Database
from ...tiledesk.conversations import Conversation, Lead
from ...tiledesk.operator_select import BOT_PREFIX
from ...tiledesk.request_payloads import References

Found = TypeVar("Found")


def references_of(database: Database, conversation: Conversation, new_lead: Lead | None = None) -> References:
    """Return the records that a conversation refers to, as they are stored now; those that exist.

    `new_lead` is the lead if it is not stored yet.
    """
    people, conversations = database.people, database.conversations
    requester = _found(people.project_user, conversation.requester)
    department = _found(conversations.department, conversation.department)
    bots = (one.removeprefix(BOT_PREFIX) for one in conversation.participants_bots)
    return References(
        requester=requester,
        user=_found(people.user, requester.id_user) if requester else None,
        lead=new_lead or _found(conversations.lead, conversation.lead),
        department=department,
        department_bot=_found(people.bot, department.id_bot) if department else None,
        agents=tuple(_all(people.user, conversation.participants_agents)),
        bots=tuple(_all(people.bot, bots)),
    )


def _found(find: Callable[[str], Found | None], id: str | Absent | None) -> Found | None:  # noqa: A002  (the field's name)
    return find(id) if isinstance(id, str) else None


def _all(find: Callable[[str], Found | None], ids: Iterable[str]) -> Iterator[Found]:
    return (found for one in ids if (found := find(one)) is not None)
