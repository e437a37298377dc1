"""The events that the platform itself fires, for tests of who receives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from ..errors import ApiError, EventRefused, SetupError
from ..http.exchange import Principal
from ..node.json import Json
from ..store.records import People
from ..tiledesk.events import EventFields, parse_event_fields
from ..tiledesk.model import Project, ProjectUser
from ..tiledesk.platform_events import EventContext, standard_event

_DEFAULT_ROLES: Final = ("guest", "owner")
"""The roles of whom an event is about by default: the first that a member has."""


class PlatformEvent(Struct, frozen=True):
    """An event to be fired, with the project and the principal of that."""

    project: Project
    fields: EventFields
    principal: Principal
    member: ProjectUser | None


def platform_event(
    name: str,
    attributes: Mapping[str, Json],
    people: People,
    now: str,
    new_id: Callable[[], str],
    *,
    project: str | None = None,
    by: str | None = None,
) -> PlatformEvent:
    """Return an event as the platform itself fires it.

    Args:
        name: the event's name.
        attributes: those that replace the ones made up for it.
        people: the stored people.
        now: the time of the event, in ISO 8601.
        new_id: makes ids for what the event is about.
        project: the project's id; by default the first one's.
        by: role or id of the member whom the event is about; by default a guest, else the owner.

    Raises UnknownStandardEvent, EventRefused if Tiledesk would refuse the event, or SetupError for a project
    or a member that does not exist.

    """
    stored = people.project(project) if project else next(iter(people.projects()), None)
    if stored is None:
        raise SetupError(f"there is no project {project or 'at all'}")
    member = _member(people, stored, by)
    user = people.user(member.id_user) if member and member.id_user else None
    bot = next((bot for bot in people.bots() if bot.id_project == stored.id), None)
    event = standard_event(name, EventContext(stored, member, user, bot, now, new_id), attributes)
    try:
        fields = parse_event_fields({"name": event.name, "attributes": event.attributes}, {}, {})
    except (ApiError, TypeError) as error:
        raise EventRefused(error) from error
    return PlatformEvent(stored, fields, event.principal, event.member)


def _member(people: People, project: Project, by: str | None) -> ProjectUser | None:
    members = people.project_users(project.id)
    by_name = {member.role: member for member in reversed(members)}
    by_name |= {member.id: member for member in members}
    if by is not None and by not in by_name:
        raise SetupError(f"nobody has the role {by} in the project {project.name}")
    names = _DEFAULT_ROLES if by is None else (by,)
    return next((by_name[name] for name in names if name in by_name), None)
