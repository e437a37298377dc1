"""The stored departments, groups, leads, conversations, messages and bots' answers."""

from __future__ import annotations

from typing import Final

from ..tiledesk.conversations import (
    Answer,
    Conversation,
    ConversationRecord,
    Department,
    Group,
    Lead,
    Message,
)
from ..tiledesk.model import ProjectUser
from .records import Records


class Conversations:
    """Departments, groups, leads, conversations, messages and answers.

    `department`, `group`, `lead`, `conversation` and `answer` return the record with an id, or None. `leads`
    and `answers` return all of them, in order of creation.
    """

    def __init__(self, records: Records) -> None:
        self._records: Final = records
        self._departments: Final = records.index(Department, project=lambda one: one.id_project)
        self._groups: Final = records.index(Group, project=lambda one: one.id_project)
        self._leads: Final = records.index(Lead, person=lambda one: (one.id_project, one.lead_id))
        self._conversations: Final = records.index(
            Conversation, project=lambda one: one.id_project, request_id=lambda one: one.request_id
        )
        self._messages: Final = records.index(
            Message, conversation=lambda one: (one.id_project, one.recipient)
        )
        self._answers: Final = records.index(Answer)
        self.department: Final = self._departments.get
        self.group: Final = self._groups.get
        self.lead: Final = self._leads.get
        self.conversation: Final = self._conversations.get
        self.answer: Final = self._answers.get
        self.leads: Final = self._leads.all
        self.answers: Final = self._answers.all

    def departments(self, id_project: str | None = None) -> tuple[Department, ...]:
        """Return a project's departments, or all, in order of creation."""
        return (
            self._departments.all() if id_project is None else self._departments.find("project", id_project)
        )

    def groups(self, id_project: str | None = None) -> tuple[Group, ...]:
        """Return a project's groups, or all, in order of creation."""
        return self._groups.all() if id_project is None else self._groups.find("project", id_project)

    def lead_of(self, id_project: str, lead_id: str) -> Lead | None:
        """Return the lead of the user or guest with an id in a project, or None."""
        return self._leads.first("person", (id_project, lead_id))

    def conversations(self, id_project: str | None = None) -> tuple[Conversation, ...]:
        """Return a project's conversations, or all, in order of creation."""
        index = self._conversations
        return index.all() if id_project is None else index.find("project", id_project)

    def conversation_by_request_id(self, request_id: str) -> Conversation | None:
        """Return the conversation with a `request_id`, as `support-group-...`, or None."""
        return self._conversations.first("request_id", request_id)

    def messages(self, conversation: Conversation) -> tuple[Message, ...]:
        """Return the messages of a conversation, in order of creation."""
        return self._messages.find("conversation", (conversation.id_project, conversation.request_id))

    def all_messages(self) -> tuple[Message, ...]:
        """Return the messages of all conversations, in order of creation."""
        return self._messages.all()

    def save(self, *records: ConversationRecord | ProjectUser) -> None:
        """Store records, and members that they concern, in one write. Raises StorageFull.

        Each replaces the one with its id.
        """
        self._records.put(records)

    def remove_department(self, id: str) -> None:  # noqa: A002  (the field's name)
        """Remove a department, if it exists. Raises StorageFull."""
        self._records.remove(self._departments, id)

    def remove_group(self, id: str) -> None:  # noqa: A002  (the field's name)
        """Remove a group, if it exists. Raises StorageFull."""
        self._records.remove(self._groups, id)

    def remove_answer(self, id: str) -> None:  # noqa: A002  (the field's name)
        """Remove an answer, if it exists. Raises StorageFull."""
        self._records.remove(self._answers, id)
