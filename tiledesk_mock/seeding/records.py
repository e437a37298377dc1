"""Seed entries as records: defaults are filled in, references are resolved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from ..node.convert import excerpt
from ..node.json import MAX_DEPTH, Json, in_property_order
from ..node.values import normal_number
from ..tiledesk.clock import Clock, format_time, to_milliseconds
from ..tiledesk.ids import Ids
from ..tiledesk.model import ACTIVE, Bot, Dataset, Event, Project, ProjectUser, Subscription, User
from ..tiledesk.wire import Document, event_from_document, in_order_of_creation, record_from_document
from .errors import SeedEntry, SeedErrors, UniqueValues

KINDS: Final = ("users", "projects", "project_users", "bots", "subscriptions", "events")

_SYSTEM: Final = "system"
"""Tiledesk's `createdBy` of documents that no user created."""

_MEMBER_ROLE_TYPE: Final = 1
_VISITOR_ROLE_TYPE: Final = 2

_FORMATTED_LENGTH: Final = len("2026-01-31T23:59:59.123Z")

_RELATIVE: Final = re.compile(r"-(?:[0-9]+[wdhms])+")
_STEP: Final = re.compile(r"([0-9]+)([wdhms])")
_UNITS: Final = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}
_ABSOLUTE: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def _time(text: str, start: int) -> str:
    """Return a time of a seed, ISO 8601 or relative to the start, as Tiledesk writes it.

    `start` is in milliseconds since 1970. Raises ValueError for any other text.
    """
    if len(text) == _FORMATTED_LENGTH and text[10] == "T" and text[-1] == "Z":  # as Tiledesk writes it
        try:
            datetime.fromisoformat(text[:-1])
            return text
        except ValueError:
            pass  # the error of the other way says more
    if _RELATIVE.fullmatch(text):
        milliseconds = start - sum(int(count) * _UNITS[unit] for count, unit in _STEP.findall(text))
    elif match := _ABSOLUTE.fullmatch(text):
        day, minute, second, fraction, offset = match.groups()
        milliseconds = to_milliseconds(f"{day}T{minute}:{second or '00'}.{fraction or '0'}{offset}")
    else:
        raise ValueError(f"{text} is not a time")
    try:
        return format_time(milliseconds)
    except OverflowError:
        raise ValueError("too long ago") from None


_OBJECT_ID: Final = re.compile("[0-9a-fA-F]{24}")
_TIMES: Final = ("createdAt", "updatedAt", "last_login_at")


class References:
    """Finds users, projects and members by every name that a seed may use for them.

    `project_ids` are in the order of the seed, and `owners` has the first owner of each project.
    """

    def __init__(self, existing: Dataset) -> None:
        self._users: Final[dict[str, str]] = {}
        self._projects: Final[dict[str, str]] = {}
        self._members: Final[dict[str, ProjectUser]] = {}
        self._members_by_name: Final[dict[tuple[str, str], ProjectUser]] = {}
        self.owners: Final[dict[str, ProjectUser]] = {}
        self._guests: Final[set[str]] = set()
        self.project_ids: Final[list[str]] = []
        for user in existing.users:
            self.add_user(user.id, user.email)
        for project in existing.projects:
            self.add_project(project.id, project.name)
        for member in existing.project_users:
            self.add_member(member)

    def add_user(self, user_id: str, email: str) -> None:
        """Add a user."""
        self._users[user_id] = user_id
        self._users.setdefault(email, user_id)  # it may look like another user's id

    def add_project(self, project_id: str, name: str) -> None:
        """Add a project. A name that several projects have refers to the first."""
        self.project_ids.append(project_id)
        self._projects[project_id] = project_id
        self._projects.setdefault(name, project_id)

    def add_member(self, member: ProjectUser) -> None:
        """Add a member of a project."""
        self._members[member.id] = member
        for name in (member.id_user, member.uuid_user):
            if name is not None:
                self._members_by_name[member.id_project, name] = member
        if member.uuid_user is not None:
            self._guests.add(member.uuid_user)
        if member.role == "owner":
            self.owners.setdefault(member.id_project, member)

    def user(self, name: str) -> str | None:
        """Return the id of the user with that id or e-mail address."""
        return self._users.get(name.lower())

    def project(self, name: str) -> str | None:
        """Return the id of the project with that id or name."""
        return self._projects.get(name) or self._projects.get(name.lower())

    def member(self, project_id: str, name: str) -> ProjectUser | None:
        """Return the project's member with that id, user's id, uuid or e-mail address."""
        found = self._members.get(name.lower())
        if found is not None and found.id_project == project_id:
            return found
        found = self._members_by_name.get((project_id, name))
        found = found or self._members_by_name.get((project_id, name.lower()))
        user = self.user(name)
        return found if found or user is None else self._members_by_name.get((project_id, user))

    def creator(self, name: str) -> str | None:
        """Return the id for a `createdBy`: a user's id, or the text itself unless it is an e-mail address.

        The text may be the id of a guest or external user, which may look like an address.
        """
        if name in self._guests:
            return name
        return self.user(name) or (None if "@" in name else name)


