"""TinyDB's own classes over a log: they write what changed, where TinyDB's storages write everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Table

from .layout import Document, encode
from .log import Log


class LogStorage(Storage):
    """A TinyDB storage with one large table, the log's. Other tables are small and written whole."""

    def __init__(self, log: Log) -> None:
        self.log: Final = log

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return all tables. The log's table is a view, which reads a document when it is needed."""
        tables: dict[str, Any] = dict(self.log.others)
        if len(self.log) or not tables:
            tables[self.log.table] = TableView(self.log)
        return tables

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Rewrite the whole file, as TinyDB's storage does at every write."""
        tables = {name: dict(table) for name, table in data.items()}
        documents = tables.pop(self.log.table, {})
        self.log.replace({int(doc_id): dict(one) for doc_id, one in documents.items()}, tables)

    def close(self) -> None:
        """Close the log."""
        self.log.close()


class LogTable(Table):
    """A TinyDB table that appends changes to the log. Tables with other names work as TinyDB's own.

    It has no query cache, which would return results from before a rollback.
    """

    _next_id: int | None  # type: ignore[assignment]  # TinyDB declares None

    def __init__(self, storage: LogStorage, name: str, cache_size: int = 0, **options: bool) -> None:
        self._log: Final = storage.log
        super().__init__(storage, name, cache_size, **options)

    def put_all(self, documents: Mapping[int, Document | None]) -> None:
        """Store documents by id, in place of those with the same ids; None removes one."""
        with self._log.lock:
            self._log.append(documents)
            if self._next_id is not None and documents:
                self._next_id = max(self._next_id, max(documents) + 1)
        self._log.on_write()

    def append(self, document: Document) -> None:
        """Store a document under a new id, like `insert`, but in fewer steps and without `on_write`."""
        with self._log.lock:
            doc_id = self.next_id()
            self._log.append({doc_id: document})
            self._next_id = doc_id + 1

    def next_id(self) -> int:
        """Return an id that no document has had since the log was opened."""
        with self._log.lock:
            return max(self._next_id or 0, self._log.last_id + 1)

    def _get_next_id(self) -> int:
        with self._log.lock:
            return super()._get_next_id()  # type: ignore[no-untyped-call,no-any-return]  # TinyDB's own

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        with self._log.lock:
            if self.name != self._log.table:
                super()._update_table(updater)
                return
            table = self._log.read_all(self._log.ids())
            before = {doc_id: encode(document) for doc_id, document in table.items()}
            updater(table)
            changes: dict[int, Document | None] = dict.fromkeys(before.keys() - table.keys())
            changes |= {doc_id: new for doc_id, new in table.items() if encode(new) != before.get(doc_id)}
            self._log.append(changes)
        self._log.on_write()


class LogTinyDB(TinyDB):
    """A TinyDB whose default table is a log's."""

    table_class: type[Table] = LogTable

    def __init__(self, log: Log) -> None:
        self.default_table_name = log.table
        super().__init__(log, storage=LogStorage)


class TableView(Mapping[str, Document]):
    """A log's documents by their ids as text, as TinyDB's storages return them."""

    def __init__(self, log: Log) -> None:
        self.log: Final = log

    def __getitem__(self, doc_id: str) -> Document:
        document = self.log.read(int(doc_id)) if doc_id.isdecimal() else None
        if document is None:
            raise KeyError(doc_id)
        return document

    def __iter__(self) -> Iterator[str]:
        return map(str, self.log.ids())

    def __len__(self) -> int:
        return len(self.log)

    def items(self) -> Iterator[tuple[str, Document]]:  # type: ignore[override]  # TinyDB only iterates
        """Yield the documents with their ids, except those that are removed meanwhile."""
        for doc_id, document in self.log.iterate(self.log.ids()):
            yield str(doc_id), document
