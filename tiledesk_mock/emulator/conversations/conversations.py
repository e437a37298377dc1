"""The story of a conversation: each step changes the stored records, and sends what Tiledesk sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from ...errors import SetupError, UnknownConversation
from ...node.json import ABSENT, Json
from ...tiledesk.conversation_fields import (
    AssigningFields,
    MovingFields,
    TeamFields,
    opening_fields,
    step_fields,
)
from ...tiledesk.conversation_rules import lead_notice
from ...tiledesk.conversations import ABANDONED, UNASSIGNED, Conversation, Department, Message
from ...tiledesk.custom_events import ABANDONED as ABANDONED_EVENT
from ...tiledesk.events import parse_event_fields
from ...tiledesk.payloads import lead_payload
from ...tiledesk.platform_events import PlatformEvent
from ...tiledesk.request_payloads import request_payload, unpopulated_request
from ...tiledesk.wire import Document, record_document
from ..emulator import Emulator
from ..platform.operator_select import OPERATOR_SELECT
from ..platform.project_records import records_of
from . import steps
from .change import ConversationChange
from .change_events import ConversationEvents
from .opening import (
    Opening,
    new_conversation,
    opening_of,
    question_request,
    with_lead,
)
from .people import principal_of, team_member
from .references import references_of
from .routing import Route, route

_STEPS: Final[Mapping[str, Callable[[ConversationChange, Any], None]]] = {
    "say": steps.say,
    "update": steps.update,
    "note": steps.note,
    "rate": steps.rate,
    "join": steps.join,
    "leave": steps.leave,
    "participants": steps.set_participants,
    "close": steps.close,
    "reopen": steps.reopen,
}
"""The steps that need no answer of a receiver."""


class StepResult(Struct, frozen=True):
    """A conversation after a step, the message that was added, and the names that were sent, in order."""

    conversation: Conversation
    message: Message | None
    sent: tuple[str, ...]

    def document(self) -> Document:
        """Return the result as the control API has it."""
        return {
            "request_id": self.conversation.request_id,
            "message": None if self.message is None else record_document(self.message),
            "sent": [*self.sent],
        }


class Conversations:
    """Opens conversations of an emulator, and goes on with them.

    A step is stored in one write, and its events are queued with it, while no other step, no fired event and
    no reset can come between. Others go on only while a receiver of `operator.select` is waited for.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator: Final = emulator

    def start(self, values: Mapping[str, Json]) -> StepResult:
        """Open a conversation: a person's first message or, with `message` false, a request by the API.

        Args:
            values: the fields, as `OpeningFields` has them.

        Raises SetupError for what Tiledesk refuses, StorageFull.
        """
        with self._emulator.notifications.caused_by():
            return self._start(values)

    def _start(self, values: Mapping[str, Json]) -> StepResult:
        emulator, fields = self._emulator, opening_fields(values)
        records = records_of(emulator, "conversation", emulator.project_or_first(fields.project or None))
        with emulator.firing:
            replacements = emulator.replacements
            opening = opening_of(records, fields)
            first = self._store_lead(opening)
        chosen = route(emulator, records.project, opening.department, question_request(opening))
        sent_before = self._names_of_question(opening.department)
        with emulator.firing:
            self._check_stored(replacements, opening.request_id)
            change = self._opened(opening, chosen)
            self._commit(change)
        self._check_problem(chosen, "never responds")
        return StepResult(change.conversation, change.message, (*first, *sent_before, *change.sent))

    def perform(self, id_request: str, step: str, values: Mapping[str, Json]) -> StepResult:
        """Go on with a conversation.

        Args:
            id_request: its `request_id` or `_id`.
            step: the name of the step, as `say`.
            values: the fields of the step, as `tiledesk.conversation_fields` has them.

        Raises UnknownConversation, UnknownStep, another SetupError for what Tiledesk refuses, StorageFull.
        """
        with self._emulator.notifications.caused_by():
            return self._perform(id_request, step, values)

    def _perform(self, id_request: str, step: str, values: Mapping[str, Json]) -> StepResult:
        fields = step_fields(step, values)
        if step not in _STEPS:
            return self._move(id_request, step, fields)
        with self._emulator.firing:
            change = self._change(id_request, step)
            if isinstance(fields, TeamFields):  # also in steps whose result does not depend on it
                team_member(change.records, change.conversation, fields.by)
            _STEPS[step](change, fields)
            self._commit(change)
        return StepResult(change.conversation, change.message, change.sent)

    def documents(self, id_project: str | None = None) -> list[Document]:
        """Return the requests of a project, by default of all, oldest first, as `request.update` has them."""
        stored = self._emulator.database.conversations.conversations(id_project)
        return [*map(self._request, stored)]

    def document(self, id_request: str) -> Document:
        """Return a conversation as `request`, `lead` (or null) and `messages`; raise UnknownConversation."""
        conversation = self._stored(id_request)
        stored = self._emulator.database.conversations
        lead = stored.lead(conversation.lead) if conversation.lead is not ABSENT else None
        return {
            "request": self._request(conversation),
            "lead": None if lead is None else record_document(lead),
            "messages": [*map(record_document, stored.messages(conversation))],
        }

    def _request(self, conversation: Conversation) -> Document:
        return request_payload(conversation, references_of(self._emulator.database, conversation))

    # Opening

    def _store_lead(self, opening: Opening) -> tuple[str, ...]:
        """Store the lead; if it is new, send `lead.create`, before `operator.select`. Return the name."""
        project = opening.records.project.id
        stored = self._emulator.database.conversations
        if opening.has_other_lead:
            others = ConversationEvents(self._emulator.database).conversations_of(opening.lead)
            stored.save(opening.lead, *(with_lead(one, opening.lead) for one in others))
        if not opening.is_new_lead:
            return ()
        stored.save(opening.lead)
        event = PlatformEvent("lead.create", project, lead_payload(opening.lead))
        self._emulator.notifications.publish_step(((event,),))
        return (event.name,)

    def _opened(self, opening: Opening, chosen: Route) -> ConversationChange:
        records, fields = opening.records, opening.fields
        stored = records.conversations
        if stored.conversation_by_request_id(opening.request_id) is not None:
            raise records.invalid("request_id", f"{opening.request_id} was opened meanwhile")
        events = ConversationEvents(self._emulator.database)
        conversation = new_conversation(
            opening, chosen, events.next_ticket_id(records.project.id), self._emulator.clock.iso()
        )
        change = ConversationChange(self._emulator.database, records, conversation)
        change.open()
        if fields.message:
            message = steps.message_of(change, fields, opening.requester.id, opening.fullname)
            change.say(message, is_first=True, is_unfinished=chosen.problem is not None)
        if opening.has_other_lead and (last := events.last_chat_of(opening.lead)) is not None:
            change.notify(lead_notice(opening.email, opening.fullname), last)
        change.count(conversation.participants_agents)
        return change

    # Moving to a department

    def _move(self, id_request: str, step: str, fields: MovingFields | AssigningFields) -> StepResult:
        """Move a conversation to a department; the step `assign` does so only if it has no participant."""
        emulator = self._emulator
        with emulator.firing:
            replacements = emulator.replacements
            before = self._change(id_request, step)
            by = team_member(before.records, before.conversation, fields.by)
            department = before.records.department(fields.department)
            if step == "assign" and before.conversation.status not in (UNASSIGNED, ABANDONED):
                return StepResult(before.conversation, None, ())
        project, with_bot = before.records.project, not fields.nobot
        question = unpopulated_request(before.conversation)
        chosen = route(emulator, project, department, question, with_bot=with_bot)
        sent_before = self._names_of_question(department, with_bot=with_bot)
        with emulator.firing:
            self._check_stored(replacements, id_request)
            change = self._change(id_request, step)
            steps.move(change, department, chosen)
            self._commit(change)
        self._check_problem(chosen, "responds with 500")
        abandoned = step == "assign" and change.conversation.status == ABANDONED
        fired = self._fire_abandoned(change, by) if abandoned else ()
        return StepResult(change.conversation, change.message, (*sent_before, *change.sent, *fired))

    def _names_of_question(self, department: Department, *, with_bot: bool = True) -> tuple[str, ...]:
        return () if with_bot and department.id_bot else (OPERATOR_SELECT,)

    def _fire_abandoned(self, change: ConversationChange, by: str) -> tuple[str, ...]:
        """Fire the custom event that no agent takes the conversation, in the name of who assigned it."""
        records, people = change.records, change.records.people
        user = people.user(by)
        if user is None:
            return ()
        member = next(iter(people.members(records.project.id, by)), None)
        payload = change.step[0][0].payload
        fields = parse_event_fields({"name": ABANDONED_EVENT, "attributes": payload}, {}, {})
        self._emulator.publish(records.project, fields, principal_of(user), member)
        return ("event.emit", f"event.emit.{ABANDONED_EVENT}")

    # Storing

    def _change(self, id_request: str, step: str) -> ConversationChange:
        conversation = self._stored(id_request)
        project = self._emulator.project_or_first(conversation.id_project)
        return ConversationChange(
            self._emulator.database, records_of(self._emulator, step, project), conversation
        )

    def _stored(self, id_request: str) -> Conversation:
        stored = self._emulator.database.conversations
        found = stored.conversation_by_request_id(id_request) or stored.conversation(id_request)
        if found is None:
            raise UnknownConversation(id_request)
        return found

    def _commit(self, change: ConversationChange) -> None:
        """Store a change and queue its events. The lock is held, so both are before or after a reset."""
        change.save()
        self._emulator.notifications.publish_step(change.step)
        self._emulator.journal.notify()

    def _check_stored(self, replacements: int, id_request: str) -> None:
        """Raise UnknownConversation if all data were replaced while a receiver chose."""
        if replacements != self._emulator.replacements:
            raise UnknownConversation(id_request)

    def _check_problem(self, chosen: Route, response: str) -> None:
        if chosen.problem is not None:
            raise SetupError(
                f"operator.select: {chosen.problem}: the real server stores the request, and {response}"
            )