_NOTHING: Final = Dataset()
_NO_IDS: Final = frozenset[str]().__contains__


class SeedRecords:
    """Makes the records of one seed, which may refer to each other and to `existing` records.

    Args:
        clock: the start, which relative times count from.
        ids: makes the ids that are left out.
        secret: makes the secrets that are left out.
        existing: the records that the seed is added to. Its events are looked up with `has_event` instead.
        has_event: returns whether an event of that id exists.

    `is_complete` is whether the seed left nothing to be made by these: then its records are always the same.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        ids: Ids,
        secret: Callable[[], str],
        existing: Dataset = _NOTHING,
        has_event: Callable[[str], bool] = _NO_IDS,
    ) -> None:
        self._secret: Final = secret
        self._errors: Final = SeedErrors()
        self._unique: Final = UniqueValues(self._errors, existing, has_event)
        self._start: Final = clock.now()
        self._now: Final = format_time(self._start)
        self.is_complete = True
        self._last_time = ""  # which needs no conversion: an event mostly has one time twice
        self._ids: Final = ids
        self._references: Final = References(existing)

    def dataset(self, entries: Iterable[SeedEntry]) -> Dataset:
        """Return the records of all entries; raise SeedError with everything that is wrong with them."""
        kinds: dict[str, list[SeedEntry]] = {kind: [] for kind in KINDS}
        for entry in entries:
            self._fill(entry)
            kinds[entry.kind].append(entry)
        users = tuple(map(self._user, kinds["users"]))
        for project in kinds["projects"]:
            self._references.add_project(project.fields["_id"], project.fields["name"])
        members = tuple(filter(None, map(self._project_user, kinds["project_users"])))
        dataset = Dataset(
            users=users,
            projects=tuple(map(self._project, kinds["projects"])),
            project_users=members,
            bots=tuple(filter(None, map(self._bot, kinds["bots"]))),
            subscriptions=tuple(filter(None, map(self._subscription, kinds["subscriptions"]))),
            events=tuple(filter(None, map(self._event, kinds["events"]))),
        )
        self._errors.raise_any()
        return dataset

    def _fill(self, entry: SeedEntry) -> None:
        """Fill in the fields of an entry: id, times, and what it has except nulls."""
        fields = entry.fields = {name: value for name, value in entry.document.items() if value is not None}
        if "_id" in fields:
            fields["_id"] = str(fields["_id"]).lower()
            self._unique.take(entry, "_id", fields["_id"])
        else:
            fields["_id"] = self._ids.object_id()
            self.is_complete = False
        for name in _TIMES:
            if name in fields and fields[name] != self._last_time:
                fields[name] = self._time(entry, name, fields[name])
        if "createdAt" not in fields:
            fields["createdAt"] = self._now
            self.is_complete = False
        fields.setdefault("updatedAt", fields["createdAt"])
        if entry.kind == "events" and "attributes" in entry.document:
            fields["attributes"] = self._attributes(entry)

    def _attributes(self, entry: SeedEntry) -> Json:
        attributes = entry.document["attributes"]
        try:
            return _normal(attributes, MAX_DEPTH)
        except _TooDeepError:
            problem = f"nested too deeply: expected at most {MAX_DEPTH} levels"
            self._errors.add_at(entry, "attributes", problem)
            return None

    def _time(self, entry: SeedEntry, name: str, text: str) -> str:
        try:
            time = _time(text, self._start)
            if time == text:
                self._last_time = time
            elif text.startswith("-"):
                self.is_complete = False
            return time
        except ValueError as error:
            self._errors.add_at(entry, name, f"expected a time, not {excerpt(text)}: {error}")
            return text

    def _user(self, entry: SeedEntry) -> User:
        entry.fields["email"] = entry.fields["email"].lower()
        self._unique.take(entry, "email", entry.fields["email"])
        self._references.add_user(entry.fields["_id"], entry.fields["email"])
        return record_from_document(User, entry.fields)

    def _project(self, entry: SeedEntry) -> Project:
        self._fill_creator(entry, entry.fields["_id"])
        return record_from_document(Project, entry.fields)

    def _project_user(self, entry: SeedEntry) -> ProjectUser | None:
        project_id = self._fill_project(entry)
        user = self._fill_user(entry)
        if project_id is None or user is None:
            return None
        field = "id_user" if "id_user" in entry.fields else "uuid_user"
        if not entry.fields.get("trashed") and entry.fields.get("status", ACTIVE) == ACTIVE:
            self._unique.take(entry, field, (project_id, user))
        entry.fields.setdefault("roleType", _MEMBER_ROLE_TYPE if field == "id_user" else _VISITOR_ROLE_TYPE)
        entry.fields.setdefault("createdBy", user)
        if entry.fields["createdBy"] not in (user, entry.fields.get("uuid_user")):
            self._fill_creator(entry, project_id)
        member = record_from_document(ProjectUser, entry.fields)
        self._references.add_member(member)
        return member

    def _fill_user(self, entry: SeedEntry) -> str | None:
        if "id_user" not in entry.fields:
            if "uuid_user" not in entry.fields:
                self._errors.add_at(entry, "id_user", "missing; expected id_user or uuid_user")
            return entry.fields.get("uuid_user")
        user = self._references.user(entry.fields["id_user"])
        if user is None:
            self._add_error(entry, "id_user", "the id or e-mail address of one of the users")
        entry.fields["id_user"] = user
        return user

    def _bot(self, entry: SeedEntry) -> Bot | None:
        project_id = self._fill_project(entry)
        if project_id is None:
            return None
        self._fill_creator(entry, project_id)
        if "secret" not in entry.document:
            entry.fields["secret"] = self._secret()
            self.is_complete = False
        return record_from_document(Bot, entry.fields)

    def _subscription(self, entry: SeedEntry) -> Subscription | None:
        if "order" in entry.fields:
            return self._updated_subscription(entry)
        project_id = self._fill_project(entry)
        if project_id is None:
            return None
        self._unique.take(entry, "target", (project_id, entry.fields["event"], entry.fields["target"]))
        self._fill_creator(entry, project_id)
        if "secret" not in entry.fields:
            entry.fields["secret"] = self._secret()
            self.is_complete = False
        return record_from_document(Subscription, in_order_of_creation(entry.fields))

    def _updated_subscription(self, entry: SeedEntry) -> Subscription:
        """Return a subscription that a PUT made or changed: nothing is filled in but a missing secret."""
        fields: Document = {name: entry.fields.get(name) for name in entry.fields["order"]}
        if "secret" not in fields:
            fields = {"secret": self._secret(), **fields}
            self.is_complete = False
        self._unique.take(entry, "target", tuple(map(fields.get, ("id_project", "event", "target"))))
        fields["_id"] = entry.fields["_id"]
        return record_from_document(Subscription, fields)

    def _event(self, entry: SeedEntry) -> Event | None:
        project_id = self._fill_project(entry)
        if project_id is None:
            return None
        self._fill_author(entry, project_id)
        self._fill_creator(entry, project_id)
        entry.fields.setdefault("status", "stardard")
        return event_from_document(entry.fields)

    def _fill_author(self, entry: SeedEntry, project_id: str) -> None:
        """Fill in the member that fired an event: the one named, else the creator, else the owner.

        An event whose `project_user` is null stays without a member.
        """
        if "project_user" in entry.fields:
            member = self._references.member(project_id, entry.fields["project_user"])
            if member is None:
                self._add_error(
                    entry, "project_user", "the _id, e-mail address or uuid_user of a member of the project"
                )
        elif "project_user" in entry.document:
            return
        elif "createdBy" in entry.fields:
            member = self._references.member(project_id, entry.fields["createdBy"])
        else:
            member = self._references.owners.get(project_id)
        if member is not None:
            entry.fields["project_user"] = member.id
            entry.fields.setdefault("createdBy", member.id_user or member.uuid_user)

    def _fill_project(self, entry: SeedEntry) -> str | None:
        name, projects = entry.fields.get("id_project"), self._references.project_ids
        project_id = projects[0] if len(projects) == 1 else None
        if name is not None:
            project_id = self._references.project(name) or _unknown_project(entry)
            if project_id is None:
                self._add_error(entry, "id_project", "the id or name of one of the projects")
        elif project_id is None:
            problem = (
                f"expected a project's id or name, as there is {'more than one' if projects else 'none'}"
            )
            self._errors.add_at(entry, "id_project", f"missing; {problem}")
        entry.fields["id_project"] = project_id
        return project_id

    def _fill_creator(self, entry: SeedEntry, project_id: str) -> None:
        if "createdBy" not in entry.fields:
            owner = self._references.owners.get(project_id)
            entry.fields["createdBy"] = _SYSTEM if owner is None else owner.id_user or owner.uuid_user
            return
        creator = self._references.creator(entry.fields["createdBy"])
        if creator is None:
            self._add_error(entry, "createdBy", "an id, or the e-mail address of one of the users")
        else:
            entry.fields["createdBy"] = creator

    def _add_error(self, entry: SeedEntry, name: str, expected: str) -> None:
        self._errors.add_at(entry, name, f"expected {expected}, not {excerpt(entry.document[name])}")


def _unknown_project(entry: SeedEntry) -> str | None:
    """Return the id of the project of a guest, which need not exist: Tiledesk does not check that."""
    fields = entry.fields
    is_guest = entry.kind == "project_users" and "uuid_user" in fields and fields["role"] == "guest"
    return fields["id_project"].lower() if is_guest and _OBJECT_ID.fullmatch(fields["id_project"]) else None


_PLAIN: Final = frozenset({str, bool, type(None)})
_NESTED: Final = frozenset({dict, list, tuple})


class _TooDeepError(Exception):
    """Attributes are nested more deeply than MongoDB stores them."""


def _normal(value: Json, levels: int) -> Json:
    """Return attributes as Tiledesk reads them from JSON: numbers and the order of keys are JavaScript's.

    Raises _TooDeepError if there are more than that many levels of arrays and objects.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is int or kind is float:
        return normal_number(value)
    if levels == 0 and kind in _NESTED:
        raise _TooDeepError
    if kind is list or kind is tuple:
        return [_normal(item, levels - 1) for item in value]
    if kind is not dict:
        return value  # what this is is said when it is stored
    members = {
        name: item if type(item) in _PLAIN else _normal(item, levels - 1) for name, item in value.items()
    }
    has_index = any(["0" <= name[:1] <= "9" for name in members])  # noqa: C419  (a list takes half the time)
    return in_property_order([*members.items()]) if has_index else members
