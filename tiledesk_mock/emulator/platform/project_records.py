"""The records of one project, found by the names that a tester gives to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from ...errors import StandardEventInvalid
from ...node.json import ABSENT, Absent, Json
from ...store.database import Database
from ...text import shorten, suggestion
from ...tiledesk.clock import Clock
from ...tiledesk.conversation_rules import SYSTEM
from ...tiledesk.conversations import Answer, Conversation, Department, Group, Lead
from ...tiledesk.event_fields import Reference
from ...tiledesk.ids import Ids
from ...tiledesk.model import ACTIVE, Bot, Project, ProjectUser, User
from ...tiledesk.operator_select import BOT_PREFIX
from ..emulator import Emulator

_BOT: Final = "bot"
_DEFAULT_DEPARTMENT: Final = "Default Department"
_HEX_DIGITS: Final = 32
_LONGEST_NAME: Final = 100

Named = TypeVar("Named", Bot, Department, Group)


class ProjectRecords:
    """Finds the records that the fields of an event name, and makes ids and times for new ones.

    Args:
        name: the name of the event, for errors.
        project: the project that the event is of.
        database: everything that is stored.
        clock: the emulator's.
        ids: the emulator's.

    Its methods take a reference and the name of the field that it stands in, and raise StandardEventInvalid
    if it names no record of the project.
    """

    def __init__(self, name: str, project: Project, database: Database, clock: Clock, ids: Ids) -> None:
        self.name: Final = name
        self.project: Final = project
        self.people: Final = database.people
        self.conversations: Final = database.conversations
        self.clock: Final = clock
        self.ids: Final = ids
        self.now: Final = clock.iso()
        self.milliseconds: Final = clock.now()

    def person(self, reference: Reference, field: str) -> ProjectUser | Bot:
        """Return who is named: a member, a bot, or the member whose lead is named.

        Members have a role, an e-mail address and ids, bots a name and an id (`bot` is the first of them),
        leads a name, an e-mail address and an id.
        """
        key = self._key(reference, field)
        found = self._person(key)
        if found is None:
            names = [*self._member_names(), *self._bot_names(), *self._lead_names()]
            raise self.unknown(field, "member or bot", key, names)
        return found

    def member(self, reference: Reference, field: str) -> ProjectUser:
        """Return a member, found as by `person`."""
        key = self._key(reference, field)
        found = self._person(key)
        if found is None:
            raise self.unknown(field, "member", key, [*self._member_names(), *self._lead_names()])
        if isinstance(found, Bot):
            raise self.invalid(field, f"{key} is a bot; expected a member")
        return found

    def member_with_role(self, role: str, field: str) -> ProjectUser:
        """Return the member with a role whom a field stands for by default."""
        found = self._member(role)
        if found is None:
            problem = f"no {role} in the project {self.project.name}: pass {field}="
            raise StandardEventInvalid(self.name, problem)
        return found

    def participant(self, reference: Reference, field: str) -> User | Bot:
        """Return a bot or a user, also one who is no member; found by an e-mail address or as by `person`."""
        key = self._key(reference, field)
        user = self.people.user(key) or self.people.user_by_email(key.lower())
        found = user or self.person(reference, field)
        if isinstance(found, ProjectUser):
            user = self.user_of(found)
            if user is None:
                raise self.invalid(field, f"{key} is a visitor; expected a user")
            return user
        return found

    def user(self, reference: Reference, field: str) -> User:
        """Return a user, found as by `participant`."""
        found = self.participant(reference, field)
        if isinstance(found, Bot):
            raise self.invalid(field, f"{found.name} is a bot; expected a user")
        return found

    def user_of(self, member: ProjectUser) -> User | None:
        """Return the user of a member, or None for a visitor."""
        return self.people.user(member.id_user) if member.id_user else None

    def person_id(self, reference: Reference | Absent, field: str = "by") -> str:
        """Return the id of a user, visitor or bot as `createdBy` has it; by default the project's owner's."""
        if reference is ABSENT:
            return self.project.created_by
        key = self._key(reference, field)
        if key == SYSTEM or self.people.user(key):
            return key
        found = self.person(reference, field)
        return found.id if isinstance(found, Bot) else found.person_id

    def user_ids(self, references: Iterable[Reference], field: str) -> tuple[str, ...]:
        """Return the ids of users."""
        return tuple(self.user(one, f"{field}[{index}]").id for index, one in enumerate(references))

    def bot(self, reference: Reference | Absent, field: str = _BOT) -> Bot:
        """Return the bot with a name or an id; by default the project's first."""
        bots = self._bots()
        if reference is not ABSENT:
            return self._named(bots, reference, field, "bot")
        if not bots:
            raise self.invalid(
                field, f"the project {self.project.name} has no bot: make one with faqbot.create"
            )
        return bots[0]

    def department(self, reference: Reference | Absent, field: str = "department") -> Department:
        """Return the department with a name or an id; by default the project's default one."""
        if reference is ABSENT:
            return self.default_department()
        departments = self.conversations.departments(self.project.id)
        key = self._key(reference, field)
        if not any(key in (one.id, one.name) for one in departments) and self._person(key):
            problem = "expected a department: join and set_participants assign a person"
            raise self.invalid(field, f"{key} is a person; {problem}")
        return self._named(departments, reference, field, "department")

    def default_department(self) -> Department:
        """Return the project's default department; make it and store it if the seed has none.

        Raises StorageFull.
        """
        for department in self.conversations.departments(self.project.id):
            if department.default:
                return department
        department = self.new_default_department(self.project)
        self.conversations.save(department)
        return department

    def new_default_department(self, project: Project) -> Department:
        """Return the default department that the real server makes with a project. It is not stored yet."""
        return Department(
            **self.new_record(),
            name=_DEFAULT_DEPARTMENT,
            default=True,
            id_project=project.id,
            created_by=project.created_by,
        )

    def group(self, reference: Reference, field: str = "group") -> Group:
        """Return the group with a name or an id."""
        return self._named(self.conversations.groups(self.project.id), reference, field, "group")

    def answer(self, reference: Reference, field: str = "faq") -> Answer:
        """Return the bot's answer with an id."""
        key = self._key(reference, field)
        found = self.conversations.answer(key)
        if found is None or found.id_project != self.project.id:
            raise self.unknown(field, "answer", key, ())
        return found

    def conversation(self, reference: Reference, field: str = "request") -> Conversation:
        """Return the conversation with a `request_id` or an id."""
        key = self._key(reference, field)
        found = self.conversations.conversation(key) or self.conversations.conversation_by_request_id(key)
        if found is None or found.id_project != self.project.id:
            known = (one.request_id for one in self.conversations.conversations(self.project.id))
            raise self.unknown(field, "request", key, known)
        return found

    def new_record(self) -> dict[str, Any]:
        """Return what each new record has: an id and times."""
        return {"id": self.ids.object_id(), "created_at": self.now, "updated_at": self.now}

    def new_request_id(self) -> str:
        """Return the `request_id` of a new request."""
        return f"support-group-{self.project.id}-{self.ids.hex(_HEX_DIGITS)}"

    def tags(self, tags: Iterable[Json]) -> tuple[Json, ...]:
        """Return the tags of a request: a text is an object with this `tag`."""
        return self.with_ids({"tag": one} if isinstance(one, str) else one for one in tags)

    def with_ids(self, items: Iterable[Json]) -> tuple[Json, ...]:
        """Return tags, notes and the like, which the server gives an id each."""
        return tuple(
            {"_id": self.ids.object_id(), **one} if isinstance(one, dict) and "_id" not in one else one
            for one in items
        )

    def invalid(self, field: str, problem: str) -> StandardEventInvalid:
        """Return the error to raise for a field."""
        return StandardEventInvalid(self.name, f"{field}: {problem}")

    def unknown(self, field: str, what: str, key: str, names: Iterable[str]) -> StandardEventInvalid:
        """Return the error to raise for a reference; `names` are those that there are."""
        known = [*dict.fromkeys(names)]
        hint = f"; {suggestion(key, known)}" if known else f": it has no {what} at all, so make one first"
        name = shorten(key, _LONGEST_NAME)
        return self.invalid(field, f"the project {self.project.name} has no {what} {name!r}{hint}")

    def _named(self, records: Sequence[Named], reference: Reference, field: str, what: str) -> Named:
        key = self._key(reference, field)
        for one in records:
            if key in (one.id, one.name):
                return one
        raise self.unknown(field, what, key, (one.name for one in records))

    def _person(self, key: str) -> ProjectUser | Bot | None:
        return self._member(key) or self._bot(key) or self._member_of_lead(key)

    def _member(self, key: str) -> ProjectUser | None:
        """Return the member with a role, an e-mail address or an id: rather an active one."""
        members = self.people.project_users(self.project.id)
        found = [member for member in members if key in self._names(member)]
        return min(found, key=lambda member: member.status != ACTIVE, default=None)

    def _bot(self, key: str) -> Bot | None:
        names = (key, key.removeprefix(BOT_PREFIX))
        return next((bot for bot in self._bots() if key in (_BOT, bot.name) or bot.id in names), None)

    def _bots(self) -> list[Bot]:
        return [bot for bot in self.people.bots() if bot.id_project == self.project.id]

    def _member_of_lead(self, key: str) -> ProjectUser | None:
        leads = (one for one in self._leads() if key in (one.id, one.lead_id, one.email, one.fullname))
        return next((member for one in leads if (member := self._member(one.lead_id))), None)

    def _leads(self) -> Iterator[Lead]:
        return (one for one in self.conversations.leads() if one.id_project == self.project.id)

    def _member_names(self) -> Iterator[str]:
        for member in self.people.project_users(self.project.id):
            yield from (name for name in self._names(member) if not _is_id(name))

    def _bot_names(self) -> Iterator[str]:
        return (bot.name for bot in self._bots())

    def _lead_names(self) -> Iterator[str]:
        names = (name for one in self._leads() for name in (one.email, one.fullname))
        return (name for name in names if name)

    def _names(self, member: ProjectUser) -> list[str]:
        user = self.user_of(member)
        names = (member.role, user.email if user else None, member.id, member.id_user, member.uuid_user)
        return [name for name in names if name]

    def _key(self, reference: Reference, field: str) -> str:
        key: Any = reference.get("_id") if isinstance(reference, Mapping) else reference
        if not isinstance(key, str) or not key:
            raise self.invalid(field, "expected a name, an id, or a document with an _id")
        return key


def records_of(emulator: Emulator, name: str, project: Project) -> ProjectRecords:
    """Return the records of a project for the event or step `name`."""
    return ProjectRecords(name, project, emulator.database, emulator.clock, emulator.ids)


def _is_id(name: str) -> bool:
    return len(name) > 20 and "@" not in name
