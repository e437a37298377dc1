"""Opening a conversation: the first message of a person, or a request made by the API."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from ...node.json import ABSENT, Absent, Json
from ...tiledesk.conversation_fields import OpeningFields
from ...tiledesk.conversation_rules import (
    DEFAULT_CHANNEL,
    SYSTEM,
    agents_of,
    bots_of,
    is_assigned_smartly,
)
from ...tiledesk.conversations import ASSIGNED, UNASSIGNED, Conversation, Department, Lead
from ...tiledesk.event_fields import stored_object
from ...tiledesk.payloads import lead_payload
from ...tiledesk.request_payloads import References, new_snapshot
from ...tiledesk.wire import Document, with_field_before, with_fields
from ..platform.project_records import ProjectRecords
from .people import Writer, participants, writer
from .routing import Route
from .steps import channel_of, check_metadata, stored_location


class Opening(Struct, frozen=True):
    """A conversation before it has a route.

    Args:
        records: the records of its project.
        fields: those of the tester.
        requester: who opens it.
        writer: whose lead it has.
        fullname: the writer's name.
        email: the writer's address.
        request_id: its id.
        department: the department that decides its route.
        participants: those that the tester names.
        followers: those that the tester names.
        lead: the requester's lead, as it will be stored.
        stored_lead: the lead as it was before; None if it is new.
    """

    records: ProjectRecords
    fields: OpeningFields
    requester: Writer
    writer: Writer
    fullname: str
    email: str | None
    request_id: str
    department: Department
    participants: tuple[str, ...]
    followers: tuple[str, ...]
    lead: Lead
    stored_lead: Lead | None

    @property
    def is_new_lead(self) -> bool:
        """Whether it is the requester's first conversation."""
        return self.stored_lead is None

    @property
    def has_other_lead(self) -> bool:
        """Whether the stored lead changes."""
        return self.stored_lead is not None and self.stored_lead != self.lead


def opening_of(records: ProjectRecords, fields: OpeningFields) -> Opening:
    """Return what a tester gives for a new conversation, with everything that follows from it.

    Nothing is stored but the default department of a project that has none. Raises StandardEventInvalid for
    what the real server refuses.
    """
    check_metadata(records, fields)
    requester = _caller(records, fields)
    sender = requester if fields.sender is ABSENT else writer(records, fields.sender, "sender")
    if requester.member is None:
        raise records.invalid("by", "a bot cannot open a request: the real server never responds then")
    request_id = _request_id(records, fields)
    given = participants(records, fields.participants, "participants")
    followers = participants(records, fields.followers, "followers")
    department = records.department(fields.department)
    fullname = fields.sender_fullname or sender.fullname
    email = fields.email or (sender.user.email if sender.user else None)
    stored = records.conversations.lead_of(records.project.id, sender.id)
    return Opening(
        records,
        fields,
        requester,
        sender,
        fullname,
        email,
        request_id,
        department,
        given,
        followers,
        _lead(records, fields, sender, fullname, email, stored),
        stored,
    )


def _caller(records: ProjectRecords, fields: OpeningFields) -> Writer:
    """Return who opens the conversation: a guest, or if there is no message the owner."""
    if fields.message:
        return writer(records, fields.by)
    caller = writer(records, records.project.created_by if fields.by is ABSENT else fields.by)
    if caller.member is not None and caller.member.is_visitor:
        raise records.invalid(
            "by", f"{caller.member.role} is a visitor, who cannot make a request without a message"
        )
    return caller


def _request_id(records: ProjectRecords, fields: OpeningFields) -> str:
    request_id = fields.request_id
    if request_id is ABSENT:
        return records.new_request_id()
    if records.conversations.conversation_by_request_id(request_id) is not None:
        raise records.invalid(
            "request_id", f"{request_id} exists: go on with it by conversation(id={request_id!r})"
        )
    return request_id


