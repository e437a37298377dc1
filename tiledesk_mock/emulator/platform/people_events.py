"""The platform's own events about members, users and projects: what they change, and what they send."""

from __future__ import annotations

import logging
from typing import Final

from msgspec.structs import replace

from ...node.json import ABSENT, Absent
from ...tiledesk.auth import role_hint
from ...tiledesk.chat_limits import is_busy
from ...tiledesk.event_fields import (
    InvitationFields,
    MemberDeletionFields,
    MemberFields,
    NoFields,
    ProjectFields,
    ProjectUpdateFields,
    SignupFields,
    given,
)
from ...tiledesk.model import Project, ProjectUser, User
from ...tiledesk.payloads import (
    MemberUser,
    member_payload,
    new_project_fields,
    project_payload,
    user_payload,
)
from ...tiledesk.wire import Document, record_from_document, with_field_before, with_fields
from .project_records import ProjectRecords

_log: Final = logging.getLogger("tiledesk_mock")

_DISABLED: Final = 0
_OWNER: Final = "owner"
_AGENT: Final = "agent"


def update_member(records: ProjectRecords, fields: MemberFields) -> Document:
    """Change a member."""
    if fields.member is ABSENT:
        member = records.member_with_role(_AGENT, "member")
    else:
        member = records.member(fields.member, "member")
    if records.name.endswith(".agent") and member.is_visitor:
        raise records.invalid("member", f"{member.role} is a visitor: send project_user.update")
    _warn_of_role(records, fields.role)
    changes = given(fields, "member")
    if fields.tags is not ABSENT:
        changes["tags"] = records.with_ids(fields.tags)
    if isinstance(fields.presence, str):
        changes["presence"] = {"status": fields.presence, "changedAt": records.now}
    changed = with_fields(member, **changes, updated_at=records.now)
    records.people.save(changed)
    # The chat changes the presence of a member whose user was not looked up.
    id_user = MemberUser.NAMES if fields.presence is ABSENT else MemberUser.ID
    busy = is_busy(changed, records.project)
    return member_payload(changed, records.user_of(changed), id_user=id_user, is_busy=busy)


def invite_member(records: ProjectRecords, fields: InvitationFields) -> Document:
    """Make a user a member; a user who does not exist is made."""
    user = records.people.user_by_email(fields.email.lower())
    if user is not None and any(one.status != "disabled" for one in _memberships(records, user)):
        raise records.invalid("email", f"{user.email} is a member already: send project_user.update")
    _warn_of_role(records, fields.role)
    if user is None:
        user = _new_user(records, fields.email, fields.firstname or "", fields.lastname or "")
    member = _new_member(
        records,
        records.project.id,
        user,
        _AGENT if fields.role is ABSENT else fields.role,
        created_by=records.person_id(fields.by),
        user_available=fields.user_available is not False,
    )
    records.people.save(user, member)
    busy = is_busy(member, records.project)
    return member_payload(member, user, id_user=MemberUser.NAMES_AND_EMAIL, is_busy=busy)


def _warn_of_role(records: ProjectRecords, role: str | Absent) -> None:
    hint = None if role is ABSENT else role_hint(role)
    if hint is not None:
        _log.warning("%s: role: %s", records.name, hint)


def delete_member(records: ProjectRecords, fields: MemberDeletionFields) -> Document:
    """Remove a member, or keep it as a disabled one."""
    member = records.member(fields.member, "member")
    if fields.trashed is True:
        member = replace(member, status="disabled", trashed=True, updated_at=records.now)
        records.people.save(member)
    else:
        records.people.remove_member(member.id)
    user = records.user_of(member)
    return member_payload(member, user, id_user=MemberUser.NAMES_AND_EMAIL, is_busy=None)


def sign_up(records: ProjectRecords, fields: SignupFields) -> Document:
    """Make a user."""
    if records.people.user_by_email(fields.email.lower()) is not None:
        raise records.invalid("email", f"{fields.email} is a user's already")
    user = _new_user(records, fields.email, fields.firstname or "", fields.lastname or "")
    user = replace(user, **given(fields, "email", "firstname", "lastname"))
    records.people.save(user)
    return user_payload(user)


def create_project(records: ProjectRecords, fields: ProjectFields) -> Document:
    """Make a project with an owner and a default department, which the server makes, too."""
    owner = records.user(records.project.created_by if fields.by is ABSENT else fields.by, "by")
    document = {
        "_id": records.ids.object_id(),
        "name": fields.name,
        "createdBy": owner.id,
        "createdAt": records.now,
        "updatedAt": records.now,
    }
    project = record_from_document(Project, document | new_project_fields())
    member = _new_member(records, project.id, owner, _OWNER, created_by=owner.id)
    records.people.save(project, member, records.new_default_department(project))
    return project_payload(project, records.milliseconds)


def update_project(records: ProjectRecords, fields: ProjectUpdateFields) -> Document:
    """Change the project."""
    changes = given(fields)
    if fields.banned_users is not ABSENT:
        changes["banned_users"] = [*records.with_ids(fields.banned_users)]
    project = with_fields(records.project, **changes, updated_at=records.now)
    records.people.save(project)
    return project_payload(project, records.milliseconds)


def delete_project(records: ProjectRecords, _: NoFields) -> Document:
    """Disable the project: then it is no longer found."""
    project = replace(records.project, status=_DISABLED, updated_at=records.now)
    records.people.save(project)
    return project_payload(project, records.milliseconds)


def _new_user(records: ProjectRecords, email: str, firstname: str, lastname: str) -> User:
    return User(
        **records.new_record(), email=email.lower(), password="", firstname=firstname, lastname=lastname
    )


def _new_member(
    records: ProjectRecords,
    id_project: str,
    user: User,
    role: str,
    *,
    created_by: str,
    user_available: bool = True,
) -> ProjectUser:
    member = ProjectUser(
        **records.new_record(),
        id_project=id_project,
        id_user=user.id,
        role=role,
        created_by=created_by,
        user_available=user_available,
        last_login_at=records.now,
    )
    return with_field_before(member, "tags", "createdAt")  # the server fills in the tags later


def _memberships(records: ProjectRecords, user: User) -> tuple[ProjectUser, ...]:
    return records.people.members(records.project.id, user.id)
