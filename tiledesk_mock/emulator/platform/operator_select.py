"""The question `operator.select`: which agent a conversation goes to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from ...errors import SetupError
from ...node.json import ABSENT
from ...store.records import People
from ...tiledesk.chat_limits import is_free, open_counts
from ...tiledesk.conversations import Department, Group
from ...tiledesk.event_fields import OperatorFields
from ...tiledesk.model import ACTIVE, Project, ProjectUser
from ...tiledesk.operator_select import (
    ASSIGNED_ROUTING,
    BOT_PREFIX,
    Effect,
    Selection,
    default_operators,
    last_operator,
    selection,
)
from ...tiledesk.platform_events import PlatformEvent
from ...tiledesk.request_payloads import operator_select_payload, unpopulated_request
from ...tiledesk.wire import Document

if TYPE_CHECKING:
    from ...webhooks.questions import Reply
    from ..emulator import Emulator
    from .project_records import ProjectRecords

OPERATOR_SELECT: Final = "operator.select"
ANSWER_TIMEOUT: Final = 10.0
"""Seconds after which a receiver counts as one that never responds. The real server waits for ever."""

_TEAM: Final = 1


class OperatorChoice(Struct, frozen=True):
    """A question `operator.select`, the replies to it, and what becomes of the request."""

    question: Document
    replies: Sequence[Reply]
    selection: Selection


def select_operator(
    emulator: Emulator,
    project: Project,
    department: Department,
    request: Document,
    timeout: float = ANSWER_TIMEOUT,
) -> OperatorChoice:
    """Ask the subscribers of `operator.select` which agent a request goes to, and wait for the first answer.

    Nothing is stored or assigned. Call it for a department without a bot, when `lead.create` was published
    and before anything else is; do not hold `Emulator.firing`, since a receiver may use the API meanwhile.

    Args:
        emulator: the emulator.
        project: the project of the request.
        department: the department of the request.
        request: the request in the question's context: of a new one what it is made of (`request_id`,
            `project_user_id`, `lead_id`, ...), of any other its `unpopulated_request`.
        timeout: seconds to wait for an answer; a receiver that does not respond until then never does.

    Returns the choice. `choice.selection.effect` says what to do next, `participant` is the first item of
    `participants` (or None: the request is unassigned), and `agents` and `available_agents` are for the
    request's `snapshot`. Without subscribers it is the platform's own choice.

    Raises SetupError for a department whose group does not exist: the real server never responds then.
    """
    question = operator_question(emulator, project, department, request)
    return ask_question(emulator, project, question, timeout)


def ask_question(
    emulator: Emulator, project: Project, question: Document, timeout: float = ANSWER_TIMEOUT
) -> OperatorChoice:
    """Send a question that `operator_question` returned, as `select_operator` does."""
    replies = emulator.notifications.ask(PlatformEvent(OPERATOR_SELECT, project.id, question), timeout)
    chosen = _selection(question, replies)
    if chosen.is_replaced and chosen.effect is Effect.DONE and chosen.participant is not None:
        chosen = replace(chosen, reason=_why_no_agent(emulator.database.people, project, chosen.participant))
    return OperatorChoice(question, replies, chosen)


def ask_operator(
    emulator: Emulator, records: ProjectRecords, fields: OperatorFields, timeout: float = ANSWER_TIMEOUT
) -> OperatorChoice:
    """Send `operator.select` for a tester, about a stored request or one that is not made; assign nothing.

    Raises StandardEventInvalid for a person, department or request that does not exist, and SetupError as
    `select_operator`.
    """
    with emulator.firing:  # the default department may have to be stored, but not for a wrong name
        if fields.request is ABSENT:
            member = _requester(records, fields)
            department = _department(records, fields)
            request = _new_request(records, fields, department, member)
        else:
            department = _department(records, fields)
            request = unpopulated_request(records.conversation(fields.request))
    return select_operator(emulator, records.project, department, request, timeout)


def _requester(records: ProjectRecords, fields: OperatorFields) -> ProjectUser:
    """Return whose request it is, by default a guest's."""
    if fields.by is ABSENT:
        return records.member_with_role("guest", "by")
    return records.member(fields.by, "by")


