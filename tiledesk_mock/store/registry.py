"""The ledger of all that are no events: few records, which are held in memory too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from ..errors import StoreUnrecognized
from ..tiledesk.wire import RecordT, record_from_document
from .image import KIND, KINDS, EncodedWorld, stored_document
from .layout import Document
from .ledger import Ledger
from .shelf import Key, Shelf
from .table import LedgerTable

TABLE: Final = "people"


class Registry:
    """Keeps shelves and their file the same. A record's document also names its kind."""

    def __init__(self, ledger: Ledger, table: LedgerTable) -> None:
        self.version = 0
        self._ledger: Final = ledger
        self._table: Final = table
        self._shelves: Final[dict[str, Shelf[Any]]] = {}
        self._given: Mapping[int, Any] = {}
        ledger.on_change = self._follow

    def shelve(self, kind: type[RecordT], **keys: Key) -> Shelf[RecordT]:
        """Return a shelf of that kind of records, which is kept from now on."""
        shelf = self._shelves[KINDS[kind]] = Shelf(kind, self._ledger.lock, **keys)
        return shelf

    def put(self, records: Iterable[Any]) -> None:
        """Store records in one write, each in place of the one that has its id. Raises StorageFull."""
        with self._ledger.lock:
            given = dict(self._numbered(records))
            with self._taking(given):
                self._table.put_all({number: stored_document(record) for number, record in given.items()})

    def replace(self, image: EncodedWorld) -> None:
        """Hold the records of a world and no others. Raises StorageFull."""
        with self._ledger.lock, self._taking(image.records):
            self._ledger.replace(image.documents, bodies=image.bodies)

    def remove(self, record: Any) -> None:
        """Remove a record that is stored. Raises StorageFull."""
        with self._ledger.lock:
            number = self._shelf(record).number(record.id)
            if number is not None:
                self._table.put_all({number: None})

    def _numbered(self, records: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        following = self._table.next_id()
        new: dict[tuple[type, str], int] = {}
        for record in records:
            known = self._shelf(record).number(record.id)
            number = known or new.setdefault((type(record), record.id), following)
            following += number == following
            yield number, record

    def _shelf(self, record: Any) -> Shelf[Any]:
        return self._shelves[KINDS[type(record)]]

    @contextmanager
    def _taking(self, given: Mapping[int, Any]) -> Iterator[None]:
        """Know the records that a write stores: they need not be read from their documents then."""
        self._given = given
        try:
            yield
        finally:
            self._given = {}

    def _follow(self, number: int, before: Document | None, after: Document | None) -> None:
        self.version += 1
        try:
            if before is not None:
                shelf = self._shelves[before[KIND]]
                shelf.drop(number, record_from_document(shelf.kind, before))
            if after is not None:
                shelf = self._shelves[after[KIND]]
                shelf.put(number, self._given.get(number) or record_from_document(shelf.kind, after))
        except (KeyError, TypeError) as error:
            raise StoreUnrecognized(
                f'is not a file of this program\'s: {number} in "people" is no record'
            ) from error
