"""TinyDB's own classes over a ledger: what TinyDB would read and rewrite whole costs one document here."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping, MutableMapping
from typing import Any, Final

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Table

from .layout import Document, encoded
from .ledger import Ledger

_AT_ONCE: Final = 500


class LedgerStorage(Storage):
    """A TinyDB storage whose one large table is a ledger; other tables are small and written whole."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger: Final = ledger

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return all tables. The ledger's is a view, which reads a document when it is asked for."""
        tables: dict[str, Any] = dict(self.ledger.others)
        if len(self.ledger) or not tables:
            tables[self.ledger.table] = Snapshot(self.ledger)
        return tables

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Lay the whole file out anew, as TinyDB's storage does at every write."""
        tables = {name: dict(table) for name, table in data.items()}
        documents = tables.pop(self.ledger.table, {})
        self.ledger.replace({int(doc_id): dict(one) for doc_id, one in documents.items()}, tables)

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()


class LedgerTable(Table):
    """A TinyDB table that appends what changed, if it is the ledger's; any other works as TinyDB's own.

    It keeps no query cache, which would answer with what was there before a rewind.
    """

    def __init__(self, storage: LedgerStorage, name: str, cache_size: int = 0, **options: bool) -> None:
        self._ledger: Final = storage.ledger
        super().__init__(storage, name, cache_size, **options)

    def __len__(self) -> int:
        return len(self._read_table())

    def put_all(self, documents: Mapping[int, Document | None]) -> None:
        """Store documents by id, in place of those that are there; None removes one."""
        with self._ledger.lock:
            self._ledger.store(documents)
            if self._next_id is not None and documents:
                self._next_id = max(self._next_id, max(documents) + 1)
        self._ledger.on_write()

    def append(self, document: Document) -> None:
        """Store a document under a new id: what `insert` does, in fewer steps, and without `settle`."""
        with self._ledger.lock:
            self._ledger.store({self._get_next_id(): document})

    def settle(self) -> None:
        """Return when what was stored is as safe as it is to be. Raises StorageFull if the disk refuses."""
        self._ledger.on_write()

    def next_id(self) -> int:
        """Return an id above all that were given."""
        with self._ledger.lock:
            return self._next_id or self._ledger.next_id()

    def _get_next_id(self) -> int:
        with self._ledger.lock:
            if self._is_ledger and self._next_id is None:
                self._next_id = self._ledger.next_id()  # type: ignore[assignment]  # TinyDB says: None
            following: int = super()._get_next_id()  # type: ignore[no-untyped-call]  # TinyDB's own
            return following

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        if not self._is_ledger:
            with self._ledger.lock:
                super()._update_table(updater)
            return
        with self._ledger.lock:
            draft = Draft(self._ledger)
            updater(draft)
            self._ledger.store(draft.changes())
        self._ledger.on_write()

    @property
    def _is_ledger(self) -> bool:
        return self.name == self._ledger.table


class LedgerDB(TinyDB):
    """A TinyDB whose default table is a ledger."""

    table_class: type[Table] = LedgerTable

    def __init__(self, ledger: Ledger) -> None:
        self.default_table_name = ledger.table
        super().__init__(ledger, storage=LedgerStorage)


class Snapshot(Mapping[str, Document]):
    """A ledger's documents by their ids as text, which is how TinyDB's storages hold them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger: Final = ledger

    def __getitem__(self, doc_id: str) -> Document:
        document = self._ledger.read(int(doc_id)) if doc_id.isdecimal() else None
        if document is None:
            raise KeyError(doc_id)
        return document

    def __iter__(self) -> Iterator[str]:
        return map(str, self._ledger.ids())

    def __len__(self) -> int:
        return len(self._ledger)

    def items(self) -> ItemsView[str, Document]:
        """Return the documents with their ids, read some at a time."""
        return _Items(self)

    def documents(self) -> Iterator[tuple[str, Document]]:
        """Yield the documents with their ids, without those that are removed in the meantime."""
        ids = self._ledger.ids()
        for start in range(0, len(ids), _AT_ONCE):
            for doc_id, document in self._ledger.read_all(ids[start : start + _AT_ONCE]).items():
                yield str(doc_id), document


class _Items(ItemsView[str, Document]):
    _mapping: Snapshot

    def __iter__(self) -> Iterator[tuple[str, Document]]:
        return self._mapping.documents()


class Draft(MutableMapping[int, Document]):
    """A ledger's documents while they are changed: those that were touched, over those that lie there."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger: Final = ledger
        self._touched: Final[dict[int, Document | None]] = {}
        self._read: Final[dict[int, bytes]] = {}

    def changes(self) -> dict[int, Document | None]:
        """Return what differs from the ledger: new documents, and None for those that are gone."""
        return {doc_id: new for doc_id, new in self._touched.items() if self._differs(doc_id, new)}

    def __contains__(self, doc_id: object) -> bool:
        if doc_id in self._touched:
            return self._touched[doc_id] is not None
        return doc_id in self._ledger

    def __getitem__(self, doc_id: int) -> Document:
        if doc_id not in self._touched:
            document = self._ledger.read(doc_id)
            if document is None:
                raise KeyError(doc_id)
            self._touched[doc_id], self._read[doc_id] = document, encoded(document)
        touched = self._touched[doc_id]
        if touched is None:
            raise KeyError(doc_id)
        return touched

    def __setitem__(self, doc_id: int, document: Document) -> None:
        self._touched[doc_id] = document

    def __delitem__(self, doc_id: int) -> None:
        if doc_id not in self:
            raise KeyError(doc_id)
        self._touched[doc_id] = None

    def __iter__(self) -> Iterator[int]:
        yield from (doc_id for doc_id in self._ledger.ids() if self._touched.get(doc_id, self) is not None)
        yield from [one for one, new in self._touched.items() if new is not None and one not in self._ledger]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Remove all documents, without reading them."""
        self._touched.update(dict.fromkeys(self))

    def _differs(self, doc_id: int, new: Document | None) -> bool:
        if new is None:
            return doc_id in self._ledger
        return doc_id not in self._read or encoded(new) != self._read[doc_id]
