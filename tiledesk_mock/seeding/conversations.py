"""Seed entries of conversations as records: departments, groups, leads, requests, messages, bots' answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from ..node.convert import excerpt
from ..node.json import Json
from ..tiledesk.conversations import (
    ASSIGNED,
    UNASSIGNED,
    Answer,
    Conversation,
    Department,
    Group,
    Lead,
    Message,
)
from ..tiledesk.model import Bot, Dataset
from ..tiledesk.wire import record_from_document
from .errors import SeedEntry
from .filler import NULL_IF_ABSENT, SYSTEM, EntryFiller
from .references import OBJECT_ID, name_in

_IN_ORDER: Final = frozenset({"_id", "request_id", "createdAt", "ticket_id", "__v"})
"""The fields of a request that Tiledesk has made: the order of its fields is kept."""

_CHANNEL: Final = "chat21"
"""The channel of Tiledesk's own widget."""

_BOT: Final = "bot_"
"""What stands before a bot's id among the participants of a request."""

_REQUESTER: Final = "the _id, e-mail address or uuid_user of a member of the project"
_PARTICIPANT: Final = "the id or e-mail address of one of the users, or bot_ with the id or name of a bot"
_EXPECTED: Final[Mapping[type, str]] = {
    Bot: "the id or name of one of the project's bots",
    Group: "the id or name of one of the project's groups",
    Department: "the id or name of one of the project's departments",
    Lead: "the id, lead_id or e-mail address of one of the project's leads",
}


