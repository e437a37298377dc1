"""The platform's own events, sent by a tester: the emulator's data change as the event says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ..errors import ApiError, EventRefused, StandardEventInvalid
from ..node.json import ABSENT, Absent, Json
from ..tiledesk.custom_events import EventContext, custom_event
from ..tiledesk.event_fields import OperatorFields, Reference
from ..tiledesk.events import parse_event_fields
from ..tiledesk.model import ProjectUser
from ..tiledesk.platform_events import EventType, PlatformEvent, event_type, read_fields
from ..tiledesk.request_payloads import unpopulated_request
from ..tiledesk.wire import Document
from . import people_events, record_events
from .departments import default_department
from .emulator import Emulator
from .operator_select import OPERATOR_SELECT, select_operator
from .project_records import ProjectRecords

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
"""The roles of the member whom a custom event is about by default."""


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
        row = event_type(name)
        values = read_fields(row, name, fields)
        project = self._emulator.project_or_first(id_project)
        records = ProjectRecords(
            name, project, self._emulator.database, self._emulator.clock, self._emulator.ids
        )
        if row.name == OPERATOR_SELECT:
            return self._ask(records, values)
        if row.is_custom:
            return self._fire(records, values.by, {key: fields[key] for key in fields if key != "by"})
        return self._send(row, records, values)

    def _send(self, row: EventType, records: ProjectRecords, values: Any) -> Document:
        emulator, emission = self._emulator, _EMISSIONS.get(row.name)
        if emission is None:
            raise StandardEventInvalid(records.name, "not sent yet")
        with emulator.firing:
            payload = emission(records, values)
            id_project = None if row.is_global else records.project.id
            emulator.notifications.publish_step(((PlatformEvent(records.name, id_project, payload),),))
            emulator.journal.notify()
        return payload

    def _ask(self, records: ProjectRecords, fields: OperatorFields) -> Document:
        """Send the question, and wait for the answer; nothing is assigned."""
        emulator = self._emulator
        if fields.department is ABSENT:
            department = default_department(
                records.conversations, records.project, emulator.clock, emulator.ids
            )
        else:
            department = records.department(fields.department)
        request = _asked_request(records, fields)
        return select_operator(emulator, records.project, department, request).question

    def _fire(self, records: ProjectRecords, by: Any, attributes: Mapping[str, Json]) -> Document:
        emulator, people = self._emulator, records.people
        member = self._concerned(records, by)
        user = records.user_of(member) if member else None
        bot = next((bot for bot in people.bots() if bot.id_project == records.project.id), None)
        context = EventContext(records.project, member, user, bot, records.now, records.ids.object_id)
        event = custom_event(records.name, context, attributes)
        try:
            fields = parse_event_fields({"name": event.name, "attributes": event.attributes}, {}, {})
        except (ApiError, TypeError) as error:
            raise EventRefused(error) from error
        fired = emulator.publish(records.project, fields, event.principal, event.member)
        return emulator.event_encoder.document(fired)

    def _concerned(self, records: ProjectRecords, by: Reference | Absent) -> ProjectUser | None:
        """Return the member whom a custom event is about: by default a guest, else the owner."""
        if by is not ABSENT:
            return records.member(by, "by")
        members = records.people.project_users(records.project.id)
        found = (member for role in _DEFAULT_ROLES for member in members if member.role == role)
        return next(found, None)


def _asked_request(records: ProjectRecords, fields: OperatorFields) -> Document:
    """Return the request of a question: a stored one, or what a new one would be made of."""
    if fields.request is not ABSENT:
        return unpopulated_request(records.conversation(fields.request))
    return {
        "request_id": f"support-group-{records.project.id}-{records.ids.hex(32)}",
        "id_project": records.project.id,
        "first_text": "hello",
        "departmentid": "default",
        "createdBy": records.project.created_by,
        "participants": [],
    }
