"""The stored events."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from operator import itemgetter
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ..errors import StorageFull, StoreCorrupted, StoreUnrecognized, UnknownEvent
from ..node.convert import excerpt
from ..tiledesk.model import Event
from ..tiledesk.query import EventQuery
from ..tiledesk.wire import event_document, event_from_document
from .changes import Write
from .indexes import EventIndex, EventSelection, Row, creation_key, lowest_key
from .layout import Document, encode_plain, unusable
from .log import Log
from .tinydb import LogTable

TABLE: Final = "events"

_TEXTS: Final = ("_id", "name", "id_project", "createdBy", "createdAt", "updatedAt", "status")
"""The fields that each event has, all of them text."""

_texts: Final = itemgetter(*_TEXTS)
_REMOVED_AT_ONCE: Final = 256
_CACHE_SIZE: Final = 2048


class Page(Struct, frozen=True):
    """Some events in order, and the `count` of those on all pages."""

    events: tuple[Event, ...]
    count: int


class Events:
    """Events by id, by page and by project user. Safe to use from many threads.

    `page` caches the events that it returns: callers must not change their attributes. The events from `get`,
    `all` and `recent` belong to the caller.
    """

    def __init__(self, log: Log, table: LogTable) -> None:
        self._log: Final = log
        self._table: Final = table
        self.index: Final = EventIndex(log.iterate)
        self._cache: Final[dict[int, Event]] = {}
        log.check, log.on_change, log.on_replace = check_event, self._follow, self._refill

    def add(self, event: Event) -> None:
        """Store an event, in place of the one with its id if there is one. Call `flush` afterwards.

        Raises StorageFull if the disk refuses: nothing is stored then. Raises ValueError if `created_at` is
        malformed.
        """
        is_expired = creation_key(event.created_at) < self.index.expired_below
        if is_expired or event.id in self.index.numbers:
            self.add_all([event])
        else:
            self._table.append(event_document(event))

    def flush(self) -> None:
        """Return when added events are as safe as the durability demands. Waiting threads share one sync.

        Raises StorageFull if the disk refuses: the events are stored, and a loss of power may lose them.
        """
        self._log.on_write()

    def add_all(self, events: Collection[Event]) -> None:
        """Store events in one write, as `add` does each, and flush."""
        with self._log.lock:
            self._table.put_all(self._changes(events))

    def adding(self, events: Collection[Event]) -> Write:
        """Return the write of `add_all`, under the lock."""
        return self._log.appending(self._changes(events))

    def replacing(self, events: Collection[Event]) -> Write:
        """Return the write that stores these events instead of everything stored, under the lock."""
        numbers = list(range(1, len(events) + 1))  # which the log and the index share, to take less memory
        lines = zip(numbers, map(encode_plain, map(event_document, events)), strict=True)

        def follow() -> None:
            self._cache.clear()
            self.index.fill(map(_event_row, numbers, events))
            self.index.expired_below = 0

        return self._log.replacing(lines, numbers, None, follow)

    def get(self, id: str) -> Event | None:  # noqa: A002  (the field's name)
        """Return the event with that id, or None."""
        with self._log.lock:
            number = self.index.numbers.get(id)
            document = None if number is None else self._log.read(number)
            if document is None:
                return None
            expired_below = self.index.expired_below
            is_expired = expired_below and creation_key(document["createdAt"]) < expired_below
            return None if is_expired else event_from_document(document)

    def page(self, query: EventQuery) -> Page:
        """Return a page of a project's events."""
        with self._log.lock:
            numbers, count = self.index.page(query)
            cache = self._cache
            missing = [number for number in numbers if number not in cache]
            for number, document in self._log.read_all(missing).items():
                cache[number] = event_from_document(document)
            events = tuple(cache[number] for number in numbers)
            while len(cache) > _CACHE_SIZE:
                del cache[next(iter(cache))]
            return Page(events, count)

    def recent(
        self, id_project: str, project_user: str, name: str | None = None, limit: int = 20
    ) -> tuple[Event, ...]:
        """Return the newest events of a project user, only those with `name` if passed, newest first."""
        scope = (id_project, project_user) if name is None else (id_project, project_user, name)
        with self._log.lock:
            documents = self._log.read_all(self.index.newest(scope, limit))
        return tuple(map(event_from_document, documents.values()))

    def all(self) -> Iterator[Event]:
        """Yield all events in order of creation."""
        with self._log.lock:
            numbers = self.index.visible()
        for _, document in self._log.iterate(numbers):
            yield event_from_document(document)

    def seed_json(self) -> bytes:
        """Return all events in order of creation as the list of a seed, in JSON."""
        # Imported on first use: few emulators export anything.
        from .export import events_json

        with self._log.lock:
            return events_json(self._log, self.index.visible())

    def select(self, selection: EventSelection) -> Iterator[Event]:
        """Yield the selected events in their order."""
        with self._log.lock:
            numbers = self.index.select(selection)
        for _, document in self._log.iterate(numbers):
            yield event_from_document(document)

    def after(self, selection: EventSelection, id_event: str) -> EventSelection:
        """Return what of a selection comes after an event; raise UnknownEvent if it is not stored."""
        with self._log.lock:
            event, number = self.get(id_event), self.index.numbers.get(id_event)
        if event is None:
            raise UnknownEvent(id_event)
        key = creation_key(event.created_at, number or 0)
        if selection.direction > 0:
            return replace(selection, since=max(selection.since, key + 1))
        return replace(selection, until=min(selection.until, key))

    def readable(self) -> Iterator[Event]:
        """Yield the events that can still be read in a file that another program may have changed."""
        ids = {number: id_event for id_event, number in self.index.numbers.items()}
        for number in self.index.visible():
            with suppress(StoreCorrupted, KeyError, TypeError):
                document = self._log.read(number)
                if document is not None and document["_id"] == ids[number]:
                    yield event_from_document(document)

    def __len__(self) -> int:
        with self._log.lock:
            return self.index.count()

    def expire(self, before: int) -> int:
        """Hide all events created before a time in milliseconds since 1970; remove some, and return how many.

        Removing only some keeps each call short after a jump of the clock. If nothing has expired, the call
        costs one comparison.
        """
        key, index = lowest_key(before), self.index
        with self._log.lock:
            try:
                if key < index.expired_below:  # the clock was set back: expired events are not seen again
                    removed = self._remove(len(index.numbers))
                    index.expired_below = key
                    return removed
                index.expired_below = key
                if key <= index.lowest:
                    return 0
                removed = self._remove(_REMOVED_AT_ONCE)
                index.update_lowest()
                return removed
            except StorageFull:  # hidden events are as good as removed
                return 0

    def _remove(self, limit: int) -> int:
        numbers = self.index.expired(limit)
        if numbers:
            self._log.append(dict.fromkeys(numbers), may_tear=True)
            self._log.on_write()
        return len(numbers)

    def _changes(self, events: Collection[Event]) -> dict[int, Document | None]:
        changes: dict[int, Document | None] = {
            number: event_document(event) for number, event in self._numbered(events)
        }
        expired_below = self.index.expired_below
        times = (event.created_at for event in events)
        if expired_below and any(creation_key(time) < expired_below for time in times):
            # The clock was set back: the new events are as old as the expired ones, and have not expired.
            self._remove(len(self.index.numbers))
            self.index.expired_below = 0
        return changes

    def _numbered(self, events: Iterable[Event]) -> Iterator[tuple[int, Event]]:
        next_number = self._table.next_id()
        new: dict[str, int] = {}
        for event in events:
            number = self.index.numbers.get(event.id) or new.setdefault(event.id, next_number)
            next_number += number == next_number
            yield number, event

    def _refill(self, documents: Iterable[tuple[int, Document | None]]) -> None:
        self._cache.clear()
        self.index.fill(_document_row(number, document) for number, document in documents)

    def _follow(self, number: int, before: Document | None, after: Document | None) -> None:
        self._cache.pop(number, None)
        try:
            self.index.change(number, before, after)
        except ValueError as error:  # of a time; the rest was checked when it was read
            raise _wrong_time(number, after or {}) from error


