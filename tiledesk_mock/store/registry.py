"""The ledger of all that are no events: few records, which are held in memory too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

from tiledesk_mock.domain.model import World
from tiledesk_mock.domain.wire import Person, document_of, record_from
from tiledesk_mock.errors import StoreForeign

from .layout import Document
from .ledger import Ledger
from .shelf import Shelf
from .table import LedgerTable

TABLE: Final = "people"
KIND: Final = "kind"
"""The field of a stored document that names the shelf it belongs to."""


def records(world: World) -> Iterable[Any]:
    """Return everything in a world that is no event."""
    return chain(world.users, world.projects, world.project_users, world.bots, world.subscriptions)


class Registry:
    """Keeps shelves and their file the same. A record's document also names its kind."""

    def __init__(self, ledger: Ledger, table: LedgerTable) -> None:
        self.version = 0
        self._ledger: Final = ledger
        self._table: Final = table
        self._shelves: Final[dict[str, Shelf[Any]]] = {}
        self._kinds: Final[dict[type, str]] = {}
        ledger.on_change = self._follow

    def shelve(self, kind: str, shelf: Shelf[Person]) -> Shelf[Person]:
        """Keep a shelf's records from now on, under the name `kind`."""
        self._shelves[kind], self._kinds[shelf.kind] = shelf, kind
        return shelf

    def put(self, records: Iterable[Any]) -> None:
        """Store records in one write, each in place of the one that has its id. Raises StorageFull."""
        with self._ledger.lock:
            self._table.put_all(dict(self._numbered(records)))

    def replace(self, records: Iterable[Any]) -> None:
        """Hold these records and no others. Raises StorageFull."""
        with self._ledger.lock:
            self._ledger.replace({number: self._document(one) for number, one in enumerate(records, 1)})

    def remove(self, record: Any) -> None:
        """Remove a record that is stored. Raises StorageFull."""
        number = self._shelves[self._kinds[type(record)]].number(record.id)
        if number is not None:
            self._table.remove(doc_ids=[number])

    def _numbered(self, records: Iterable[Any]) -> Iterator[tuple[int, Document]]:
        following = self._table.next_id()
        new: dict[tuple[type, str], int] = {}
        for record in records:
            known = self._shelves[self._kinds[type(record)]].number(record.id)
            number = known or new.setdefault((type(record), record.id), following)
            following += number == following
            yield number, self._document(record)

    def _document(self, record: Any) -> Document:
        return {KIND: self._kinds[type(record)], **document_of(record, secrets=True)}

    def _follow(self, number: int, before: Document | None, after: Document | None) -> None:
        self.version += 1
        try:
            if before is not None:
                shelf = self._shelves[before[KIND]]
                shelf.drop(number, record_from(shelf.kind, before))
            if after is not None:
                shelf = self._shelves[after[KIND]]
                shelf.put(number, record_from(shelf.kind, after))
        except (KeyError, TypeError) as error:
            raise StoreForeign(
                f'is not a file of this program\'s: {number} in "people" is no record'
            ) from error