class ConversationRecords:
    """Makes the records of one seed that belong to conversations.

    An id of 24 hex digits may be that of a record that was removed, as in Tiledesk's database; any other name
    has to be that of a record.

    Args:
        filler: fills in what entries leave out, and finds people.
        existing: the records that the seed is added to.
        bots: the bots of the seed.
    """

    def __init__(self, filler: EntryFiller, existing: Dataset, bots: Iterable[Bot]) -> None:
        self._filler: Final = filler
        self._people: Final = filler.references
        self._ids: Final[dict[tuple[type, str, str], str]] = {}
        self._kept: Final[set[str]] = set()
        self._leads: Final[dict[str, Lead]] = {}
        self._requests: Final[dict[str, Conversation]] = {}
        self._default_departments: Final[dict[str, str]] = {}
        self._last_tickets: Final[dict[str, int]] = {}
        self._messages: Final = {message.id for message in existing.messages}
        self._messages_of_requests: Final[list[SeedEntry]] = []
        for bot in (*existing.bots, *bots):
            self._add_names(bot, bot.name)
        for group in existing.groups:
            self._add_names(group, group.name)
        for department in existing.departments:
            self._add_department(department)
        for lead in existing.leads:
            self._add_lead(lead)
        for request in existing.requests:
            self._add_request(request)

    def records(self, kinds: Mapping[str, list[SeedEntry]]) -> dict[str, tuple[Any, ...]]:
        """Return the records of entries, by the names of their lists."""
        # Entries of a list refer to those of the lists before it.
        makers: dict[str, Callable[[SeedEntry, str], Any]] = {
            "groups": self._group,
            "departments": self._department,
            "leads": self._lead,
            "requests": self._request,
            "messages": self._message,
            "answers": self._answer,
        }
        self._messages.update(str(one.document.get("_id")).lower() for one in kinds["messages"])
        made = {}
        for kind, make in makers.items():
            inside = self._messages_of_requests if kind == "messages" else []
            made[kind] = tuple(self._made(make, [*inside, *kinds[kind]]))
        return made

    def _made(self, make: Callable[[SeedEntry, str], Any], entries: list[SeedEntry]) -> Iterator[Any]:
        for entry in entries:
            self._filler.fill_with_nulls(entry)
            if entry.kind == "messages":
                self._fill_conversation(entry)
            project_id = self._filler.fill_project(entry)
            if project_id is not None:
                yield make(entry, project_id)

    def _group(self, entry: SeedEntry, project_id: str) -> Group:
        names = entry.fields.get("members", [])
        expected = "the id or e-mail address of one of the users"
        entry.fields["members"] = [
            self._known(entry, f"members[{index}]", name, self._user(name), expected)
            for index, name in enumerate(names)
        ]
        self._filler.fill_creator(entry, project_id)
        group = record_from_document(Group, entry.fields)
        self._add_names(group, group.name)
        return group

    def _department(self, entry: SeedEntry, project_id: str) -> Department:
        for field, shown, kind in (("id_bot", "bot", Bot), ("id_group", "group", Group)):
            if entry.fields.get(shown) is not None:
                entry.fields.setdefault(field, entry.fields[shown])
            if entry.fields.get(field) is not None:
                entry.fields[field] = self._reference(entry, field, entry.fields[field], kind, project_id)
        entry.fields["groups"] = [
            self._group_of_department(entry, f"groups[{index}]", group, project_id)
            for index, group in enumerate(entry.fields.get("groups", ()))
        ]
        self._filler.fill_creator(entry, project_id)
        department = record_from_document(Department, entry.fields)
        self._add_department(department)
        return department

    def _group_of_department(self, entry: SeedEntry, path: str, group: Json, project_id: str) -> Json:
        """Return an item of a department's `groups`, which has `group_id` and may have more."""
        if isinstance(group, str):
            return {"group_id": self._reference(entry, path, group, Group, project_id)}
        if isinstance(group, dict) and isinstance(group.get("group_id"), str):
            found = self._reference(entry, f"{path}.group_id", group["group_id"], Group, project_id)
            return {**group, "group_id": found}
        return group

    def _lead(self, entry: SeedEntry, project_id: str) -> Lead:
        if "lead_id" in entry.fields:
            self._fill_person(entry, "lead_id")
        else:
            entry.fields["lead_id"] = self._made_up(self._filler.ids.uuid())
        entry.fields.setdefault("createdBy", SYSTEM)
        self._filler.fill_creator(entry, project_id)
        lead = record_from_document(Lead, entry.fields)
        self._add_lead(lead)
        return lead

    def _request(self, entry: SeedEntry, project_id: str) -> Conversation:
        self._fill_requester_and_lead(entry, project_id)
        if entry.fields.get("department") is not None:
            department = entry.fields["department"]
            entry.fields["department"] = self._reference(
                entry, "department", department, Department, project_id
            )
        elif "department" not in entry.fields and project_id in self._default_departments:
            entry.fields["department"] = self._default_departments[project_id]
        self._fill_participants(entry, project_id)
        if "closed_by" in entry.fields:
            self._fill_person(entry, "closed_by")
        self._filler.fill_creator(entry, project_id)
        self._fill_request(entry, project_id)
        request = record_from_document(Conversation, _without_nulls(entry.fields, NULL_IF_ABSENT))
        if not entry.document.keys() >= _IN_ORDER:
            request = replace(request, order=())
        self._add_request(request)
        self._messages_of_requests.extend(self._messages_in(entry, request))
        return request

    def _messages_in(self, entry: SeedEntry, request: Conversation) -> Iterator[SeedEntry]:
        """Yield the messages inside of a request, but those that are also in the list of messages."""
        left_out = {"recipient": request.request_id, "createdAt": request.created_at}
        for index, message in enumerate(entry.document.get("messages") or ()):
            if str(message.get("_id")).lower() in self._messages:
                continue
            document = left_out | message
            inside = SeedEntry(document, entry.file, "messages", index, entry.order, parent=entry.path)
            if document["recipient"] not in (request.request_id, request.id):
                self._filler.add_error(inside, "recipient", "that of the request; leave it out")
                continue
            yield inside

    def _fill_requester_and_lead(self, entry: SeedEntry, project_id: str) -> None:
        """Fill in the member who opened a request and their lead, each of which follows from the other."""
        fields = entry.fields
        if fields.get("lead") is not None:
            fields["lead"] = self._reference(entry, "lead", fields["lead"], Lead, project_id)
        lead = self._leads.get(fields.get("lead") or "")
        name = name_in(fields.get("requester"))
        member = self._people.member(project_id, name) if name else None
        if "requester" not in fields and lead is not None:
            member = self._people.member(project_id, lead.lead_id)
        if member is not None:
            fields["requester"] = member.id
            fields.setdefault("createdBy", member.person_id)
        elif fields.get("requester") is not None:
            found = name.lower() if name and self._people.is_removed(name) else None
            fields["requester"] = self._known(entry, "requester", fields["requester"], found, _REQUESTER)
        if "lead" not in fields and member is not None:
            fields["lead"] = self._ids.get((Lead, project_id, member.person_id))

    def _fill_participants(self, entry: SeedEntry, project_id: str) -> None:
        """Fill in who takes part in a request, and its status, which follows from that."""
        for field in ("participants", "participantsAgents", "participantsBots"):
            entry.fields[field] = [
                self._participant(entry, f"{field}[{index}]", name, project_id)
                for index, name in enumerate(entry.fields.get(field, ()))
            ]
        participants = entry.fields["participants"]
        bots = [one.removeprefix(_BOT) for one in participants if one.startswith(_BOT)]
        follows = {
            "participantsAgents": [one for one in participants if not one.startswith(_BOT)],
            "participantsBots": bots,
            "hasBot": bool(bots),
            "status": ASSIGNED if participants else UNASSIGNED,
        }
        entry.fields |= {name: value for name, value in follows.items() if name not in entry.document}

    def _participant(self, entry: SeedEntry, path: str, name: str, project_id: str) -> str:
        if name.startswith(_BOT):
            bot = self._find(Bot, project_id, name.removeprefix(_BOT))
            return self._known(entry, path, name, bot and f"{_BOT}{bot}", _PARTICIPANT)
        if path.startswith("participantsBots"):
            return self._known(entry, path, name, self._find(Bot, project_id, name), _EXPECTED[Bot])
        return self._known(entry, path, name, self._user(name), _PARTICIPANT)

    def _fill_request(self, entry: SeedEntry, project_id: str) -> None:
        """Fill in the ids and channels of a request."""
        fields = entry.fields
        if "request_id" not in fields:
            made = f"support-group-{project_id}-{self._filler.ids.hex(32)}"
            fields["request_id"] = self._made_up(made)
        self._filler.unique.take(entry, "request_id", fields["request_id"])
        fields.setdefault("ticket_id", self._last_tickets.get(project_id, 0) + 1)
        fields.setdefault("channel", {"name": _CHANNEL})
        fields.setdefault("channelOutbound", fields["channel"])
        first, *_ = fields.get("messages") or [{}]
        if "_id" not in entry.document and "text" in first:
            fields.setdefault("first_text", first["text"])

    def _fill_conversation(self, entry: SeedEntry) -> None:
        """Fill in the project of a message, which is that of its request."""
        request = self._requests.get(entry.fields["recipient"])
        if request is not None:
            entry.fields["recipient"] = request.request_id
            entry.fields.setdefault("id_project", request.id_project)

    def _message(self, entry: SeedEntry, project_id: str) -> Message:
        fields = entry.fields
        request = self._requests.get(fields["recipient"])
        if request is None or request.id_project != project_id:
            self._filler.add_error(
                entry, "recipient", "the request_id or _id of one of the project's requests"
            )
            request = None
        if "sender" in fields:
            self._fill_person(entry, "sender")
        else:
            fields["sender"] = SYSTEM if request is None else request.created_by
        fields.setdefault("createdBy", fields["sender"])
        self._filler.fill_creator(entry, project_id)
        fields.setdefault("channel", {"name": _CHANNEL} if request is None else request.channel)
        return record_from_document(Message, fields)

    def _answer(self, entry: SeedEntry, project_id: str) -> Answer:
        bot = entry.fields["id_faq_kb"]
        entry.fields["id_faq_kb"] = self._reference(entry, "id_faq_kb", bot, Bot, project_id)
        if "intent_id" not in entry.fields:
            entry.fields["intent_id"] = self._made_up(self._filler.ids.uuid())
        self._filler.fill_creator(entry, project_id)
        return record_from_document(Answer, entry.fields)

    def _fill_person(self, entry: SeedEntry, field: str) -> None:
        """Fill in a person's id, which Tiledesk does not check."""
        name = entry.fields[field]
        expected = "a person's id, or the e-mail address of one of the users"
        entry.fields[field] = self._known(entry, field, name, self._people.creator(name), expected)

    def _reference(self, entry: SeedEntry, path: str, value: Json, kind: type, project_id: str) -> str:
        """Return the id of the record that a name, or the whole document of a record, refers to."""
        name = name_in(value)
        found = self._find(kind, project_id, name) if name else None
        return self._known(entry, path, value, found, _EXPECTED[kind])

    def _known(self, entry: SeedEntry, path: str, value: Json, found: str | None, expected: str) -> str:
        """Return what was found, or add the error that nothing was, and return an empty text."""
        if found is None:
            self._filler.errors.add_at(entry, path, f"expected {expected}, not {excerpt(value)}")
        return found or ""

    def _user(self, name: str) -> str | None:
        return self._people.user(name) or (name.lower() if OBJECT_ID.fullmatch(name) else None)

    def _find(self, kind: type, project_id: str, name: str) -> str | None:
        for key in (name, name.lower(), self._people.user(name) or ""):
            if (kind, project_id, key) in self._ids:
                return self._ids[kind, project_id, key]
        is_removed = OBJECT_ID.fullmatch(name) and name.lower() not in self._kept
        return name.lower() if is_removed else None

    def _made_up(self, value: str) -> str:
        self._filler.is_complete = False
        return value

    def _add_names(self, record: Bot | Group | Department | Lead, *names: str) -> None:
        """Add the names of a record. A name that several have refers to the first."""
        self._ids[type(record), record.id_project, record.id] = record.id
        self._kept.add(record.id)
        for name in names:
            self._ids.setdefault((type(record), record.id_project, name), record.id)

    def _add_department(self, department: Department) -> None:
        self._add_names(department, department.name)
        if department.default:
            self._default_departments.setdefault(department.id_project, department.id)

    def _add_lead(self, lead: Lead) -> None:
        self._add_names(lead, lead.lead_id, *([lead.email] if isinstance(lead.email, str) else []))
        self._leads[lead.id] = lead

    def _add_request(self, request: Conversation) -> None:
        self._requests[request.id] = self._requests[request.request_id] = request
        project_id = request.id_project
        self._last_tickets[project_id] = max(request.ticket_id, self._last_tickets.get(project_id, 0))


def _without_nulls(fields: Mapping[str, Json], names: Iterable[str]) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value is not None or name not in names}
