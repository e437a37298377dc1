"""A table's documents by number: read when they are needed, changed together, taken back to a mark."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from ..errors import StorageFull, StoreCorrupted, StoreUnrecognized
from .layout import REMOVED, Document, Tables, encoded
from .roll import Roll
from .site import Found, MemorySite, Site
from .undo import Moment, Old, Undo

Changed = Callable[[int, Document | None, Document | None], None]
"""Is told of each change: the id, the document before, the document after; None where there is none."""

Bodies = Mapping[int, bytes]
"""Documents as JSON, by their ids."""

_NO_BODIES: Final[Bodies] = MappingProxyType({})
_LEAST_DEAD: Final = 1 << 16
_DEAD_SHARE: Final = 4


class Ledger:
    """The documents of one table at a site.

    Safe to use from many threads: whoever needs several calls to be one takes `lock` around them.

    Args:
        table: the table's name.
        site: where it lies; by default in memory.
        lock: is taken by each call; by default the ledger's own.

    """

    def __init__(self, table: str, site: Site | None = None, lock: threading.RLock | None = None) -> None:
        self.table: Final = table
        self.lock: Final = lock or threading.RLock()
        self.on_change: Changed = lambda _id, _before, _after: None
        self.on_write: Callable[[], None] = lambda: None
        self._site: Final = site or MemorySite()
        self._roll: Final = Roll(self._site, table)
        self._undo: Final = Undo()
        self._compact_above = _LEAST_DEAD

    def open(self) -> None:
        """Read what the site holds; `on_change` is told of every document. To be called once, and first.

        Raises a StoreError that names the file, and leaves it as it is, where it cannot be used.
        """
        try:
            self._load(self._roll.open())
        except BaseException as error:
            self._roll.close()
            if isinstance(error, (StoreCorrupted, StoreUnrecognized)):
                raise type(error)(f"{self._site.name} {error}") from error
            raise

    def __len__(self) -> int:
        return len(self._roll.places)

    def __contains__(self, doc_id: object) -> bool:
        return doc_id in self._roll.places

    @property
    def others(self) -> Tables:
        """Return the other tables at the site, which are small."""
        return self._roll.others

    def ids(self) -> list[int]:
        """Return the ids of all documents."""
        with self.lock:
            return list(self._roll.places)

    def next_id(self) -> int:
        """Return an id above all others."""
        with self.lock:
            return max(self._roll.places, default=0) + 1

    def read(self, doc_id: int) -> Document | None:
        """Return a document, or None."""
        with self.lock:
            place = self._roll.places.get(doc_id)
            body = None if place is None else self._roll.at(place)
        return None if body is None else json.loads(body.decode())  # it need not guess the encoding then

    def read_all(self, doc_ids: Iterable[int]) -> dict[int, Document]:
        """Return documents by id, in the order of the ids given, without those that there are not."""
        with self.lock:
            places = self._roll.places
            found = {doc_id: places[doc_id] for doc_id in doc_ids if doc_id in places}
            bodies = b",".join(self._roll.bodies(found.values()))
        return dict(zip(found, json.loads(f"[{bodies.decode()}]"), strict=True))

    def apply(self, changes: Mapping[int, Document | None], bodies: Bodies = _NO_BODIES) -> None:
        """Store documents by id, and remove those whose document is None: all of it or nothing.

        `bodies` may have documents as JSON already. Raises StorageFull if the disk refuses, TypeError for
        what JSON does not have.
        """
        self.store(changes, bodies)
        self.on_write()

    def store(self, changes: Mapping[int, Document | None], bodies: Bodies = _NO_BODIES) -> None:
        """Do as `apply`, for a caller who holds the lock and calls `on_write` when it does no more."""
        lines = {
            doc_id: REMOVED if new is None else bodies.get(doc_id) or encoded(new)
            for doc_id, new in changes.items()
        }
        with self.lock:
            before = {doc_id: self.read(doc_id) for doc_id in lines if doc_id in self}
            self._roll.append(lines, self._undo.record)
            for doc_id, new in changes.items():
                self.on_change(doc_id, before.get(doc_id), new)
            self._compact_if_due()

    def replace(
        self,
        documents: Mapping[int, Document],
        others: Tables | None = None,
        bodies: Bodies = _NO_BODIES,
    ) -> None:
        """Hold these documents and no others. Takes `bodies` and raises as `apply` does."""
        if self._undo:
            self.apply({**dict.fromkeys(self.ids()), **documents}, bodies)
            return
        with self.lock:
            gone = self.read_all(self.ids())
            lines = ((doc_id, bodies.get(doc_id) or encoded(new)) for doc_id, new in documents.items())
            self._roll.lay_out(lines, others)
            self._compact_above = _LEAST_DEAD
            for doc_id in reversed(gone):  # the newest first: they are last in most orders
                self.on_change(doc_id, gone[doc_id], None)
            for doc_id, new in documents.items():
                self.on_change(doc_id, None, new)
        self.on_write()

    def mark(self) -> int:
        """Remember this moment, at no cost; return its number."""
        with self.lock:
            return self._undo.mark(self._roll.tail, self._roll.dead)

    def rewind(self, mark: int) -> None:
        """Go back to a mark and forget those after it. Costs what was changed since.

        Raises StoreError if the mark is not remembered, StorageFull if the disk refuses.
        """
        with self.lock:
            moment = self._undo.moment(mark)
            changed = self._undo.since(moment)
            if changed:
                self._take_back(moment, changed)
            self._undo.reached(mark)
        self.on_write()

    def release(self, mark: int) -> None:
        """Forget a mark."""
        with self.lock:
            self._undo.release(mark)

    def compact(self, others: Tables | None = None) -> None:
        """Lay the table out anew, without what is dead; `others` beside it, if given. Marks stand.

        Raises StorageFull.
        """
        with self.lock:
            places = self._roll.places
            self._undo.move(self._roll.at, places.__contains__)
            self._roll.lay_out(zip(places, self._roll.bodies(places.values()), strict=True), others)
            self._compact_above = _LEAST_DEAD

    def sync(self) -> None:
        """Return when everything written survives a loss of power. Raises StorageFull if the disk refuses."""
        self._roll.sync()

    def close(self) -> None:
        """Let the site go."""
        with self.lock:
            self._roll.close()

    def _load(self, found: Found) -> None:
        if found.is_stock:
            documents = {line.doc_id: line.document for line in found.lines if line.document}
            for doc_id, document in documents.items():
                self.on_change(doc_id, None, document)
            self._roll.lay_out((doc_id, encoded(document)) for doc_id, document in documents.items())
            return
        for line in found.lines:
            before = self.read(line.doc_id) if line.doc_id in self else None
            self._roll.take_in(line)
            self.on_change(line.doc_id, before, line.document)
        self._roll.mend()

    def _take_back(self, moment: Moment, changed: dict[int, Old]) -> None:
        at = self._roll.at
        places = {doc_id: old for doc_id, old in changed.items() if not isinstance(old, bytes)}
        bodies = {doc_id: at(old) if isinstance(old, int) else old for doc_id, old in changed.items()}
        before = {doc_id: self.read(doc_id) for doc_id in changed}
        if moment.tail is None:
            back = {doc_id: body or REMOVED for doc_id, body in bodies.items() if body or before[doc_id]}
            self._roll.append(back, self._undo.record)
            moment.tail, moment.dead = self._roll.tail, self._roll.dead
        else:
            self._roll.cut(moment.tail, moment.dead, places)
        for doc_id in reversed(bodies):
            body = bodies[doc_id]
            self.on_change(doc_id, before[doc_id], None if body is None else json.loads(body))

    def _compact_if_due(self) -> None:
        dead = self._roll.dead
        if dead < self._compact_above or dead * _DEAD_SHARE < self._roll.tail:
            return
        try:
            self.compact()
        except StorageFull:  # the lines are safe where they are: try again when as much again is dead
            self._compact_above = dead * 2