def _department(records: ProjectRecords, fields: OperatorFields) -> Department:
    """Return the department that is named, else that of the request, else the default one."""
    if fields.department is not ABSENT:
        return records.department(fields.department)
    stored = None if fields.request is ABSENT else records.conversation(fields.request)
    of_request = records.conversations.department(stored.department or "") if stored else None
    return of_request or records.default_department()


def _new_request(
    records: ProjectRecords, fields: OperatorFields, department: Department, member: ProjectUser
) -> Document:
    """Return what the platform makes a request of when a person writes first."""
    lead = records.conversations.lead_of(records.project.id, member.person_id)
    return {
        "request_id": records.new_request_id(),
        "project_user_id": member.id,
        "lead_id": lead.id if lead else records.ids.object_id(),
        "id_project": records.project.id,
        "first_text": "hello" if fields.text is ABSENT else fields.text,
        "departmentid": "default" if fields.department is ABSENT else department.id,
        "createdBy": member.person_id,
        "participants": [],
    }


def operator_question(
    emulator: Emulator, project: Project, department: Department, request: Document
) -> Document:
    """Return the payload of `operator.select`; the arguments and errors are those of `select_operator`."""
    database = emulator.database
    group = _group_of(emulator, department)
    agents = [
        member
        for member in database.people.project_users(project.id)
        if member.role_type == _TEAM and member.status == ACTIVE and _is_in(group, member)
    ]
    available = [member for member in agents if member.user_available]
    conversations = database.conversations.conversations(project.id)
    last = last_operator(conversations, available) if department.routing == ASSIGNED_ROUTING else {}
    counts = open_counts(project, available, conversations)
    free = None if counts is None else [one[0] for one in counts if is_free(one, project)]
    return operator_select_payload(
        available_agents=available,
        agents=agents,
        operators=default_operators(department, available, last, free),
        department=department,
        group=group,
        project=project,
        now=emulator.clock.now(),
        request=request,
        last=last,
        open_counts=counts,
    )


def _group_of(emulator: Emulator, department: Department) -> Group | None:
    """Return the group of a department, None if all agents belong to it."""
    if not department.id_group:
        return None
    group = emulator.database.conversations.group(department.id_group)
    if group is None or not group.enabled:
        what = "does not exist" if group is None else "is disabled"
        raise SetupError(
            f"the group {department.id_group} of the department {department.name!r} {what}: "
            "the real server never responds to a request for it"
        )
    return group


def _why_no_agent(people: People, project: Project, participant: str) -> str | None:
    """Return why no agent of a project gets a request with this participant; None if one does."""
    if participant.startswith(BOT_PREFIX):
        found = people.bot(participant.removeprefix(BOT_PREFIX))
        return None if found else f"there is no bot {participant.removeprefix(BOT_PREFIX)}"
    member = people.project_user(participant)
    if member is not None:
        return (
            f"{participant} is the id of a project user: id_user has to be that of the user, {member.id_user}"
        )
    if people.bot(participant) is not None:
        return f"{participant} is the id of a bot, which has to have {BOT_PREFIX} before it"
    if not people.members(project.id, participant):
        return f"id_user {participant} is that of no member of the project: no agent gets the request"
    return None


def _is_in(group: Group | None, member: ProjectUser) -> bool:
    return group is None or member.id_user in group.members


def _selection(question: Document, replies: Sequence[Reply]) -> Selection:
    """Return what the reply that counts makes of a question."""
    reply = next((one for one in replies if not one.is_endless), None)
    if reply is None and replies:
        return Selection(Effect.STUCK, reason=replies[0].error)
    if reply is None:
        return selection(question)
    no_response = f"the receiver gave no response ({reply.error})" if reply.error else None
    return selection(question, reply.body, no_response)
