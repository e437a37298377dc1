"""The events that the platform itself fires, for tests of who receives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ..errors import ApiError, EventRefused, SetupError
from ..http.principal import Principal
from ..node.json import Json
from ..store.records import People
from ..tiledesk.clock import Clock
from ..tiledesk.events import EventFields, parse_event_fields
from ..tiledesk.ids import Ids
from ..tiledesk.model import Event, Project, ProjectUser
from ..tiledesk.platform_events import EventContext, standard_event

_CONCERNED: Final = ("guest", "owner")
"""Whom an event concerns, if nobody is named: the first role that somebody has."""

Publish = Callable[[Project, EventFields, Principal, ProjectUser | None], Event]


class PlatformEvents:
    """Fires the platform's events.

    Args:
        people: who there is.
        clock: the emulator's time.
        ids: where ids come from.
        publish: stores an event and tells everybody who listens.
    """

    def __init__(self, people: People, clock: Clock, ids: Ids, publish: Publish) -> None:
        self._people: Final = people
        self._clock: Final = clock
        self._ids: Final = ids
        self._publish: Final = publish

    def emit(
        self, name: str, attributes: Mapping[str, Json], project: str | None = None, by: str | None = None
    ) -> Event:
        """Fire an event as the platform itself does, with `attributes` in place of its own.

        Args:
            name: the event's name.
            attributes: those that replace the ones made up for it.
            project: the project's id; by default the first.
            by: role or id of whom the event concerns; by default a guest, else the owner.

        Raises UnknownStandardEvent, or SetupError for a project or a member that is not there.
        """
        people = self._people
        place = people.project(project) if project else next(iter(people.projects()), None)
        if place is None:
            raise SetupError(f"there is no project {project or 'at all'}")
        member = self._member(place, by)
        user = people.user(member.id_user) if member and member.id_user else None
        bot = next((bot for bot in people.bots() if bot.id_project == place.id), None)
        scene = EventContext(place, member, user, bot, self._clock.iso(), self._ids.object_id)
        made = standard_event(name, scene, attributes)
        try:
            fields = parse_event_fields({"name": made.name, "attributes": made.attributes}, {}, {})
        except (ApiError, TypeError) as error:
            raise EventRefused(error) from error
        return self._publish(place, fields, made.principal, made.member)

    def _member(self, project: Project, role: str | None) -> ProjectUser | None:
        everybody = self._people.project_users(project.id)
        members = {member.role: member for member in reversed(everybody)}
        members |= {member.id: member for member in everybody}
        if role is not None and role not in members:
            raise SetupError(f"nobody has the role {role} in the project {project.name}")
        roles = _CONCERNED if role is None else (role,)
        return next((members[role] for role in roles if role in members), None)
