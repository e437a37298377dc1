"""The files of a store as a TinyDB that can only be read, also while an emulator writes them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Final, NoReturn

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Table

from ..errors import StoreError, StoreUnrecognized
from .events import TABLE as EVENTS
from .layout import TAIL, Tables, are_tables, people_file
from .records import TABLE as PEOPLE

_TRIES: Final = 100
_PAUSE: Final = 0.01
"""Seconds between two tries: far longer than a write of some events."""


def open_store(path: str | os.PathLike[str]) -> TinyDB:
    """Return everything in a store's files as a TinyDB, which reads them anew for each query.

    Its tables are `events`, which is the default one, and `people`. Every read is of one moment, even if an
    emulator writes or compacts the files meanwhile. A write raises StoreError: only the emulator writes them.

    Args:
        path: the events' file, or that of the people beside it. What one contains is read from both.

    Raises:
        StoreError: the file does not exist. A read raises it if the file is damaged or of another program.
    """
    if not Path(path).exists():
        raise StoreError(f"there is no file {path}")
    return ReadOnlyTinyDB(path)


class ReadOnlyTable(Table):
    """A TinyDB table without a query cache, which would return what was stored earlier."""

    def __init__(self, storage: Storage, name: str, cache_size: int = 0, **options: bool) -> None:
        super().__init__(storage, name, cache_size, **options)


class ReadOnlyTinyDB(TinyDB):
    """A TinyDB of the files of a store."""

    table_class: type[Table] = ReadOnlyTable
    default_table_name = EVENTS

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path, storage=ReadOnlyStorage)


class ReadOnlyStorage(Storage):
    """Reads both files until what it has read is of one moment.

    Lines are only appended, unless the store is rolled back or written anew. So what a first reading found is
    whole if it is JSON, and a second reading begins with it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        named = Path(path).resolve()
        events = named.with_name(named.stem.removesuffix(f".{PEOPLE}") + named.suffix)
        self._events: Final = events if events.exists() else named
        self._people: Final = people_file(self._events)
        self._change: Final = self._events.with_name(f"{self._events.name}.change")

    def read(self) -> Tables:
        """Return all tables of both files, without removed documents. Raises StoreError."""
        reason = ""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_PAUSE)
            try:
                return self._read_once()
            except ValueError as error:
                reason = str(error)
            except FileNotFoundError as error:
                raise StoreError(f"there is no file {self._events}") from error
            except OSError as error:
                reason = error.strerror or str(error)
        raise StoreError(f"{self._events} cannot be read: {reason}")

    def write(self, data: dict[str, dict[str, Any]]) -> NoReturn:  # noqa: ARG002  (TinyDB's signature)
        """Raise StoreError."""
        raise StoreError(f"{self._events} is open for reading only: change its data through the emulator")

    def _read_once(self) -> Tables:
        """Return all tables; raise ValueError if a write was under way."""
        if self._change.exists():
            raise ValueError("a change is not finished, which the next start of an emulator finishes")
        first = self._contents()
        if not all(map(_is_begun_by, self._contents(), first)) or self._change.exists():
            raise ValueError("it is written all the time")
        tables: Tables = {}
        for data in first:
            tables |= self._parsed(data)
        return tables

    def _contents(self) -> tuple[bytes, bytes]:
        people = self._people.read_bytes() if self._people.exists() else b""
        return self._events.read_bytes(), people

    def _parsed(self, data: bytes) -> Tables:
        if not data.strip():
            return {}
        if not data.endswith(b"}", 0, len(data.rstrip())):  # parsing would take longer to find it
            raise ValueError(
                "it has no end: `tiledesk-mock repair` saves what can be read, unless the next start does"
            )
        tables = json.loads(data)
        if not are_tables(tables):
            raise StoreUnrecognized(f"{self._events} is not a file of this program")
        for name in tables.keys() & {EVENTS, PEOPLE}:
            tables[name] = {doc_id: document for doc_id, document in tables[name].items() if document}
        return tables  # type: ignore[no-any-return]  # json.loads returns Any


def _is_begun_by(data: bytes, earlier: bytes) -> bool:
    """Return whether data is what was read earlier, or that with more lines."""
    return data.startswith(earlier.removesuffix(TAIL))