def _event_row(number: int, event: Event) -> Row:
    scope = (event.id_project, event.project_user, event.name)
    return number, (creation_key(event.created_at, number), event.id, scope)


def _document_row(number: int, document: Document | None) -> Row:
    if document is None:
        return number, None
    try:
        key = creation_key(document["createdAt"], number)
    except ValueError as error:  # the rest was checked when it was read
        raise _wrong_time(number, document) from error
    scope = (document["id_project"], document.get("project_user"), document["name"])
    return number, (key, document["_id"], scope)


def check_event(number: int, document: Document) -> None:
    """Raise a StoreError if a document of a file is not an event, or an event without one of its fields."""
    try:
        "".join(_texts(document))  # the fastest way to check that all of them are text
        if type(document.get("project_user", "")) is str:
            return
    except (KeyError, TypeError):
        pass  # what is wrong is found below
    if "_id" not in document:
        raise StoreUnrecognized(f'is not a file of this program: {number} in "{TABLE}" is not an event')
    for name in _TEXTS:
        if name not in document:
            raise unusable(TABLE, number, name, "missing; expected text")
    name = next(name for name in (*_TEXTS, "project_user") if not isinstance(document.get(name, ""), str))
    raise unusable(TABLE, number, name, f"expected text, not {excerpt(document[name])}")


def check_whole_event(number: int, document: Document) -> None:
    """Check an event as `check_event` does, and its time, which the index checks when a file is opened."""
    check_event(number, document)
    try:
        creation_key(document["createdAt"])
    except ValueError as error:
        raise _wrong_time(number, document) from error


def _wrong_time(number: int, document: Document) -> StoreCorrupted:
    problem = f"expected a time, not {excerpt(document.get('createdAt'))}"
    return unusable(TABLE, number, "createdAt", problem)
