"""Why a project, an event or a membership is not found, in a sentence for the tester."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..http.exchange import Principal, PrincipalKind
from ..http.paths import PREFIXES
from ..node.bson import object_id
from ..settings import EVENTS_TTL
from ..text import closest, shorten
from ..tiledesk.auth import Role
from ..tiledesk.clock import format_time
from ..tiledesk.model import ACTIVE, ENABLED, Project, ProjectUser
from .authentication import VISITORS, Authenticator
from .emulator import Emulator

_ROUTERS: Final = ("events", "subscriptions")
"""The words that follow a project's id."""

_NO_VALUES: Final = ("undefined", "null", "none", "nan", "[object object]")
_MOST_LISTED: Final = 3
_LONGEST: Final = 60


def project_reason(emulator: Emulator, segment: str) -> str:
    """Return why the first segment of a path names no project that requests can use."""
    shown = repr(shorten(segment, _LONGEST))
    key = object_id(segment)
    if key is None:
        hint = _malformed_hint(emulator, segment)
        return f"{shown} is not the id of a project, which the path begins with{hint}"
    project = emulator.database.people.project(key)
    if project is not None:
        return f"the project {project.name} ({key}) is disabled (status {project.status}, not {ENABLED})"
    owner = next(_owners(emulator, key), None)
    if owner:
        return f"{shown} is the id of {owner}, and not of a project{_projects(emulator)}"
    near = closest(key, [one.id for one in emulator.database.people.projects()[:100]], 0.85)
    hint = f": did you mean {near}?" if near else _no_value(segment) or _projects(emulator)
    taken = f" (12 characters are taken for the id {key})" if key != segment.lower() else ""
    return f"no project has the id {shown}{taken}{hint}"


def membership_reason(emulator: Emulator, principal: Principal, project: Project) -> str:
    """Return why a caller is not a member of a project."""
    people = emulator.database.people
    name = f"the project {project.name} ({project.id})"
    if principal.kind in (PrincipalKind.BOT, PrincipalKind.SUBSCRIPTION):
        return f"a {principal.kind.value} is a member of no project, and may only fire events"
    who = caller_text(principal)
    members = people.project_users(project.id)
    own = next((one for one in members if _is_of(one, principal)), None)
    if own is not None and own.status != ACTIVE:
        return f"{who} is disabled in {name} (status {own.status!r}, not {ACTIVE!r})"
    if not members:
        return f"{who} is not a member of {name}, which has no members at all"
    theirs = [_membership(emulator.authenticator, one) for one in _memberships(emulator, principal)]
    listed = ", ".join(theirs[:_MOST_LISTED]) + (", ..." if len(theirs) > _MOST_LISTED else "")
    return f"{who} is not a member of {name}, but of {listed or 'no project'}"


def role_reason(principal: Principal, project: Project, role: str, required: str) -> str:
    """Return which role a caller has, and which would do."""
    roles = [one.name.lower() for one in Role if one >= Role[required.upper()]]
    return (
        f"{caller_text(principal)} has the role {role} in the project {project.name}, and this needs "
        f"{', '.join(roles[:-1])}{' or ' if roles[1:] else ''}{roles[-1]}"
    )


def event_reason(emulator: Emulator, identifier: str) -> str:
    """Return why a project has no event with that id: it is another's, has expired, or was never fired."""
    key = object_id(identifier) or ""
    event = emulator.database.events.get(key)
    if event is not None:
        return (
            f"the event {key} ({event.name}) belongs to the project {event.id_project}: documented is a 404, "
            "while the real server returns it (drift cross-project-read)"
        )
    owner = next(_owners(emulator, key), None)
    if owner:
        return f"{key} is the id of {owner}, and not of an event"
    ttl, made = emulator.settings.ttl, int(key[:8], 16) * 1000
    if ttl and made < emulator.clock.now() - ttl * 1000:
        default = " as on the real server" if ttl == EVENTS_TTL else ""
        return (
            f"no event has the id {key}: by its id it would be of {format_time(made)}, and events are "
            f"deleted after {ttl} s{default} (the setting ttl)"
        )
    return f"no event has the id {key}: it was never fired here, or before the last reset{_newest(emulator)}"


def subscription_reason(emulator: Emulator, identifier: str) -> str:
    """Return why no subscription has that id."""
    key = object_id(identifier) or ""
    owner = next(_owners(emulator, key), None)
    if owner:
        return f"{key} is the id of {owner}, and not of a subscription"
    return (
        f"no subscription has the id {key}: it was never made here, was deleted, or was before the last reset"
    )


def caller_text(principal: Principal) -> str:
    """Return the kind of a caller with the e-mail address or id."""
    email = principal.document.get("email")
    if principal.kind in VISITORS or not isinstance(email, str):
        kind = "external user" if principal.kind is PrincipalKind.EXTERNAL else principal.kind.value
        return f"the {kind} {shorten(principal.id, _LONGEST) or 'without an id'}"
    return email


def _malformed_hint(emulator: Emulator, segment: str) -> str:
    """Return what may be meant by a first segment that is not an id."""
    word = segment.lower()
    if word in _ROUTERS:
        return f": did you mean /PROJECT/{word}?"
    if word in PREFIXES:
        return ": the path has two prefixes"
    if word[:1] == "v" and word[1:].isdigit():
        return f": the prefixes are {', '.join(sorted(PREFIXES))}"
    named = [one.id for one in emulator.database.people.projects() if one.name.lower() == word]
    if named:
        return f": it is the name of the project {named[0]}"
    return _no_value(segment) or _projects(emulator)


def _no_value(segment: str) -> str:
    """Return a hint for the name of a variable in place of its value."""
    is_name = segment.lower() in _NO_VALUES or segment[:1] in (":", "{", "<", "$")
    return ": the client has put no value there" if is_name else ""


def _projects(emulator: Emulator) -> str:
    projects = [
        f"{one.name} ({one.id})" for one in emulator.database.people.projects() if one.status == ENABLED
    ]
    if not projects:
        return "; there are no projects: the seed has none"
    more = ", ..." if len(projects) > _MOST_LISTED else ""
    return f"; there {'is' if len(projects) == 1 else 'are'} {', '.join(projects[:_MOST_LISTED])}{more}"


def _owners(emulator: Emulator, key: str) -> Iterator[str]:
    """Yield what has this id."""
    people = emulator.database.people
    if user := people.user(key):
        yield f"the user {user.email}"
    if bot := people.bot(key):
        yield f"the bot {bot.name}"
    if people.project(key):
        yield "a project"
    if subscription := emulator.database.subscriptions.get(key):
        yield f"the subscription to {subscription.event}"
    if event := emulator.database.events.get(key):
        yield f"the event {event.name}"
    if any(one.id == key for one in people.project_users()):
        yield "a project user"


def _newest(emulator: Emulator) -> str:
    count = emulator.count_events()
    return f" ({count} are stored)" if count else " (none is stored)"


def _memberships(emulator: Emulator, principal: Principal) -> list[ProjectUser]:
    return [
        one
        for one in emulator.database.people.project_users()
        if one.status == ACTIVE and _is_of(one, principal)
    ]


def _is_of(member: ProjectUser, principal: Principal) -> bool:
    id_member = member.uuid_user if principal.kind in VISITORS else member.id_user
    return principal.id != "" and id_member == principal.id


def _membership(authenticator: Authenticator, member: ProjectUser) -> str:
    project = authenticator.people.project(member.id_project)
    return f"{project.name if project else 'a project'} ({member.id_project}, {member.role})"
