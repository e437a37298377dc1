"""The documents that the platform's own webhooks carry, made of records.

Keys have the order of the real server: mongoose puts fields with a default first, then `_id`, then the
others in the order in which they were set, and virtual fields last. No document has a password, its hash, or
a secret.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from .clock import to_milliseconds
from .conversations import Answer, Department, Group, Lead
from .model import Bot, Project, ProjectUser, User
from .wire import Document, loaded_document

TRIAL_DAYS: Final = 14
"""How many days a project's trial lasts."""

_DAY: Final = 24 * 60 * 60 * 1000
_IP_FILTER: Final[Document] = {
    "ipFilterEnabled": False,
    "ipFilter": [],
    "ipFilterDenyEnabled": False,
    "ipFilterDeny": [],
}


class MemberUser(Enum):
    """What a member's document has as `id_user`."""

    ID = "id"
    NAMES = "names"
    NAMES_AND_EMAIL = "names and email"
    WHOLE = "whole"


_USER_FIELDS: Final = {
    MemberUser.NAMES: ("firstname", "lastname", "_id"),
    MemberUser.NAMES_AND_EMAIL: ("email", "firstname", "lastname", "_id"),
}


def user_payload(user: User) -> Document:
    """Return a user as in `user.signup` and in the `participatingAgents` of a request."""
    return loaded_document(user)


def lead_payload(lead: Lead) -> Document:
    """Return a lead."""
    return loaded_document(lead)


def group_payload(group: Group) -> Document:
    """Return a group."""
    return loaded_document(group)


def answer_payload(answer: Answer) -> Document:
    """Return a bot's answer, with its virtual `id`."""
    return loaded_document(answer) | {"id": answer.id}


def department_payload(department: Department) -> Document:
    """Return a department, with its virtual fields."""
    virtual = {"hasBot": bool(department.id_bot), "id": department.id}
    return loaded_document(department) | virtual


def bot_payload(bot: Bot) -> Document:
    """Return a bot, without its secret."""
    return loaded_document(bot)


def project_payload(project: Project, now: int) -> Document:
    """Return a project as in `project.*`.

    Args:
        project: the project.
        now: the time in milliseconds, which says how much of the trial is left.
    """
    return nested_project(project, now) | {"id_project": project.id}


def nested_project(project: Project, now: int) -> Document:
    """Return a project as in `operator.select`, without `id_project`; `now` as for `project_payload`."""
    stored = loaded_document(project)
    document = {"status": stored["status"], **_IP_FILTER, **stored, **_project_defaults(stored)}
    days = (now - to_milliseconds(project.created_at)) // _DAY
    return document | {
        "trialExpired": False,  # also after the trial
        "trialDaysLeft": days - TRIAL_DAYS,
        "isActiveSubscription": False,
        "id": project.id,
    }


def new_project_fields() -> Document:
    """Return the fields that the real server gives each new project, in its order."""
    return {
        "activeOperatingHours": False,
        "profile": {"trialDays": TRIAL_DAYS, "name": "Sandbox", "agents": 0, "type": "free"},
        "versions": 20115,
        "channels": [{"name": "chat21"}],
        "bannedUsers": [],
    }


def _project_defaults(stored: Document) -> Document:
    """Return what a project of a seed lacks: the server fills it in behind the stored fields."""
    fields = new_project_fields()
    order = ("channels", "profile", "versions", "bannedUsers")
    return {name: fields[name] for name in order if name not in stored}


def member_payload(
    member: ProjectUser,
    user: User | None = None,
    *,
    id_user: MemberUser = MemberUser.NAMES,
    is_busy: bool | None = False,
) -> Document:
    """Return a member, with its virtual fields.

    Args:
        member: the member.
        user: the member's user; None for a visitor.
        id_user: what `id_user` has. `project_user.update` has names, `.invite` and `.delete` also the email.
        is_busy: the virtual `isBusy`; None where it is absent, as in `project_user.delete` and inside
            of other documents.
    """
    document = loaded_document(member)
    if user is not None and id_user is not MemberUser.ID:
        document["id_user"] = _nested_user(user, id_user)
    document |= {"isAuthenticated": member.role != "guest", "id": member.id}
    return document if is_busy is None else document | {"isBusy": is_busy}


def _nested_user(user: User, form: MemberUser) -> Document:
    document = user_payload(user)
    fields = _USER_FIELDS.get(form, tuple(document))
    return {name: document[name] for name in fields if name in document}
