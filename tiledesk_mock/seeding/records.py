"""Seed entries as records: defaults are filled in, references are resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from ..node.convert import excerpt
from ..tiledesk.clock import Clock
from ..tiledesk.ids import Ids
from ..tiledesk.model import Bot, Dataset, Event, Project, ProjectUser, Subscription, User
from ..tiledesk.wire import Document, event_from_document, record_from_document
from .defaults import Defaults
from .errors import SeedEntry, SeedErrors, UniqueValues
from .references import References

KINDS: Final = ("users", "projects", "project_users", "bots", "subscriptions", "events")

SYSTEM: Final = "system"
"""Tiledesk's `createdBy` of what no user created."""

_MEMBER_ROLE_TYPE: Final = 1
_VISITOR_ROLE_TYPE: Final = 2

RecordT = TypeVar("RecordT")


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
        self._unique: Final = UniqueValues(self._errors, existing, has_event)
        self._defaults: Final = Defaults(clock.now(), ids, self._unique, self._errors)
        self._references: Final = References(existing)

    def dataset(self, entries: Iterable[SeedEntry]) -> Dataset:
        """Return the records of all entries; raise SeedError with everything that is wrong with them."""
        dataset = self._dataset(entries)
        self._errors.raise_any()
        return dataset

    def _dataset(self, entries: Iterable[SeedEntry]) -> Dataset:
        documents: dict[str, list[tuple[SeedEntry, Document]]] = {kind: [] for kind in KINDS}
        for entry in entries:
            documents[entry.kind].append((entry, self._defaults.fill(entry)))
        users = tuple(_records(self._user, documents["users"]))
        for _, document in documents["projects"]:
            self._references.add_project(document["_id"], document["name"])
        members = tuple(_records(self._project_user, documents["project_users"]))
        return Dataset(
            users=users,
            projects=tuple(_records(self._project, documents["projects"])),
            project_users=members,
            bots=tuple(_records(self._bot, documents["bots"])),
            subscriptions=tuple(_records(self._subscription, documents["subscriptions"])),
            events=tuple(_records(self._event, documents["events"])),
        )

    def _user(self, entry: SeedEntry, document: Document) -> User:
        document["email"] = document["email"].lower()
        self._unique.take(entry, "email", document["email"])
        self._references.add_user(document["_id"], document["email"])
        return record_from_document(User, document)

    def _project(self, entry: SeedEntry, document: Document) -> Project:
        self._fill_creator(entry, document, document["_id"])
        return record_from_document(Project, document)

    def _project_user(self, entry: SeedEntry, document: Document) -> ProjectUser | None:
        project_id = self._fill_project(entry, document)
        user = self._fill_user(entry, document)
        if project_id is None or user is None:
            return None
        field = "id_user" if "id_user" in document else "uuid_user"
        if not document.get("trashed"):
            self._unique.take(entry, field, (project_id, user))
        document.setdefault("roleType", _MEMBER_ROLE_TYPE if field == "id_user" else _VISITOR_ROLE_TYPE)
        document.setdefault("createdBy", user)
        self._fill_creator(entry, document, project_id)
        member = record_from_document(ProjectUser, document)
        self._references.add_member(member)
        return member

    def _fill_user(self, entry: SeedEntry, document: Document) -> str | None:
        if "id_user" not in document:
            if "uuid_user" not in document:
                self._errors.add_at(entry, "id_user", "missing; expected id_user or uuid_user")
            return document.get("uuid_user")
        user = self._references.user(document["id_user"])
        if user is None:
            self._add_error(entry, "id_user", "the id or e-mail address of one of the users")
        document["id_user"] = user
        return user

    def _bot(self, entry: SeedEntry, document: Document) -> Bot | None:
        project_id = self._fill_project(entry, document)
        if project_id is None:
            return None
        self._fill_creator(entry, document, project_id)
        if "secret" not in entry.document:
            document["secret"] = self._secret()
        return record_from_document(Bot, document)

    def _subscription(self, entry: SeedEntry, document: Document) -> Subscription | None:
        project_id = self._fill_project(entry, document)
        if project_id is None:
            return None
        self._unique.take(entry, "target", (project_id, document["event"], document["target"]))
        self._fill_creator(entry, document, project_id)
        if "secret" not in document:
            document["secret"] = self._secret()
        return record_from_document(Subscription, document)

    def _event(self, entry: SeedEntry, document: Document) -> Event | None:
        project_id = self._fill_project(entry, document)
        if project_id is None:
            return None
        self._fill_author(entry, document, project_id)
        self._fill_creator(entry, document, project_id)
        document.setdefault("status", "stardard")
        return event_from_document(document)

    def _fill_author(self, entry: SeedEntry, document: Document, project_id: str) -> None:
        """Fill in the member that fired an event: the one named, else the creator, else the owner.

        An event whose `project_user` is null has none.
        """
        if "project_user" in document:
            member = self._references.member(project_id, document["project_user"])
            if member is None:
                self._add_error(
                    entry, "project_user", "the _id, e-mail address or uuid_user of a member of the project"
                )
        elif "project_user" in entry.document:
            return
        elif "createdBy" in document:
            member = self._references.member(project_id, document["createdBy"])
        else:
            member = self._references.owner(project_id)
        if member is not None:
            document["project_user"] = member.id
            document.setdefault("createdBy", member.id_user or member.uuid_user)

    def _fill_project(self, entry: SeedEntry, document: Document) -> str | None:
        name = document.get("id_project")
        project_id = self._references.only_project if name is None else self._references.project(name)
        if project_id is None and name is None:
            there = "more than one" if self._references.has_projects else "none"
            self._errors.add_at(
                entry, "id_project", f"missing; expected a project's id or name, as there is {there}"
            )
        elif project_id is None:
            self._add_error(entry, "id_project", "the id or name of one of the projects")
        document["id_project"] = project_id
        return project_id

    def _fill_creator(self, entry: SeedEntry, document: Document, project_id: str) -> None:
        if "createdBy" not in document:
            owner = self._references.owner(project_id)
            document["createdBy"] = SYSTEM if owner is None else owner.id_user or owner.uuid_user
            return
        creator = self._references.creator(document["createdBy"])
        if creator is None:
            self._add_error(entry, "createdBy", "an id, or the e-mail address of one of the users")
        document["createdBy"] = creator

    def _add_error(self, entry: SeedEntry, name: str, expected: str) -> None:
        self._errors.add_at(entry, name, f"expected {expected}, not {excerpt(entry.document[name])}")


def _records(
    make: Callable[[SeedEntry, Document], RecordT | None], documents: Iterable[tuple[SeedEntry, Document]]
) -> Iterator[RecordT]:
    for entry, document in documents:
        record = make(entry, document)
        if record is not None:
            yield record
