"""Seed entries as records: defaults are filled in, references are resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from ..tiledesk.clock import Clock
from ..tiledesk.ids import Ids
from ..tiledesk.model import ACTIVE, Bot, Dataset, Event, Project, ProjectUser, Subscription, User
from ..tiledesk.wire import Document, event_from_document, in_order_of_creation, record_from_document
from .errors import SeedEntry, SeedErrors, UniqueValues
from .filler import EntryFiller
from .references import References, name_in

KINDS: Final = Dataset.__struct_fields__
"""The lists of a seed."""

_PEOPLE: Final = ("users", "projects", "project_users", "bots", "subscriptions", "events")
"""The lists whose records are made here; `conversations` makes the others."""

_MEMBER_ROLE_TYPE: Final = 1
_VISITOR_ROLE_TYPE: Final = 2

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
        self._existing: Final = existing
        self._unique: Final = UniqueValues(self._errors, existing, has_event)
        self._references: Final = References(existing)
        self._filler: Final = EntryFiller(clock, ids, self._references, self._unique, self._errors)

    @property
    def is_complete(self) -> bool:
        """Return whether the seed left nothing to be made: then its records are always the same."""
        return self._filler.is_complete

    def dataset(self, entries: Iterable[SeedEntry]) -> Dataset:
        """Return the records of all entries; raise SeedError with everything that is wrong with them."""
        kinds: dict[str, list[SeedEntry]] = {kind: [] for kind in KINDS}
        for entry in entries:
            kinds[entry.kind].append(entry)
        for kind in _PEOPLE:
            for entry in kinds[kind]:
                self._filler.fill(entry)
        users = tuple(map(self._user, kinds["users"]))
        for project in kinds["projects"]:
            self._references.add_project(project.fields["_id"], project.fields["name"])
        members = tuple(filter(None, map(self._project_user, kinds["project_users"])))
        bots = tuple(filter(None, map(self._bot, kinds["bots"])))
        dataset = Dataset(
            users=users,
            projects=tuple(map(self._project, kinds["projects"])),
            project_users=members,
            bots=bots,
            subscriptions=tuple(filter(None, map(self._subscription, kinds["subscriptions"]))),
            events=tuple(filter(None, map(self._event, kinds["events"]))),
            **self._conversations(bots, kinds),
        )
        self._errors.raise_any()
        return dataset

    def _conversations(
        self, bots: tuple[Bot, ...], kinds: Mapping[str, list[SeedEntry]]
    ) -> dict[str, tuple[Any, ...]]:
        """Return the records of the other lists, by the names of the lists."""
        if not any(kinds[kind] for kind in KINDS if kind not in _PEOPLE):
            return {}
        # Imported here because most seeds have no such lists.
        from .conversations import ConversationRecords

        return ConversationRecords(self._filler, self._existing, bots).records(kinds)

    def _user(self, entry: SeedEntry) -> User:
        entry.fields["email"] = entry.fields["email"].lower()
        self._unique.take(entry, "email", entry.fields["email"])
        self._references.add_user(entry.fields["_id"], entry.fields["email"])
        return record_from_document(User, entry.fields)

    def _project(self, entry: SeedEntry) -> Project:
        self._filler.fill_creator(entry, entry.fields["_id"])
        return record_from_document(Project, entry.fields)

    def _project_user(self, entry: SeedEntry) -> ProjectUser | None:
        project_id = self._filler.fill_project(entry)
        user = self._fill_user(entry)
        if project_id is None or user is None:
            return None
        field = "id_user" if "id_user" in entry.fields else "uuid_user"
        if not entry.fields.get("trashed") and entry.fields.get("status", ACTIVE) == ACTIVE:
            self._unique.take(entry, field, (project_id, user))
        entry.fields.setdefault("roleType", _MEMBER_ROLE_TYPE if field == "id_user" else _VISITOR_ROLE_TYPE)
        entry.fields.setdefault("createdBy", user)
        if entry.fields["createdBy"] not in (user, entry.fields.get("uuid_user")):
            self._filler.fill_creator(entry, project_id)
        member = record_from_document(ProjectUser, entry.fields)
        self._references.add_member(member)
        return member

    def _fill_user(self, entry: SeedEntry) -> str | None:
        if "id_user" not in entry.fields:
            if "uuid_user" not in entry.fields:
                self._errors.add_at(entry, "id_user", "missing; expected id_user or uuid_user")
            return entry.fields.get("uuid_user")
        user = self._references.user(name_in(entry.fields["id_user"]))
        if user is None:
            self._filler.add_error(entry, "id_user", "the id or e-mail address of one of the users")
        entry.fields["id_user"] = user
        return user

    def _bot(self, entry: SeedEntry) -> Bot | None:
        project_id = self._filler.fill_project(entry)
        if project_id is None:
            return None
        self._filler.fill_creator(entry, project_id)
        if "secret" not in entry.document:
            entry.fields["secret"] = self._secret()
            self._filler.is_complete = False
        return record_from_document(Bot, entry.fields)

    def _subscription(self, entry: SeedEntry) -> Subscription | None:
        if "order" in entry.fields:
            return self._updated_subscription(entry)
        project_id = self._filler.fill_project(entry)
        if project_id is None:
            return None
        self._unique.take(entry, "target", (project_id, entry.fields["event"], entry.fields["target"]))
        self._filler.fill_creator(entry, project_id)
        if "secret" not in entry.fields:
            entry.fields["secret"] = self._secret()
            self._filler.is_complete = False
        return record_from_document(Subscription, in_order_of_creation(entry.fields))

    def _updated_subscription(self, entry: SeedEntry) -> Subscription:
        """Return a subscription that a PUT made or changed: nothing is filled in but a missing secret."""
        fields: Document = {name: entry.fields.get(name) for name in entry.fields["order"]}
        if "secret" not in fields:
            fields = {"secret": self._secret(), **fields}
            self._filler.is_complete = False
        self._unique.take(entry, "target", tuple(map(fields.get, ("id_project", "event", "target"))))
        fields["_id"] = entry.fields["_id"]
        return record_from_document(Subscription, fields)

    def _event(self, entry: SeedEntry) -> Event | None:
        project_id = self._filler.fill_project(entry)
        if project_id is None:
            return None
        self._fill_author(entry, project_id)
        self._filler.fill_creator(entry, project_id)
        entry.fields.setdefault("status", "stardard")
        return event_from_document(entry.fields)

    def _fill_author(self, entry: SeedEntry, project_id: str) -> None:
        """Fill in the member that fired an event: the one named, else the creator, else the owner.

        An event whose `project_user` is null stays without a member.
        """
        if "project_user" in entry.fields:
            name = name_in(entry.fields["project_user"])
            member = self._references.member(project_id, name)
            if member is None and self._references.is_removed(name):
                entry.fields["project_user"] = name.lower()
            elif member is None:
                self._filler.add_error(
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
            entry.fields.setdefault("createdBy", member.person_id)
