"""What the entries of a seed leave out: ids, times, the project and the creator."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from ..node.convert import excerpt
from ..node.json import MAX_DEPTH, Json, in_property_order
from ..node.values import normal_number
from ..tiledesk.clock import Clock, format_time, parse_duration, to_milliseconds
from ..tiledesk.ids import Ids
from .errors import SeedEntry, SeedErrors, UniqueValues
from .references import OBJECT_ID, References

SYSTEM: Final = "system"
"""Tiledesk's `createdBy` of documents that no user created."""

NULL_IF_ABSENT: Final = ("requester", "lead", "department", "channelOutbound")
"""The fields of a request that are filled in if they are left out; null prevents that."""

_TIMES: Final = ("createdAt", "updatedAt", "last_login_at", "assigned_at", "closed_at")

_NULLABLE: Final = frozenset({"firstname", "lastname", "phone"})
"""The fields of people that a record has as null. Elsewhere null is as if the field was left out."""


_JSON: Final = {
    "events": ("attributes",),
    "projects": ("profile", "settings", "operatingHours", "bannedUsers", "channels"),
    "project_users": ("attributes", "presence"),
}
"""The fields that may be any JSON."""


class EntryFiller:
    """Fills in the fields of entries, and collects what is wrong with them in `errors`.

    Args:
        clock: the start, which relative times count from.
        ids: makes the ids that are left out.
        references: finds what entries refer to.
        unique: has the values that are taken.
        errors: gets the errors.

    `is_complete` is whether the entries left nothing to be made: then their records are always the same.
    """

    def __init__(
        self, clock: Clock, ids: Ids, references: References, unique: UniqueValues, errors: SeedErrors
    ) -> None:
        self.references: Final = references
        self.unique: Final = unique
        self.errors: Final = errors
        self.ids: Final = ids
        self._start: Final = clock.now()
        self._now: Final = format_time(self._start)
        self.is_complete = True
        self._last_time = ""  # which needs no conversion: an event mostly has one time twice

    def fill(self, entry: SeedEntry) -> None:
        """Fill in the fields of a person, bot, project, subscription or event: id, times, what it has."""
        entry.fields = {
            name: value for name, value in entry.document.items() if value is not None or name in _NULLABLE
        }
        self._fill_id_and_times(entry)
        for name in _JSON.get(entry.kind, ()):
            if name in entry.document:
                entry.fields[name] = self._json(entry, name)

    def fill_with_nulls(self, entry: SeedEntry) -> None:
        """Fill in the fields of any other entry, whose fields may be any JSON: id, times, what it has."""
        entry.fields = {name: self._json(entry, name) for name in entry.document}
        self._fill_id_and_times(entry)

    def _fill_id_and_times(self, entry: SeedEntry) -> None:
        fields = entry.fields
        if "_id" in fields:
            fields["_id"] = str(fields["_id"]).lower()
            self.unique.take(entry, "_id", fields["_id"])
        else:
            fields["_id"] = self.ids.object_id()
            self.is_complete = False
        for name in _TIMES:
            if name in fields and fields[name] != self._last_time:
                fields[name] = self._time(entry, name, fields[name])
        if "createdAt" not in fields:
            fields["createdAt"] = self._now
            self.is_complete = False
        fields.setdefault("updatedAt", fields["createdAt"])

    def _json(self, entry: SeedEntry, name: str) -> Json:
        try:
            return _normal(entry.document[name], MAX_DEPTH)
        except _TooDeepError:
            problem = f"nested too deeply: expected at most {MAX_DEPTH} levels"
            self.errors.add_at(entry, name, problem)
            return None

    def _time(self, entry: SeedEntry, name: str, text: str) -> str:
        try:
            time = _seed_time(text, self._start)
            if time == text:
                self._last_time = time
            elif text.startswith("-"):
                self.is_complete = False
            return time
        except ValueError as error:
            self.errors.add_at(entry, name, f"expected a time, not {excerpt(text)}: {error}")
            return text

    def fill_project(self, entry: SeedEntry) -> str | None:
        """Fill in the project of an entry and return its id; None with an error if it is unknown."""
        name, projects = entry.fields.get("id_project"), self.references.project_ids
        project_id = projects[0] if len(projects) == 1 else None
        if name is not None:
            project_id = self.references.project(name) or _unknown_project(entry)
            if project_id is None:
                self.add_error(entry, "id_project", "the id or name of one of the projects")
        elif project_id is None:
            problem = (
                f"expected a project's id or name, as there is {'more than one' if projects else 'none'}"
            )
            self.errors.add_at(entry, "id_project", f"missing; {problem}")
        entry.fields["id_project"] = project_id
        return project_id

    def fill_creator(self, entry: SeedEntry, project_id: str) -> None:
        """Fill in who made an entry: the one named, else the project's owner."""
        if "createdBy" not in entry.fields:
            owner = self.references.owners.get(project_id)
            entry.fields["createdBy"] = SYSTEM if owner is None else owner.person_id
            return
        creator = self.references.creator(entry.fields["createdBy"])
        if creator is None:
            self.add_error(entry, "createdBy", "an id, or the e-mail address of one of the users")
        else:
            entry.fields["createdBy"] = creator

    def add_error(self, entry: SeedEntry, name: str, expected: str) -> None:
        """Add the error that a field of an entry is not what was expected."""
        self.errors.add_at(entry, name, f"expected {expected}, not {excerpt(entry.document[name])}")


_ABSOLUTE: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_FORMATTED_LENGTH: Final = len("2026-01-31T23:59:59.123Z")


def _seed_time(text: str, start: int) -> str:
    """Return a time of a seed, ISO 8601 or relative to the start, as Tiledesk writes it.

    `start` is in milliseconds since 1970. Raises ValueError for any other text.
    """
    if len(text) == _FORMATTED_LENGTH and text[10] == "T" and text[-1] == "Z":  # as Tiledesk writes it
        try:
            datetime.fromisoformat(text[:-1])
            return text
        except ValueError:
            pass  # the error of the other way says more
    if text.startswith("-"):
        milliseconds = start - parse_duration(text[1:])
    elif match := _ABSOLUTE.fullmatch(text):
        day, minute, second, fraction, offset = match.groups()
        milliseconds = to_milliseconds(f"{day}T{minute}:{second or '00'}.{fraction or '0'}{offset}")
    else:
        raise ValueError(f"{text} is not a time")
    try:
        return format_time(milliseconds)
    except OverflowError:
        raise ValueError("too long ago") from None


def _unknown_project(entry: SeedEntry) -> str | None:
    """Return the id of the project of a guest, which need not exist: Tiledesk does not check that."""
    fields = entry.fields
    is_guest = entry.kind == "project_users" and "uuid_user" in fields and fields["role"] == "guest"
    return fields["id_project"].lower() if is_guest and OBJECT_ID.fullmatch(fields["id_project"]) else None


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
