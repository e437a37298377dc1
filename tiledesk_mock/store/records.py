"""The records other than events, all of them in memory, and the indexes of people and subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any, Final, Generic

from msgspec import Struct

from ..errors import StoreUnrecognized
from ..node.convert import ConversionError, excerpt
from ..tiledesk.conversations import Answer, Conversation, Department, Group, Lead, Message
from ..tiledesk.model import Bot, Dataset, Project, ProjectUser, Subscription, User
from ..tiledesk.wire import RecordT, record_document, record_from_document
from .changes import Write
from .layout import Document, Tables, encode, unusable
from .log import Log
from .tinydb import LogTable

TABLE: Final = "people"

_KIND: Final = "kind"
"""The field of a stored document that names its kind of record."""

_KINDS: Final[Mapping[type, str]] = {
    User: "user",
    Project: "project",
    ProjectUser: "project_user",
    Bot: "bot",
    Subscription: "subscription",
    Department: "department",
    Group: "group",
    Lead: "lead",
    Conversation: "request",
    Message: "message",
    Answer: "answer",
}

Key = Callable[[Any], Hashable]


class EncodedDataset(Struct, frozen=True):
    """A dataset ready to be stored: its records by number, each with its document and its JSON."""

    dataset: Dataset
    records: Mapping[int, Any]
    documents: Mapping[int, Document]
    bodies: Mapping[int, bytes]


def encode_dataset(dataset: Dataset) -> EncodedDataset:
    """Return a dataset ready to be stored, in any number of databases."""
    records = dict(enumerate(records_of(dataset), 1))
    documents = {number: _stored_document(record) for number, record in records.items()}
    bodies = {number: encode(document) for number, document in documents.items()}
    return EncodedDataset(dataset, records, documents, bodies)


def records_of(dataset: Dataset) -> Iterable[Any]:
    """Return the records of a dataset other than events."""
    return chain(
        dataset.users,
        dataset.projects,
        dataset.project_users,
        dataset.bots,
        dataset.subscriptions,
        dataset.departments,
        dataset.groups,
        dataset.leads,
        dataset.requests,
        dataset.messages,
        dataset.answers,
    )


class RecordIndex(Generic[RecordT]):
    """The records of one kind by id and by the named `keys`, in order of creation, which is that of numbers.

    Reading takes `lock`, as a change of several records does.
    """

    def __init__(self, kind: type[RecordT], lock: AbstractContextManager[object], /, **keys: Key) -> None:
        self.kind: Final[type[RecordT]] = kind
        self._lock: Final = lock
        self._keys: Final = keys
        self._by_id: Final[dict[str, tuple[int, RecordT]]] = {}
        self._by_key: Final[dict[tuple[str, Hashable], dict[int, RecordT]]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, number: int, record: RecordT) -> None:
        """Add a record."""
        self._by_id[record.id] = number, record
        for name, key in self._keys.items():
            self._by_key.setdefault((name, key(record)), {})[number] = record

    def clear(self) -> None:
        """Remove all records."""
        self._by_id.clear()
        self._by_key.clear()

    def remove(self, number: int, record: RecordT) -> None:
        """Remove a record; if its id was added under another number since, that one is kept."""
        if self.number(record.id) == number:
            del self._by_id[record.id]
        for name, key in self._keys.items():
            found = self._by_key[name, key(record)]
            del found[number]
            if not found:
                del self._by_key[name, key(record)]

    def get(self, id: str) -> RecordT | None:  # noqa: A002  (the field's name)
        """Return the record with that id, or None."""
        with self._lock:
            return self._by_id[id][1] if id in self._by_id else None

    def number(self, id: str) -> int | None:  # noqa: A002  (the field's name)
        """Return the number under which the record with that id is stored, or None."""
        with self._lock:
            return self._by_id[id][0] if id in self._by_id else None

    def find(self, name: str, value: Hashable) -> tuple[RecordT, ...]:
        """Return the records whose key `name` is `value`, in order of creation."""
        with self._lock:
            found = self._by_key.get((name, value), {})
            return tuple(map(found.__getitem__, sorted(found)))

    def first(self, name: str, value: Hashable) -> RecordT | None:
        """Return the oldest record whose key `name` is `value`, or None."""
        with self._lock:
            found = self._by_key.get((name, value))
            return found[min(found)] if found else None

    def all(self) -> tuple[RecordT, ...]:
        """Return all records, in order of creation."""
        with self._lock:
            return tuple(record for _, record in sorted(self._by_id.values(), key=lambda one: one[0]))


class Records:
    """Keeps the indexes and the log the same. `version` grows with every change."""

    def __init__(self, log: Log, table: LogTable) -> None:
        self.version = 0
        self._log: Final = log
        self._table: Final = table
        self._indexes: Final[dict[str, RecordIndex[Any]]] = {}
        self._decoded: Mapping[int, Any] = {}
        log.check, log.on_change, log.on_replace = check_record, self._follow, self._refill

    def index(self, kind: type[RecordT], **keys: Key) -> RecordIndex[RecordT]:
        """Return an index of that kind of records, which follows every change."""
        index = self._indexes[_KINDS[kind]] = RecordIndex(kind, self._log.lock, **keys)
        return index

    def put(self, records: Iterable[Any]) -> None:
        """Store records in one write, each in place of the one with its id. Raises StorageFull."""
        with self._log.lock:
            self._table.put_all(self._documents(records))

    def putting(self, records: Iterable[Any]) -> Write:
        """Return the write of `put`, under the lock."""
        return self._log.appending(self._documents(records))

    def replacing(self, encoded: EncodedDataset, others: Tables | None) -> Write:
        """Return the write that replaces everything stored by the records of a dataset, under the lock.

        `others` are the other tables of the file; None leaves them as they are.
        """

        def follow() -> None:
            self._decoded = encoded.records  # so that `_refill` need not decode them
            try:
                self._refill(encoded.documents.items())
            finally:
                self._decoded = {}

        return self._log.replacing(encoded.bodies.items(), encoded.bodies, others, follow)

    def remove(self, index: RecordIndex[RecordT], id: str) -> RecordT | None:  # noqa: A002  (the field's name)
        """Remove a record and return it; None if it does not exist. Raises StorageFull."""
        with self._log.lock:
            number, record = index.number(id), index.get(id)
            if number is not None:
                self._table.put_all({number: None})
        return record

    def _documents(self, records: Iterable[Any]) -> dict[int, Document | None]:
        return {number: _stored_document(one) for number, one in self._numbered(records)}

    def _numbered(self, records: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        next_number = self._table.next_id()
        new: dict[tuple[type, str], int] = {}
        for record in records:
            stored = self._indexes[_KINDS[type(record)]].number(record.id)
            number = stored or new.setdefault((type(record), record.id), next_number)
            next_number += number == next_number
            yield number, record

    def _refill(self, documents: Iterable[tuple[int, Document | None]]) -> None:
        latest = dict(documents)
        for index in self._indexes.values():
            index.clear()
        for number, document in latest.items():
            self._follow(number, None, document)

    def _follow(self, number: int, before: Document | None, after: Document | None) -> None:
        self.version += 1
        try:
            if before is not None:
                index = self._indexes[before[_KIND]]
                index.remove(number, record_from_document(index.kind, before))
            if after is not None:
                index = self._indexes[after[_KIND]]
                index.add(number, self._decoded.get(number) or record_from_document(index.kind, after))
        except ConversionError as error:
            raise unusable(TABLE, number, error.path, error.problem) from error


def check_record(number: int, document: Document) -> None:
    """Raise a StoreError if a document of a file is not a record of a known kind."""
    if _KIND not in document:
        raise StoreUnrecognized(f'is not a file of this program: {number} in "{TABLE}" is not a record')
    if document[_KIND] not in _KINDS.values():
        kinds = ", ".join(_KINDS.values())
        raise unusable(TABLE, number, _KIND, f"expected one of {kinds}, not {excerpt(document[_KIND])}")


def check_whole_record(number: int, document: Document) -> None:
    """Check a record as `check_record` does, and its fields, which are checked when it is read."""
    check_record(number, document)
    kind = next(kind for kind, name in _KINDS.items() if name == document[_KIND])
    try:
        record_from_document(kind, document)
    except ConversionError as error:
        raise unusable(TABLE, number, error.path, error.problem) from error


class People:
    """Users, projects, project users and bots.

    `user`, `project`, `project_user` and `bot` return the record with an id, or None. `users`, `projects` and
    `bots` return all of them, in order of creation.
    """

    def __init__(self, records: Records) -> None:
        self._records: Final = records
        users = self._users = records.index(User, email=lambda user: user.email)
        projects, bots = records.index(Project), records.index(Bot)
        self._bots: Final = bots
        members = self._members = records.index(
            ProjectUser,
            project=lambda member: member.id_project,
            user=lambda member: (member.id_project, member.id_user),
            uuid=lambda member: (member.id_project, member.uuid_user),
        )
        self.user: Final = users.get
        self.project: Final = projects.get
        self.project_user: Final = members.get
        self.bot: Final = bots.get
        self.users: Final = users.all
        self.projects: Final = projects.all
        self.bots: Final = bots.all

    @property
    def version(self) -> int:
        """Return a number that grows with every change, for caches of what was made from people."""
        return self._records.version

    def user_by_email(self, email: str) -> User | None:
        """Return the user with that e-mail address, or None."""
        return self._users.first("email", email)

    def members(self, id_project: str, id_user: str) -> tuple[ProjectUser, ...]:
        """Return the memberships of a user in a project, in order of creation."""
        return self._members.find("user", (id_project, id_user))

    def visitors(self, id_project: str, uuid: str) -> tuple[ProjectUser, ...]:
        """Return the members of a project with a uuid, in order of creation."""
        return self._members.find("uuid", (id_project, uuid))

    def project_users(self, id_project: str | None = None) -> tuple[ProjectUser, ...]:
        """Return the members of a project, or all, in order of creation."""
        return self._members.all() if id_project is None else self._members.find("project", id_project)

    def save(self, *records: User | Project | ProjectUser | Bot | Department) -> None:
        """Store records, such as a project with its default department, in one write. Raises StorageFull.

        Each replaces the one with its id.
        """
        self._records.put(records)

    def remove_member(self, id: str) -> None:  # noqa: A002  (the field's name)
        """Remove a member, if it exists. Raises StorageFull."""
        self._records.remove(self._members, id)

    def remove_bot(self, id: str) -> None:  # noqa: A002  (the field's name)
        """Remove a bot, if it exists. Raises StorageFull."""
        self._records.remove(self._bots, id)


class SubscriptionRecords:
    """The webhook subscriptions. `get` returns the one with an id, or None."""

    def __init__(self, records: Records) -> None:
        self._records: Final = records
        index = self._index = records.index(
            Subscription,
            project=lambda one: one.id_project,
            event=lambda one: (one.is_global or one.id_project, one.event),
            target=lambda one: (one.id_project, one.event, one.target),
        )
        self.get: Final = index.get

    def __bool__(self) -> bool:
        return len(self._index) > 0

    def save(self, record: Subscription) -> None:
        """Store a subscription in place of the one with its id. Raises StorageFull."""
        self._records.put([record])

    def remove(self, id: str) -> Subscription | None:  # noqa: A002  (the field's name)
        """Remove a subscription and return it; None if it does not exist. Raises StorageFull."""
        return self._records.remove(self._index, id)

    def find(self, id_project: str | None, event: str | None, target: str | None) -> Subscription | None:
        """Return the subscription of a project for that event and target, or None."""
        return self._index.first("target", (id_project, event, target))

    def matching(self, id_project: str | None, event: str) -> tuple[Subscription, ...]:
        """Return the subscriptions for exactly that event of a project, in order of creation.

        Those are the project's and the global ones; without a project, the global ones only.
        """
        own = () if id_project is None else self._index.find("event", (id_project, event))
        of_all = self._index.find("event", (True, event))
        return tuple(sorted(own + of_all, key=lambda one: self._index.number(one.id) or 0)) if of_all else own

    def all(self, id_project: str | None = None) -> tuple[Subscription, ...]:
        """Return a project's subscriptions, or all, in order of creation."""
        return self._index.all() if id_project is None else self._index.find("project", id_project)


def _stored_document(record: Any) -> Document:
    return {_KIND: _KINDS[type(record)], **record_document(record, secrets=True)}
