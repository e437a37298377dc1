"""The records of conversations: departments, groups, leads, requests with their messages, and bots' answers.

They follow the rules of `model`: a field has the name of Tiledesk's documents, and fields have the order in
which the real server stores them. What Tiledesk calls a request is a `Conversation` here, and what it calls a
faq is an `Answer`, since a request is one of HTTP everywhere else.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from ..node.json import ABSENT, Absent, Json

UNASSIGNED: Final = 100
"""The `status` of a conversation that no agent takes part in."""

ABANDONED: Final = 150
"""The `status` of a conversation that all agents left, and that stays where it is."""

ASSIGNED: Final = 200
"""The `status` of a conversation with an agent or bot."""

CLOSED: Final = 1000
"""The `status` of a closed conversation."""


class Department(Struct, frozen=True, kw_only=True):
    """A department, which conversations are assigned to. Each project has a `default` one."""

    routing: str = "assigned"
    default: bool = False
    status: int = 1
    id: str = field(name="_id")
    name: str
    description: str | Absent | None = ABSENT
    id_group: str | Absent | None = ABSENT
    groups: tuple[Json, ...] = ()
    id_project: str
    created_by: str = field(name="createdBy")
    tags: tuple[Json, ...] = ()
    id_bot: str | Absent | None = ABSENT
    bot_only: bool | Absent = ABSENT
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")
    version: int = field(default=0, name="__v")
    online_msg: str | Absent = ABSENT
    offline_msg: str | Absent = ABSENT
    order: tuple[str, ...] = ()


class Group(Struct, frozen=True, kw_only=True):
    """A group of users of a project; `members` are their ids."""

    members: tuple[str, ...] = ()
    enabled: bool = True
    id: str = field(name="_id")
    name: str
    trashed: bool = False
    id_project: str
    created_by: str = field(name="createdBy")
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")
    version: int = field(default=0, name="__v")
    attributes: Json | Absent = ABSENT
    order: tuple[str, ...] = ()


class Lead(Struct, frozen=True, kw_only=True):
    """A person who wrote to a project; `lead_id` is the id of that user or guest."""

    tags: tuple[Json, ...] = ()
    status: int = 100
    id: str = field(name="_id")
    lead_id: str
    fullname: str | Absent | None = ABSENT
    email: str | Absent | None = ABSENT
    phone: str | None = None
    attributes: Json | Absent = ABSENT
    id_project: str
    created_by: str = field(name="createdBy")
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")
    version: int = field(default=0, name="__v")
    order: tuple[str, ...] = ()


class Conversation(Struct, frozen=True, kw_only=True):
    """A request of Tiledesk: a conversation of a visitor with agents and bots.

    `requester` is the id of a project user, `lead` and `department` are ids of such records; payloads have
    the whole documents. `participants` are ids of users and `bot_ID`. `snapshot` has the documents as they
    were when the conversation opened. `order` has the names of the document's fields where they were set in
    another order than that of the attributes here.
    """

    status: int = UNASSIGNED
    preflight: bool = False
    has_bot: bool = field(default=False, name="hasBot")
    participants: tuple[str, ...] = ()
    priority: str = "medium"
    followers: tuple[str, ...] = ()
    participants_agents: tuple[str, ...] = field(default=(), name="participantsAgents")
    participants_bots: tuple[str, ...] = field(default=(), name="participantsBots")
    id: str = field(name="_id")
    request_id: str
    requester: str | Absent = ABSENT
    lead: str | Absent = ABSENT
    first_text: str | Absent = ABSENT
    subject: str | Absent | None = ABSENT
    department: str | Absent = ABSENT
    source_page: str | Absent | None = field(default=ABSENT, name="sourcePage")
    language: str | Absent | None = ABSENT
    user_agent: str | Absent | None = field(default=ABSENT, name="userAgent")
    assigned_at: str | Absent = ABSENT
    id_project: str
    created_by: str = field(name="createdBy")
    channel: Json
    location: Json | Absent = ABSENT
    tags: tuple[Json, ...] = ()
    notes: tuple[Json, ...] = ()
    created_at: str = field(name="createdAt")
    snapshot: Json | Absent = ABSENT
    contact: Json | Absent = ABSENT
    channel_outbound: Json | Absent = field(default=ABSENT, name="channelOutbound")
    smart_assignment: bool = field(default=True, name="smartAssignment")
    updated_at: str = field(name="updatedAt")
    ticket_id: int
    version: int = field(default=0, name="__v")
    attributes: Json | Absent = ABSENT
    rating: float | Absent = ABSENT
    rating_message: str | Absent = ABSENT
    transcript: str | Absent = ABSENT
    duration: float | Absent = ABSENT
    closed_by: str | Absent = ABSENT
    closed_at: str | Absent = ABSENT
    working_status: str | Absent | None = field(default=ABSENT, name="workingStatus")
    order: tuple[str, ...] = ()


class Message(Struct, frozen=True, kw_only=True):
    """A message. `recipient` is the `request_id` of a conversation, and `sender` the id of a person."""

    sender_fullname: str | Absent | None = field(default=ABSENT, name="senderFullname")
    type: str = "text"
    channel_type: str = "group"
    status: int = 0
    id: str = field(name="_id")
    sender: str
    recipient: str
    text: str | Absent = ABSENT
    id_project: str
    created_by: str = field(name="createdBy")
    metadata: Json | Absent = ABSENT
    attributes: Json | Absent = ABSENT
    language: str | Absent | None = ABSENT
    channel: Json
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")
    version: int = field(default=0, name="__v")


class Answer(Struct, frozen=True, kw_only=True):
    """A question that a bot answers: what Tiledesk calls a faq."""

    webhook_enabled: bool = False
    enabled: bool = True
    topic: str = "default"
    status: str = "live"
    actions: tuple[Json, ...] = ()
    id: str = field(name="_id")
    id_faq_kb: str
    question: str | Absent = ABSENT
    answer: str | Absent = ABSENT
    form: Json | Absent = ABSENT
    id_project: str
    language: str = "en"
    intent_display_name: str | Absent = ABSENT
    created_by: str = field(name="createdBy")
    intent_id: str
    agents_available: bool | Absent = ABSENT
    attributes: Json | Absent = ABSENT
    created_at: str = field(name="createdAt")
    updated_at: str = field(name="updatedAt")
    version: int = field(default=0, name="__v")
    order: tuple[str, ...] = ()


ConversationRecord = Department | Group | Lead | Conversation | Message | Answer
"""A record of this module."""
