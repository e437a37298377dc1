"""The events that were fired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from ..errors import StorageFull, StoreUnrecognized
from ..tiledesk.model import Event
from ..tiledesk.query import EventQuery
from ..tiledesk.wire import event_document, event_from_document
from .indexes import EventIndex
from .layout import Document
from .ledger import Ledger
from .table import LedgerTable
from .timeline import lowest_rank, rank

TABLE: Final = "events"

_PIECE: Final = 256
_AT_ONCE: Final = 500
_KEPT: Final = 2048


class Page(Struct, frozen=True):
    """Some events in order, and the `count` of those on all pages."""

    events: tuple[Event, ...]
    count: int


class Events:
    """Events by id, by page and by who fired them. Safe to use from many threads.

    Events got by page are kept decoded and shared: their attributes are not to be changed. What
    comes from `get`, `all` and `recent` is the caller's own.
    """

    def __init__(self, ledger: Ledger, table: LedgerTable) -> None:
        self._ledger: Final = ledger
        self._table: Final = table
        self._index: Final = EventIndex(ledger.read_all)
        self._kept: Final[dict[int, Event]] = {}
        ledger.on_change = self._follow

    def add(self, event: Event) -> None:
        """Store an event, in place of the one that has its id, if there is one; to be followed by `settle`.

        Raises StorageFull if the disk refuses: nothing of it is stored then. Raises ValueError if its
        `created_at` is no time.
        """
        place = rank(event.created_at, 0)
        if place < self._index.floor or event.id in self._index.numbers:
            self.add_all([event])
        else:
            self._table.append(event_document(event))

    def flush(self) -> None:
        """Return when what was added is as safe as it is to be: threads that wait for the disk wait together.

        Raises StorageFull if the disk refuses: what was added is there, and may be lost with the power.
        """
        self._table.settle()

    def add_all(self, events: Iterable[Event]) -> None:
        """Store events in one write, as `add` does each."""
        with self._ledger.lock:
            changes = {number: event_document(event) for number, event in self._numbered(events)}
            self._settle(changes.values())
            self._table.put_all(changes)

    def replace(self, events: Iterable[Event]) -> None:
        """Hold these events and no others."""
        with self._ledger.lock:
            documents = {number: event_document(event) for number, event in enumerate(events, 1)}
            if documents or self._ledger:
                self._ledger.replace(documents)
            self._index.floor = 0

    def get(self, id: str) -> Event | None:  # noqa: A002  (an event's own word)
        """Return an event, or None."""
        with self._ledger.lock:
            number = self._index.numbers.get(id)
            document = None if number is None else self._ledger.read(number)
            if document is None or rank(document["createdAt"], 0) < self._index.floor:
                return None
            return event_from_document(document)

    def page(self, query: EventQuery) -> Page:
        """Return a page of a project's events."""
        with self._ledger.lock:
            numbers, count = self._index.page(query)
            return Page(self._decoded(numbers), count)

    def recent(
        self, id_project: str, project_user: str, name: str | None = None, limit: int = 20
    ) -> tuple[Event, ...]:
        """Return the newest events of a project user (of that name), newest first."""
        scope = (id_project, project_user) if name is None else (id_project, project_user, name)
        with self._ledger.lock:
            documents = self._ledger.read_all(self._index.newest(scope, limit))
        return tuple(map(event_from_document, documents.values()))

    def all(self) -> Iterator[Event]:
        """Yield all events in order of creation."""
        with self._ledger.lock:
            numbers = self._index.visible()
        for start in range(0, len(numbers), _AT_ONCE):
            for document in self._ledger.read_all(numbers[start : start + _AT_ONCE]).values():
                yield event_from_document(document)

    def __len__(self) -> int:
        with self._ledger.lock:
            return self._index.count()

    def expire(self, before: int) -> int:
        """Show no event any more that was created before a time, and return how many were removed.

        `before` is in milliseconds since 1970.

        Some are removed at each call, so that no call takes long after a jump of the clock; those that
        are left are not seen. Where nothing is due this is one comparison.
        """
        floor = lowest_rank(before)
        with self._ledger.lock:
            try:
                return self._expire(floor)
            except StorageFull:  # what is not seen is as good as removed
                return 0

    def _expire(self, floor: int) -> int:
        if floor < self._index.floor:
            removed = self._remove_hidden()
            self._index.floor = floor
            return removed
        self._index.floor = floor
        if floor <= self._index.lowest:
            return 0
        removed = self._remove(_PIECE)
        self._index.settle_lowest()
        return removed

    @property
    def floor(self) -> int:
        """Return the rank below which events have expired."""
        return self._index.floor

    @floor.setter
    def floor(self, floor: int) -> None:
        self._index.floor = floor

    def _decoded(self, numbers: Sequence[int]) -> tuple[Event, ...]:
        """Return events by number, decoding those that were not asked for lately."""
        kept = self._kept
        missing = [number for number in numbers if number not in kept]
        for number, document in self._ledger.read_all(missing).items():
            kept[number] = event_from_document(document)
        found = tuple(kept[number] for number in numbers)
        while len(kept) > _KEPT:
            del kept[next(iter(kept))]
        return found

    def _settle(self, coming: Iterable[Document]) -> None:
        """Remove what has expired before something as old comes, which has not: the clock was put back."""
        floor = self._index.floor
        if floor and any(rank(document["createdAt"], 0) < floor for document in coming):
            self._remove_hidden()
            self._index.floor = 0

    def _remove_hidden(self) -> int:
        """Remove all that has expired: what was gone stays gone, whatever the time is now."""
        return self._remove(len(self._index.numbers))

    def _remove(self, limit: int) -> int:
        numbers = self._index.expired(limit)
        if numbers:
            self._table.put_all(dict.fromkeys(numbers))
        return len(numbers)

    def _numbered(self, events: Iterable[Event]) -> Iterator[tuple[int, Event]]:
        following = self._table.next_id()
        new: dict[str, int] = {}
        for event in events:
            number = self._index.numbers.get(event.id) or new.setdefault(event.id, following)
            following += number == following
            yield number, event

    def _follow(self, number: int, before: Document | None, after: Document | None) -> None:
        self._kept.pop(number, None)
        try:
            self._index.change(number, before, after)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StoreUnrecognized(
                f'is not a file of this program\'s: {number} in "events" is no event'
            ) from error
