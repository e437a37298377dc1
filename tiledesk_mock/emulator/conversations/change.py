"""One change of a conversation: the records that it stores, and the groups of events that it sends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from ...node.json import Json
from ...store.database import Database
from ...tiledesk.conversation_rules import DEFAULT_CHANNEL, SYSTEM, SYSTEM_NAME, Notice
from ...tiledesk.conversations import Conversation, ConversationRecord, Lead, Message
from ...tiledesk.model import ProjectUser
from ...tiledesk.platform_events import Step
from ..platform.project_records import ProjectRecords
from .change_events import ConversationEvents, Group


class ConversationChange:
    """Collects what a step stores and sends, in the order in which it is sent.

    Args:
        database: what is stored.
        records: the records of the project.
        conversation: the conversation as it is before.
        new_lead: its lead, if the step stores both for the first time.

    Attributes:
        conversation: as it will be stored.
        message: the message that the step adds.
        is_new: whether the conversation is stored for the first time.
    """

    def __init__(
        self,
        database: Database,
        records: ProjectRecords,
        conversation: Conversation,
        new_lead: Lead | None = None,
    ) -> None:
        self.records: Final = records
        self.events: Final = ConversationEvents(database, new_lead)
        self.now: Final = records.clock.iso()
        self.conversation = conversation
        self.message: Message | None = None
        self._stored: Final[dict[str, ConversationRecord | ProjectUser]] = {}
        self._groups: Final[list[Group]] = []
        self.is_new: Final = new_lead is not None
        if new_lead is not None:
            self.store(conversation, new_lead)

    @property
    def step(self) -> Step:
        """The groups of events."""
        return tuple(group for group in self._groups if group)

    @property
    def sent(self) -> tuple[str, ...]:
        """The names of the events in order."""
        return tuple(event.name for group in self._groups for event in group)

    def save(self) -> None:
        """Store all records in one write. Raises StorageFull, and then nothing is stored."""
        if self._stored:
            self.records.conversations.save(*self._stored.values())

    def store(self, *records: ConversationRecord | ProjectUser) -> None:
        """Store records with the step."""
        for record in records:
            self._stored[record.id] = record

    def open(self) -> None:
        """Store the new conversation; send `request.create`."""
        self.store(self.conversation)
        self._groups.append(self.events.request_event("request.create", self.conversation))

    def change(self, conversation: Conversation) -> None:
        """Change the conversation without an event."""
        self.conversation = conversation
        self.store(conversation)

    def update(self, conversation: Conversation, agents: Sequence[Json] | None = None) -> None:
        """Change the conversation; send `request.update`.

        `agents` are those of the department, where it was moved to one.
        """
        self.change(conversation)
        self._groups.append(self.events.request_event("request.update", conversation, agents=agents))

    def show(self, conversation: Conversation, agents: Sequence[Json]) -> None:
        """Send `request.update` of a conversation that is stored otherwise."""
        self._groups.append(self.events.request_event("request.update", conversation, agents=agents))

    def close(self, messages: Sequence[Message]) -> None:
        """Send `request.close` with all messages."""
        event = self.events.request_event("request.close", self.conversation, messages=messages)
        self._groups.append(event)

    def say(self, message: Message, conversation: Conversation | None = None, **options: Any) -> None:
        """Add a message to the conversation, or to another one; send `message.create` and its variants."""
        if conversation is None:
            self.message = message
        self.store(message)
        self._groups.append(self.events.message_events(message, conversation or self.conversation, **options))

    def notify(self, notice: Notice, conversation: Conversation | None = None) -> None:
        """Add a message of the platform itself."""
        message = Message(
            id=self.records.ids.object_id(),
            sender_fullname=SYSTEM_NAME,
            sender=SYSTEM,
            recipient=(conversation or self.conversation).request_id,
            text=notice.text,
            id_project=self.records.project.id,
            created_by=SYSTEM,
            metadata=(conversation or self.conversation).language,
            attributes=notice.attributes,
            channel={"name": DEFAULT_CHANNEL},
            created_at=self.now,
            updated_at=self.now,
        )
        self.say(message, conversation)

    def count(self, users: Iterable[str]) -> None:
        """Count the open conversations of users; send `project_user.update` and its variant for each."""
        members = self.events.counted_members(users, self.conversation, self.now)
        self.store(*members)
        self._groups.append(self.events.member_events(members))
