"""What clients of the WebSocket may do with topics, and what a new subscriber gets first."""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING, Final

from ..errors import NotAMember, ObjectNotRead, RoleTooLow
from ..node.bson import object_id
from ..node.json import Json
from ..settings import Dialect
from ..tiledesk.auth import Role, role_is_at_least
from ..tiledesk.drifts import REALTIME_CROSS_PROJECT, REALTIME_ROLES
from ..tiledesk.model import Project, ProjectUser
from ..tiledesk.topics import Resource, Topic
from ..tiledesk.wire import Document, loaded_document, member_document
from .authentication import active_member

if TYPE_CHECKING:
    from ..realtime.hub import Connection
    from .emulator import Emulator


_log: Final = logging.getLogger("tiledesk_mock.realtime")


class TopicAccess:
    """Decides about the topics of one emulator.

    In the documented dialect everything is for agents of the topic's project and above (drifts
    realtime-cross-project and realtime-roles).
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator: Final = emulator
        self._people: Final = emulator.database.people
        self._documented: Final = emulator.settings.dialect is Dialect.DOCUMENTED

    def subscribe(self, connection: Connection, topic: Topic) -> None:
        """Subscribe a client and send it what a subscriber gets first. No event is lost or sent twice.

        Raises InvalidProjectId, ProjectNotFound, NotAMember, RoleTooLow, or ObjectNotRead for what does not
        exist.
        """
        project = self._emulator.project(topic.project)
        member = self._emulator.authenticator.member(connection.principal, project.id)
        if member is None and not topic.resource.is_open:
            raise NotAMember
        self._check_role(connection, topic, member)
        with self._emulator.firing:
            self._emulator.realtime.subscribe(connection, topic.text, self._first(project, topic, member))

    def check_publish(self, connection: Connection, topic: Topic) -> None:
        """Raise NotAMember or RoleTooLow if the documentation does not let a client use a topic.

        On the real server everybody may publish to every topic.
        """
        key = object_id(topic.project)
        if key and self._people.project(key):
            member = self._emulator.authenticator.member(connection.principal, key)
            self._check_role(connection, topic, member)

    def _check_role(self, connection: Connection, topic: Topic, member: ProjectUser | None) -> None:
        """Raise NotAMember or RoleTooLow if the documentation does not let a caller use a topic.

        In the server dialect, which lets them, log that and count it.
        """
        refusal = _refusal(member)
        if refusal is None:
            return
        if self._documented:
            raise refusal
        _log.info(
            "%s asks for what the server ignores: %r, which the documentation refuses, since %s (drift %s)",
            *(connection.person, topic.text, refusal, ", ".join(refusal.drifts)),
        )
        self._emulator.journal.notify(ignored=refusal.drifts)

    def _first(self, project: Project, topic: Topic, member: ProjectUser | None) -> Json:
        """Return what a subscriber gets first: the last events, newest first, a document, or a list.

        It is null for topics about nothing that Tiledesk knows. Raises ObjectNotRead.
        """
        match topic.resource:
            case Resource.MESSAGES | Resource.CONVERSATIONS | Resource.CONVERSATION:
                from .conversations.topics import first_of_conversations  # most topics are about events

                return first_of_conversations(self._emulator.database, topic, member)
            case Resource.EVENTS:
                return self._events(topic)
            case Resource.BOT:
                return self._bot(topic)
            case Resource.MEMBER:
                return self._own_membership(topic, member)
            case Resource.MEMBER_OF_USER:
                return self._membership(project, topic)
            case Resource.OTHER:
                return None

    def _events(self, topic: Topic) -> list[Document]:
        """Return the last events that were fired under the project's id as the topic writes it."""
        key = object_id(topic.id)
        if key is None:
            raise ObjectNotRead(f"{topic.id!r} is not the id of a project user")
        return self._emulator.recent_events(topic.project, key, topic.name)

    def _bot(self, topic: Topic) -> Document | None:
        """Return a bot; null if the project's id is in capitals, since bots have it as text."""
        key = object_id(topic.id)
        if key is None:
            raise ObjectNotRead(f"{topic.id!r} is not the id of a bot")
        bot = self._people.bot(key)
        return loaded_document(bot) if bot and bot.id_project == topic.project else None

    def _own_membership(self, topic: Topic, member: ProjectUser | None) -> Document:
        """Return the subscriber's own membership. The real server refuses that of another."""
        if member is None or object_id(topic.id) != member.id:
            raise ObjectNotRead("it is not the subscriber's own membership")
        return self._membership_document(member)

    def _membership(self, project: Project, topic: Topic) -> Document:
        key = object_id(topic.id)
        members = self._people.members(project.id, key) if key else ()
        member = active_member(chain(members, self._people.visitors(project.id, topic.id)))
        if member is None:
            raise ObjectNotRead(f"no active member of the project has the id {topic.id!r}")
        return self._membership_document(member)

    def _membership_document(self, member: ProjectUser) -> Document:
        from ..tiledesk.chat_limits import is_busy  # most topics are about events

        project = self._people.project(member.id_project)
        return {**member_document(member), "isBusy": project is not None and is_busy(member, project)}


def _refusal(member: ProjectUser | None) -> NotAMember | RoleTooLow | None:
    """Return why the documentation does not let a caller use a topic; None if it does."""
    if member is None:
        return NotAMember((REALTIME_CROSS_PROJECT,))
    if not role_is_at_least(member.role, Role.AGENT):
        return RoleTooLow((REALTIME_ROLES,), member.role, Role.AGENT.name.lower())
    return None