def _lead(
    records: ProjectRecords,
    fields: OpeningFields,
    sender: Writer,
    fullname: str,
    email: str | None,
    stored: Lead | None,
) -> Lead:
    if stored is None:
        return Lead(
            **records.new_record(),
            lead_id=sender.id,
            fullname=fullname,
            email=email or ABSENT,
            attributes=_given(fields.attributes),
            id_project=records.project.id,
            created_by=SYSTEM,
        )
    if not fields.message or (stored.email or None) == email:
        return stored
    return with_fields(stored, fullname=fullname, email=email, updated_at=records.now)


def question_request(opening: Opening) -> Document:
    """Return a new conversation as `operator.select` has it: what it is made of."""
    fields, project = opening.fields, opening.records.project
    member = opening.requester.member
    request: Document = {
        "request_id": opening.request_id,
        "project_user_id": member.id if member else None,
        "lead_id": opening.lead.id,
        "id_project": project.id,
        "first_text": fields.text,
        "departmentid": "default" if fields.department is ABSENT else opening.department.id,
        "sourcePage": fields.source_page,
        "language": fields.language,
        "userAgent": fields.user_agent,
        "status": ABSENT if fields.message else None,
        "createdBy": opening.requester.id,
        "attributes": fields.attributes,
        "subject": fields.subject,
        "channel": fields.channel
        if isinstance(fields.channel, dict | Absent)
        else channel_of(fields.channel),
        "location": fields.location,
        "participants": [*opening.participants],
        "priority": fields.priority,
        "followers": [*opening.followers] or ABSENT,
        "contact": _contact(opening),
    }
    return {name: value for name, value in request.items() if value is not ABSENT}


def new_conversation(opening: Opening, route: Route, ticket_id: int, now: str) -> Conversation:
    """Return a conversation with the participants that the tester names, else with those of a route.

    One with participants of its own has no department.
    """
    fields, records = opening.fields, opening.records
    ids = opening.participants or route.participants
    department = None if opening.participants else opening.department
    references = References(requester=opening.writer.member, lead=opening.lead, department=department)
    channel = channel_of(fields.channel)
    conversation = Conversation(
        status=ASSIGNED if ids else UNASSIGNED,
        has_bot=bool(bots_of(ids[:1])),  # the real server looks at the first participant only
        participants=ids,
        priority="medium" if fields.priority is ABSENT else fields.priority,
        followers=opening.followers,
        participants_agents=agents_of(ids[:1]),
        participants_bots=bots_of(ids[:1]),
        id=records.ids.object_id(),
        request_id=opening.request_id,
        requester=opening.requester.member.id if opening.requester.member else ABSENT,
        lead=opening.lead.id,
        first_text=fields.text,
        subject=fields.subject,
        department=department.id if department else ABSENT,
        source_page=fields.source_page,
        language=fields.language,
        user_agent=fields.user_agent,
        assigned_at=now if ids else ABSENT,
        id_project=records.project.id,
        created_by=opening.requester.id,
        channel=channel,
        location=stored_location(fields.location),
        created_at=now,
        snapshot=new_snapshot(references, route.available_agents, route.agents),
        contact=_contact(opening),
        channel_outbound={"name": DEFAULT_CHANNEL},
        smart_assignment=is_assigned_smartly(channel["name"]),
        updated_at=now,
        ticket_id=ticket_id,
        attributes=_given(fields.attributes),
    )
    return _with_attributes_first(conversation)


def _with_attributes_first(conversation: Conversation) -> Conversation:
    """Return a conversation with attributes from the start: they stand before the project."""
    if conversation.attributes is ABSENT:
        return conversation
    return with_field_before(conversation, "attributes", "id_project")


def with_lead(conversation: Conversation, lead: Lead) -> Conversation:
    """Return a conversation in whose snapshot the lead has changed."""
    snapshot = conversation.snapshot if isinstance(conversation.snapshot, dict) else {}
    return replace(conversation, snapshot={**snapshot, "lead": lead_payload(lead)})


def _contact(opening: Opening) -> Document | Absent:
    return {"email": opening.email} if opening.email and opening.fields.message else ABSENT


def _given(value: Json | Absent) -> Json | Absent:
    return ABSENT if value is None else stored_object(value)
