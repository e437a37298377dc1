"""What a subscriber to a topic about conversations gets first, and who may read which of them."""

from __future__ import annotations

from typing import Final

from ...errors import ObjectNotRead
from ...node.json import Json
from ...store.database import Database
from ...tiledesk.conversations import ABANDONED, CLOSED, Conversation
from ...tiledesk.model import ProjectUser
from ...tiledesk.request_payloads import listed_request, request_payload, snapshot_agents
from ...tiledesk.topics import Resource, Topic
from ...tiledesk.wire import Document, record_document
from .references import references_of

_LIMIT: Final = 100
"""How many conversations a subscriber to `/PROJECT/requests` gets at most."""

_TEMPORARY: Final = 50

_READ_ALL: Final = ("owner", "admin")
_AGENT: Final = "agent"


def first_of_conversations(database: Database, topic: Topic, member: ProjectUser | None) -> Json:
    """Return what a member gets first of a topic about conversations: a list, a document or null.

    The real server compares the project's id as a text, so the topic has to write it in lower case. Raises
    ObjectNotRead for messages that the member may not read.
    """
    if topic.resource is Resource.CONVERSATIONS:
        return _open_conversations(database, topic, member)
    conversation = database.conversations.conversation_by_request_id(topic.id)
    is_read = conversation is not None and conversation.id_project == topic.project
    if conversation is None or not is_read or not may_read(member, conversation):
        if topic.resource is Resource.MESSAGES:
            raise ObjectNotRead(
                f"the project has no request {topic.id!r}, or this client does not take part in it"
            )
        return None
    if topic.resource is Resource.CONVERSATION:
        return request_payload(conversation, references_of(database, conversation))
    messages = sorted(database.conversations.messages(conversation), key=lambda one: one.created_at)
    return [*map(record_document, messages)]


def may_read(member: ProjectUser | None, conversation: Conversation) -> bool:
    """Return whether the real server lets a member read a conversation over the WebSocket.

    Owners and admins read all of them, members with other roles those that they take part in. Agents read
    also those for which they could have been selected: they are in `snapshot.agents`.
    """
    if member is None:
        return False
    if member.role in _READ_ALL or member.id_user in conversation.participants:
        return True
    agents = (snapshot_agents(conversation) or []) if member.role == _AGENT else []
    return any(agent["id_user"] == member.id_user for agent in agents)


def _open_conversations(database: Database, topic: Topic, member: ProjectUser | None) -> list[Document]:
    """Return the open conversations that a member may read, the last changed first."""
    found = [
        conversation
        for conversation in database.conversations.conversations(topic.project)
        if _is_listed(conversation) and may_read(member, conversation)
    ]
    found.sort(key=lambda one: one.updated_at, reverse=True)
    return [*map(listed_request, found[:_LIMIT])]


def _is_listed(conversation: Conversation) -> bool:
    status = conversation.status
    return _TEMPORARY < status < CLOSED and status != ABANDONED and not conversation.preflight
