"""The groups of events that each change of a conversation sends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from ...node.json import Json
from ...store.database import Database
from ...tiledesk.chat_limits import is_busy
from ...tiledesk.conversation_rules import DEFAULT_CHANNEL, SYSTEM, bots_of, channel_name, is_counted
from ...tiledesk.conversations import Conversation, Lead, Message
from ...tiledesk.model import ProjectUser
from ...tiledesk.payloads import member_payload
from ...tiledesk.platform_events import BotMessage, PlatformEvent
from ...tiledesk.request_payloads import message_payload, request_payload
from ...tiledesk.wire import Document
from .references import references_of

Group = tuple[PlatformEvent | BotMessage, ...]


class ConversationEvents:
    """Makes events of the stored records; `new_lead` is the conversation's lead if it is not stored yet."""

    def __init__(self, database: Database, new_lead: Lead | None = None) -> None:
        self._database: Final = database
        self._new_lead: Final = new_lead
        self._people: Final = database.people
        self._conversations: Final = database.conversations

    def request_event(
        self,
        name: str,
        conversation: Conversation,
        *,
        agents: Sequence[Json] | None = None,
        messages: Sequence[Message] | None = None,
    ) -> Group:
        """Return `request.create`, `request.update` or `request.close`.

        `agents` are those of the department that were selected in this step, `messages` those of a closed
        conversation.
        """
        payload = request_payload(
            conversation,
            references_of(self._database, conversation, self._new_lead),
            is_new=name == "request.create",
            agents=agents,
            messages=messages,
        )
        return (PlatformEvent(name, conversation.id_project, payload),)

    def message_events(
        self,
        message: Message,
        conversation: Conversation,
        *,
        is_first: bool = False,
        is_unfinished: bool = False,
    ) -> Group:
        """Return `message.create`, its variants, and the message to bots that did not write it.

        The platform's own messages do not go to bots. The first one does before the snapshot is saved. Where
        the real server does not finish a request (`is_unfinished`), it sends no variants.
        """
        references = references_of(self._database, conversation, self._new_lead)
        payload = message_payload(message, conversation, references)
        request_channel, channel = channel_name(conversation.channel), channel_name(message.channel)
        names = (
            "message.create",
            f"message.create.request.channel.{request_channel}",
            f"message.create.channel.{channel}",
        )
        sent_names = names[:1] if is_unfinished else names
        events: Group = tuple(PlatformEvent(name, conversation.id_project, payload) for name in sent_names)
        readers = () if message.sender == SYSTEM else bots_of(conversation.participants)
        bots = [bot for one in readers if one != message.sender and (bot := self._people.bot(one))]
        if not bots:
            return events
        sent = message_payload(message, conversation, references, with_snapshot=not is_first)
        return (*events, *(BotMessage(bot, sent) for bot in bots))

    def counted_members(
        self, users: Iterable[str], changed: Conversation, now: str
    ) -> tuple[ProjectUser, ...]:
        """Return the members among users with the number of open conversations that they take part in.

        `changed` is a conversation as it will be stored.
        """
        id_project = changed.id_project
        others = [one for one in self._conversations.conversations(id_project) if one.id != changed.id]
        counted = [one for one in (*others, changed) if is_counted(one)]
        found = (next(iter(self._people.members(id_project, one)), None) for one in dict.fromkeys(users))
        return tuple(
            replace(
                member,
                number_assigned_requests=sum(member.id_user in one.participants_agents for one in counted),
                updated_at=now,
            )
            for member in found
            if member is not None
        )

    def member_events(self, members: Iterable[ProjectUser]) -> Group:
        """Return `project_user.update` and its variant for members of the team."""
        return tuple(
            PlatformEvent(name, member.id_project, payload)
            for member in members
            for payload in (self._member_payload(member),)
            for name in ("project_user.update", "project_user.update.agent")
        )

    def _member_payload(self, member: ProjectUser) -> Document:
        user, project = self._people.user(member.id_user or ""), self._people.project(member.id_project)
        return member_payload(member, user, is_busy=project is not None and is_busy(member, project))

    def conversations_of(self, lead: Lead) -> tuple[Conversation, ...]:
        """Return the conversations of a lead, oldest first."""
        found = self._conversations.conversations(lead.id_project)
        return tuple(one for one in found if one.lead == lead.id)

    def last_chat_of(self, lead: Lead) -> Conversation | None:
        """Return the newest conversation of a lead by the chat, or None."""
        chats = (
            one
            for one in reversed(self.conversations_of(lead))
            if channel_name(one.channel) == DEFAULT_CHANNEL
        )
        return next(chats, None)

    def next_ticket_id(self, id_project: str) -> int:
        """Return the number of a project's next conversation."""
        stored = self._conversations.conversations(id_project)
        return max((one.ticket_id for one in stored), default=0) + 1
