"""The platform's own events, sent by a tester: the emulator's data change as the event says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, Final

from ...errors import ApiError, EventRefused
from ...node.json import ABSENT, Absent, Json
from ...tiledesk.custom_events import ABANDONED, EventContext, custom_event
from ...tiledesk.event_fields import Reference
from ...tiledesk.events import parse_event_fields
from ...tiledesk.model import ProjectUser
from ...tiledesk.platform_events import EventType, PlatformEvent, event_type, read_fields
from ...tiledesk.request_payloads import request_payload
from ...tiledesk.wire import Document
from ..conversations.events import EMISSIONS as CONVERSATION_EMISSIONS
from ..conversations.references import references_of
from ..emulator import Emulator
from . import people_events, record_events
from .operator_select import ANSWER_TIMEOUT, OPERATOR_SELECT, OperatorChoice, ask_operator
from .project_records import ProjectRecords, records_of

Emission = Callable[[ProjectRecords, Any], Document]
"""Changes the data as an event says, and returns its payload."""

_EMISSIONS: Final[Mapping[str, Emission]] = {
    "lead.create": record_events.create_lead,
    "project_user.update": people_events.update_member,
    "project_user.update.agent": people_events.update_member,
    "project_user.invite": people_events.invite_member,
    "project_user.delete": people_events.delete_member,
    "user.signup": people_events.sign_up,
    "faqbot.create": record_events.create_bot,
    "faqbot.update": record_events.update_bot,
    "faqbot.delete": record_events.delete_bot,
    "faq.create": record_events.create_answer,
    "faq.update": record_events.update_answer,
    "faq.delete": record_events.delete_answer,
    "department.create": record_events.create_department,
    "department.update": record_events.update_department,
    "department.delete": record_events.delete_department,
    "group.create": record_events.create_group,
    "group.update": record_events.update_group,
    "group.delete": record_events.delete_group,
    "project.create": people_events.create_project,
    "project.update": people_events.update_project,
    "project.delete": people_events.delete_project,
}

_DEFAULT_ROLES: Final = ("guest", "owner")
"""The roles of the member of a custom event, if the tester names none."""


class PlatformEvents:
    """Sends the platform's own events of an emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator: Final = emulator

    def emit(self, name: str, fields: Mapping[str, Json], id_project: str | None = None) -> Document:
        """Send an event to whoever subscribed to it; return the webhook's payload.

        Of a custom event, which is stored, the event is returned in the dialect's form.

        Args:
            name: the event's name.
            fields: what the tester chooses; the rest follows from the data.
            id_project: the project; by default the first.

        Raises UnknownStandardEvent, StandardEventInvalid, or EventRefused for a custom event that Tiledesk
        would refuse.
        """
        if name == OPERATOR_SELECT:
            return self.ask(fields, id_project).question
        row = event_type(name)
        values = read_fields(row, name, fields)
        if row.is_custom:
            return self._fire(self._records(name, id_project), values, fields)
        return self._send(row, name, values, id_project)

    def ask(
        self, fields: Mapping[str, Json], id_project: str | None = None, timeout: float = ANSWER_TIMEOUT
    ) -> OperatorChoice:
        """Send `operator.select`, and wait for the answer; nothing is assigned.

        Args:
            fields: as for `emit`.
            id_project: the project; by default the first.
            timeout: seconds after which a receiver counts as one that never responds.

        Raises StandardEventInvalid, and SetupError for a department whose group does not exist.
        """
        values = read_fields(event_type(OPERATOR_SELECT), OPERATOR_SELECT, fields)
        return ask_operator(self._emulator, self._records(OPERATOR_SELECT, id_project), values, timeout)

    def _records(self, name: str, id_project: str | None) -> ProjectRecords:
        return records_of(self._emulator, name, self._emulator.project_or_first(id_project))

    def _send(self, row: EventType, name: str, values: Any, id_project: str | None) -> Document:
        emulator = self._emulator
        with emulator.firing:
            records = self._records(name, id_project)
            if row.name in CONVERSATION_EMISSIONS:
                payload = CONVERSATION_EMISSIONS[row.name](emulator, records, values)
            else:
                payload = _EMISSIONS[row.name](records, values)
            event = PlatformEvent(name, None if row.is_global else records.project.id, payload)
            emulator.notifications.publish_step(((event,),))
            emulator.journal.notify()
        return payload

    def _fire(self, records: ProjectRecords, values: Any, given: Mapping[str, Json]) -> Document:
        emulator, people = self._emulator, records.people
        attributes = {name: value for name, value in given.items() if name != "by"}
        if records.name == ABANDONED:
            attributes.pop("request", None)
            attributes = self._abandoned(records, values.request) | attributes
        member = _concerned(records, values.by, attributes.get("writer_id"))
        user = records.user_of(member) if member else None
        bot = next((bot for bot in people.bots() if bot.id_project == records.project.id), None)
        context = EventContext(records.project, member, user, bot, records.now, records.ids.object_id)
        try:
            event = custom_event(records.name, context, attributes)
            fields = parse_event_fields({"name": event.name, "attributes": event.attributes}, {}, {})
        except (ApiError, TypeError) as error:
            raise EventRefused(error) from error
        fired = emulator.publish(records.project, fields, event.principal, event.member)
        return emulator.event_encoder.document(fired)

    def _abandoned(self, records: ProjectRecords, reference: Reference | Absent) -> Document:
        """Return an abandoned request, by default the last one; without one, there is an example."""
        stored = records.conversations.conversations(records.project.id)
        if reference is ABSENT and not stored:
            return {}
        conversation = stored[-1] if reference is ABSENT else records.conversation(reference)
        return request_payload(conversation, references_of(self._emulator.database, conversation))


def _concerned(records: ProjectRecords, by: Reference | Absent, id_writer: Json) -> ProjectUser | None:
    """Return the member of a custom event: by default who types, else a guest, else the owner."""
    if by is not ABSENT:
        return records.member(by, "by")
    members = records.people.project_users(records.project.id)
    writer = (member for member in members if id_writer and id_writer in (member.id_user, member.uuid_user))
    by_role = (member for role in _DEFAULT_ROLES for member in members if member.role == role)
    return next(chain(writer, by_role), None)
