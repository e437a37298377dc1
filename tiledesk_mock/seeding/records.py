"""Seed entries to records: what is left out is filled in, and who is meant is looked up."""

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
"""Who made what nobody made: Tiledesk's own word."""

_MEMBER_ROLE_TYPE: Final = 1
_VISITOR_ROLE_TYPE: Final = 2

Record = TypeVar("Record")


class Records:
    """Makes the records of one seed, which may refer to each other and to the world that is `known`."""

    def __init__(
        self, *, clock: Clock, ids: Ids, secret: Callable[[], str], known: Dataset, problems: SeedErrors
    ) -> None:
        self._secret: Final = secret
        self._problems: Final = problems
        self._claims: Final = UniqueValues(problems, known)
        self._drafts: Final = Defaults(clock.now(), ids, self._claims, problems)
        self._links: Final = References(known)

    def world(self, rows: Iterable[SeedEntry]) -> Dataset:
        """Return the records of all `rows`. What cannot be made is left out, and noted as a problem."""
        drafts: dict[str, list[tuple[SeedEntry, Document]]] = {kind: [] for kind in KINDS}
        for row in rows:
            drafts[row.kind].append((row, self._drafts.draft(row)))
        users = tuple(_made(self._user, drafts["users"]))
        for _, draft in drafts["projects"]:
            self._links.add_project(draft["_id"], draft["name"])
        members = tuple(_made(self._project_user, drafts["project_users"]))
        return Dataset(
            users=users,
            projects=tuple(_made(self._project, drafts["projects"])),
            project_users=members,
            bots=tuple(_made(self._bot, drafts["bots"])),
            subscriptions=tuple(_made(self._subscription, drafts["subscriptions"])),
            events=tuple(_made(self._event, drafts["events"])),
        )

    def _user(self, row: SeedEntry, draft: Document) -> User:
        draft["email"] = draft["email"].lower()
        self._claims.claim(row, "email", draft["email"])
        self._links.add_user(draft["_id"], draft["email"])
        return record_from_document(User, draft)

    def _project(self, row: SeedEntry, draft: Document) -> Project:
        self._fill_creator(row, draft, draft["_id"])
        return record_from_document(Project, draft)

    def _project_user(self, row: SeedEntry, draft: Document) -> ProjectUser | None:
        project_id = self._fill_project(row, draft)
        person = self._fill_person(row, draft)
        if project_id is None or person is None:
            return None
        if not draft.get("trashed"):
            self._claims.claim(row, "id_user" if "id_user" in draft else "uuid_user", (project_id, person))
        draft.setdefault("roleType", _MEMBER_ROLE_TYPE if "id_user" in draft else _VISITOR_ROLE_TYPE)
        draft.setdefault("createdBy", person)
        self._fill_creator(row, draft, project_id)
        member = record_from_document(ProjectUser, draft)
        self._links.add_member(member)
        return member

    def _fill_person(self, row: SeedEntry, draft: Document) -> str | None:
        if "id_user" not in draft:
            if "uuid_user" not in draft:
                self._problems.at(row, "id_user", "missing; expected id_user or uuid_user")
            return draft.get("uuid_user")
        user = self._links.user(draft["id_user"])
        if user is None:
            self._refuse(row, "id_user", "the id or e-mail address of one of the users")
        draft["id_user"] = user
        return user

    def _bot(self, row: SeedEntry, draft: Document) -> Bot | None:
        project_id = self._fill_project(row, draft)
        if project_id is None:
            return None
        self._fill_creator(row, draft, project_id)
        if "secret" not in row.document:
            draft["secret"] = self._secret()
        return record_from_document(Bot, draft)

    def _subscription(self, row: SeedEntry, draft: Document) -> Subscription | None:
        project_id = self._fill_project(row, draft)
        if project_id is None:
            return None
        self._claims.claim(row, "target", (project_id, draft["event"], draft["target"]))
        self._fill_creator(row, draft, project_id)
        if "secret" not in draft:
            draft["secret"] = self._secret()
        return record_from_document(Subscription, draft)

    def _event(self, row: SeedEntry, draft: Document) -> Event | None:
        project_id = self._fill_project(row, draft)
        if project_id is None:
            return None
        self._fill_author(row, draft, project_id)
        self._fill_creator(row, draft, project_id)
        draft.setdefault("status", "stardard")
        return event_from_document(draft)

    def _fill_author(self, row: SeedEntry, draft: Document, project_id: str) -> None:
        """Find who fired an event: the member named, else its creator, else the owner; null is nobody."""
        if "project_user" in draft:
            member = self._links.member(project_id, draft["project_user"])
            if member is None:
                self._refuse(
                    row, "project_user", "the _id, e-mail address or uuid_user of a member of the project"
                )
        elif "project_user" in row.document:
            return
        elif "createdBy" in draft:
            member = self._links.member(project_id, draft["createdBy"])
        else:
            member = self._links.owner(project_id)
        if member is not None:
            draft["project_user"] = member.id
            draft.setdefault("createdBy", member.id_user or member.uuid_user)

    def _fill_project(self, row: SeedEntry, draft: Document) -> str | None:
        name = draft.get("id_project")
        project_id = self._links.only_project if name is None else self._links.project(name)
        if project_id is None and name is None:
            there = "more than one" if self._links.has_projects else "none that could be meant"
            self._problems.at(
                row, "id_project", f"missing; expected a project's id or name, as there is {there}"
            )
        elif project_id is None:
            self._refuse(row, "id_project", "the id or name of one of the projects")
        draft["id_project"] = project_id
        return project_id

    def _fill_creator(self, row: SeedEntry, draft: Document, project_id: str) -> None:
        if "createdBy" not in draft:
            owner = self._links.owner(project_id)
            draft["createdBy"] = SYSTEM if owner is None else owner.id_user or owner.uuid_user
            return
        creator = self._links.creator(draft["createdBy"])
        if creator is None:
            self._refuse(row, "createdBy", "an id, or the e-mail address of one of the users")
        draft["createdBy"] = creator

    def _refuse(self, row: SeedEntry, name: str, expected: str) -> None:
        self._problems.at(row, name, f"expected {expected}, not {excerpt(row.document[name])}")


def _made(
    make: Callable[[SeedEntry, Document], Record | None], drafts: Iterable[tuple[SeedEntry, Document]]
) -> Iterator[Record]:
    for row, draft in drafts:
        record = make(row, draft)
        if record is not None:
            yield record
