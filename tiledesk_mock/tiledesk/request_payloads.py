"""The documents of requests and messages that the platform's own webhooks carry.

A request has three forms: whole in `request.*`, as MongoDB has it (with the documents that it refers to) in
`message.create`, and with ids only in `operator.select`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from ..node.json import ABSENT, Json
from .chat_limits import OpenCount
from .conversations import Conversation, Department, Group, Lead, Message
from .model import Bot, Project, ProjectUser, User
from .payloads import (
    MemberUser,
    bot_payload,
    department_payload,
    group_payload,
    lead_payload,
    member_payload,
    nested_project,
    user_payload,
)
from .wire import Document, loaded_document, record_document

_ARRAYS: Final[tuple[str, ...]] = ("groups", "tags")
_AGENTS: Final = "agents"
_ID_USER: Final = "id_user"
_VIRTUAL: Final = {"requester": ("isAuthenticated", "id"), "department": ("hasBot", "id")}
"""Fields that mongoose adds to documents, and that are missing where it returns plain objects."""


class References(Struct, frozen=True, kw_only=True):
    """The records that a conversation refers to.

    `requester` is a member and `user` the user of that member, `department_bot` the bot of the department.
    `agents` and `bots` take part in the conversation.
    """

    requester: ProjectUser | None = None
    user: User | None = None
    lead: Lead | None = None
    department: Department | None = None
    department_bot: Bot | None = None
    agents: tuple[User, ...] = ()
    bots: tuple[Bot, ...] = ()


def new_snapshot(references: References, available_agents: int, agents: Iterable[Json] = ()) -> Document:
    """Return the `snapshot` that a conversation is stored with.

    `available_agents` is the number of available agents, `agents` are the documents of all agents that
    `operator.select` has chosen from. The documents in it are new for mongoose, which sets `updatedAt` of
    such ones to `createdAt`.
    """
    snapshot: Document = {}
    if references.department is not None:
        snapshot["department"] = as_new(loaded_document(references.department))
    snapshot["availableAgentsCount"] = available_agents
    if references.requester is not None:
        snapshot["requester"] = as_new(loaded_document(references.requester))
    if references.lead is not None:
        snapshot["lead"] = as_new(lead_payload(references.lead))
    return with_agents(snapshot, agents)


def arrays_first(stored: Document) -> Document:
    """Return a document as mongoose loads it inside of another one: with its arrays behind `_id`."""
    arrays: Document = {name: stored[name] for name in _ARRAYS if name in stored}
    document: Document = {}
    for name, value in stored.items():
        if name not in arrays:
            document[name] = value
        if name == "_id":
            document |= arrays
    return document


def as_new(document: Json) -> Json:
    """Return a document as mongoose stores it for the first time inside of another one."""
    is_dated = isinstance(document, dict) and "createdAt" in document
    return {**document, "updatedAt": document["createdAt"]} if is_dated else document


def with_agents(snapshot: Document, agents: Iterable[Json]) -> Document:
    """Return a snapshot as it is stored with these agents, documents of members.

    They decide which agents read the conversation over the WebSocket. Webhooks have the stored ones never.
    """
    ids = [{_ID_USER: one.get(_ID_USER)} for one in agents if isinstance(one, dict)]
    return {**snapshot, _AGENTS: ids}


def snapshot_agents(conversation: Conversation) -> list[Document] | None:
    """Return the stored `snapshot.agents` as `{"id_user": ID}`; None if the snapshot has none."""
    snapshot = conversation.snapshot
    agents = snapshot.get(_AGENTS) if isinstance(snapshot, dict) else None
    if not isinstance(agents, list):
        return None
    return [{_ID_USER: one.get(_ID_USER)} for one in agents if isinstance(one, dict)]


def request_payload(
    conversation: Conversation,
    references: References,
    *,
    is_new: bool = False,
    agents: Sequence[Json] | None = None,
    messages: Sequence[Message] | None = None,
) -> Document:
    """Return a conversation as in `request.create`, `request.update` and `request.close`.

    Args:
        conversation: the conversation.
        references: the records that it refers to.
        is_new: whether it was just made, and not loaded. It is in `request.create`.
        agents: `snapshot.agents`, where agents were selected for it in this step.
        messages: those of a `request.close`.
    """
    document = record_document(conversation)
    document |= _references(references, is_stored=False)
    if "snapshot" in document:
        document["snapshot"] = _snapshot(document["snapshot"], is_new=is_new)
        if is_new or agents is not None:
            document["snapshot"][_AGENTS] = [*(agents or ())]
    document |= {
        **_requester_id(conversation),
        "participatingAgents": [user_payload(user) for user in references.agents],
        "participatingBots": [bot_payload(bot) for bot in references.bots],
        "id": conversation.id,
    }
    return document if messages is None else document | {"messages": [*map(record_document, messages)]}


def message_payload(
    message: Message, conversation: Conversation, references: References, *, with_snapshot: bool = True
) -> Document:
    """Return a message with its request, as in `message.create`.

    `with_snapshot` is whether the request has its snapshot: where bots get it, it may not be saved yet.
    """
    request = stored_request(conversation, references)
    if not with_snapshot:
        request.pop("snapshot", None)
    return record_document(message) | {"request": request}


def stored_request(conversation: Conversation, references: References) -> Document:
    """Return a conversation as in a message: stored documents, without virtual fields but the participants.

    Of the participants, the bots come first, but behind a list of agents that is empty.
    """
    document = record_document(conversation) | _references(references, is_stored=True)
    if isinstance(document.get("snapshot"), dict):
        document["snapshot"] = _without_agents(document["snapshot"])
    bots = {"participatingBots": [*map(record_document, references.bots)]}
    agents = {"participatingAgents": [*map(record_document, references.agents)]}
    is_with_bots_only = references.bots and not references.agents
    return document | (agents | bots if is_with_bots_only else bots | agents)


def unpopulated_request(conversation: Conversation) -> Document:
    """Return a conversation with ids in place of documents, as in the context of `operator.select`."""
    document = record_document(conversation)
    if "snapshot" in document:
        document["snapshot"] = _snapshot(document["snapshot"], is_new=False)
    return document | {**_requester_id(conversation), "id": conversation.id}


def listed_request(conversation: Conversation) -> Document:
    """Return a conversation as in the list that subscribers of `/PROJECT/requests` get first: as stored."""
    document = record_document(conversation)
    snapshot = document.get("snapshot")
    if isinstance(snapshot, dict):
        agents = snapshot_agents(conversation)
        document["snapshot"] = snapshot = {**snapshot, **({} if agents is None else {_AGENTS: agents})}
        if isinstance(member := snapshot.get("requester"), dict):
            snapshot["requester"] = {**member, "isAuthenticated": member.get("role") != "guest"}
    return document | {"id": conversation.id} | _requester_id(conversation)


def updated_request(payload: Document, agents: Sequence[Document] | None) -> Document:
    """Return the `payload` of a `request.update` as WebSockets have it, without virtual fields.

    `agents` are the `snapshot_agents` of the conversation; an empty list is left out.
    """
    document = {name: value for name, value in payload.items() if name != "snapshot"}
    for field, virtual in _VIRTUAL.items():
        if isinstance(nested := document.get(field), dict):
            document[field] = {name: value for name, value in nested.items() if name not in virtual}
    return document | {"snapshot": {_AGENTS: [*agents]} if agents else {}}


def operator_select_payload(
    *,
    available_agents: Sequence[ProjectUser],
    agents: Sequence[ProjectUser],
    operators: Sequence[Json],
    department: Department,
    project: Project,
    now: int,
    group: Group | None = None,
    request: Document,
    last: Mapping[str, Json] | None = None,
    open_counts: Sequence[OpenCount] | None = None,
) -> Document:
    """Return the question `operator.select`.

    Args:
        available_agents: the agents of the department who are available.
        agents: all of them.
        operators: who would be assigned: `{"id_user": ID}`, or the document of a member.
        department: the department that the request goes to.
        project: the project.
        now: the time in milliseconds.
        group: the group that the department belongs to.
        request: of a new request what it is made of; of any other the `unpopulated_request`.
        last: `lastOperatorId`, `lastRequest` and `lastOperatorIndex`, where a request was assigned before.
        open_counts: the available agents with their open conversations, where the project has a limit.
    """
    counts = [
        {"project_user": plain_member(member), "openRequetsCount": count}  # spelt so by the real server
        for member, count in open_counts or ()
    ]
    return {
        "available_agents": [plain_member(member) for member in available_agents],
        "agents": [plain_member(member) for member in agents],
        "operators": [*operators],
        "department": department_payload(department),
        **({} if group is None else {"group": [group_payload(group)]}),
        "id_project": project.id,
        "project": nested_project(project, now),
        "context": {"request": request},
        **(last or {}),
        **({} if open_counts is None else {"available_agents_request": counts}),
    }


def plain_member(member: ProjectUser) -> Document:
    """Return a member as in lists of agents: `id_user` is an id, and `isBusy` is absent."""
    return member_payload(member, id_user=MemberUser.ID, is_busy=None)


def _references(references: References, *, is_stored: bool) -> Document:
    """Return `requester`, `lead` and `department` as documents, those that are known."""
    document: Document = {}
    member, department, whole = references.requester, references.department, MemberUser.WHOLE
    if member is not None and is_stored:
        document["requester"] = record_document(member)
        if references.user is not None:
            document["requester"]["id_user"] = record_document(references.user)
    elif member is not None:
        document["requester"] = member_payload(member, references.user, id_user=whole, is_busy=None)
    if references.lead is not None:
        document["lead"] = lead_payload(references.lead)
    if department is not None and is_stored:
        document["department"] = record_document(department)
        if references.department_bot is not None:
            document["department"]["bot"] = bot_payload(references.department_bot)
    elif department is not None:
        document["department"] = department_payload(department)
    return document


def _requester_id(conversation: Conversation) -> Document:
    return {} if conversation.lead is ABSENT else {"requester_id": conversation.lead}


def _snapshot(stored: Json, *, is_new: bool) -> Document:
    """Return a snapshot with virtual fields; mongoose puts the arrays of one that was loaded behind `_id`."""
    snapshot = _without_agents(stored)
    if "department" in snapshot:
        department = dict(snapshot["department"]) if is_new else arrays_first(snapshot["department"])
        snapshot["department"] = department | {
            "hasBot": bool(department.get("id_bot")),
            "id": department["_id"],
        }
    if "requester" in snapshot:
        member = dict(snapshot["requester"]) if is_new else arrays_first(snapshot["requester"])
        snapshot["requester"] = member | {"isAuthenticated": member["role"] != "guest", "id": member["_id"]}
    return snapshot


def _without_agents(stored: Document) -> Document:
    return {name: value for name, value in stored.items() if name != _AGENTS}
