"""Records of one kind in memory, by id and by other keys."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from typing import Any, Final, Generic

from ..tiledesk.wire import RecordT

Key = Callable[[Any], Hashable]


class Shelf(Generic[RecordT]):
    """Records by id, and by the keys named in `keys`, in the order of their numbers: that of creation.

    Whoever reads takes `lock`, as whoever changes several records at once does.
    """

    def __init__(self, kind: type[RecordT], lock: AbstractContextManager[object], /, **keys: Key) -> None:
        self.kind: Final[type[RecordT]] = kind
        self._lock: Final = lock
        self._keys: Final = keys
        self._by_id: Final[dict[str, tuple[int, RecordT]]] = {}
        self._by_key: Final[dict[tuple[str, Hashable], dict[int, RecordT]]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def put(self, number: int, record: RecordT) -> None:
        """Take a record in."""
        self._by_id[record.id] = number, record
        for name, key in self._keys.items():
            self._by_key.setdefault((name, key(record)), {})[number] = record

    def drop(self, number: int, record: RecordT) -> None:
        """Take a record out; one that was taken in under another number since stays."""
        if self.number(record.id) == number:
            del self._by_id[record.id]
        for name, key in self._keys.items():
            found = self._by_key[name, key(record)]
            del found[number]
            if not found:
                del self._by_key[name, key(record)]

    def get(self, id: str) -> RecordT | None:  # noqa: A002  (a record's own word)
        """Return the record with that id, or None."""
        with self._lock:
            found = self._by_id.get(id)
        return None if found is None else found[1]

    def number(self, id: str) -> int | None:  # noqa: A002  (a record's own word)
        """Return by what number that record is stored, or None."""
        with self._lock:
            found = self._by_id.get(id)
        return None if found is None else found[0]

    def find(self, name: str, value: Hashable) -> tuple[RecordT, ...]:
        """Return the records with that key, in order of creation."""
        with self._lock:
            found = self._by_key.get((name, value))
            if found is None:
                return ()
            if len(found) == 1:
                return tuple(found.values())
            return tuple(found[number] for number in sorted(found))

    def first(self, name: str, value: Hashable) -> RecordT | None:
        """Return the oldest record with that key, or None."""
        return next(iter(self.find(name, value)), None)

    def all(self) -> tuple[RecordT, ...]:
        """Return all records, in order of creation."""
        with self._lock:
            return tuple(record for _, record in sorted(self._by_id.values(), key=lambda one: one[0]))
