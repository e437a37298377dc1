"""A table's documents by number, in an append-only JSON file or in memory.

A write puts its lines and new closing braces over the old closing braces, in one call: it costs the same
however much is stored, and what lies before the tail never changes. So going back to a mark is cutting
the file there. Where each document lies is kept in memory; documents are read when they are needed.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from tiledesk_mock.errors import StorageFull, StoreDamaged, StoreForeign

from .layout import REMOVED, TAIL, Document, Tables, encoded, head, label
from .medium import Medium
from .site import Found, MemorySite, Site
from .undo import Moment, Old, Undo

Changed = Callable[[int, Document | None, Document | None], None]
"""Is told of each change: the id, the document before, the document after; None where there is none."""

_LENGTH_BITS: Final = 32
_LENGTH: Final = (1 << _LENGTH_BITS) - 1
_PIECE: Final = 1 << 20
_WINDOW: Final = 1 << 16
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
        self._syncing: Final = threading.Lock()
        self._undo: Final = Undo()
        self._places: dict[int, int] = {}
        self._writes = self._synced = self._dead = 0
        self._compact_above = _LEAST_DEAD
        self._is_torn = False

    def open(self) -> None:
        """Read what the site holds; `on_change` is told of every document. To be called once, and first."""
        try:
            found = self._site.open(self.table)
            self._medium: Medium = found.medium
            self._head, self.others = found.head, found.others
            self._tail = len(found.head)
            self._load(found)
        except (StoreDamaged, StoreForeign) as error:
            raise type(error)(f"{self._site.name} {error}") from error

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, doc_id: object) -> bool:
        return doc_id in self._places

    def ids(self) -> list[int]:
        """Return the ids of all documents."""
        with self.lock:
            return list(self._places)

    def next_id(self) -> int:
        """Return an id above all others."""
        with self.lock:
            return max(self._places, default=0) + 1

    def read(self, doc_id: int) -> Document | None:
        """Return a document, or None."""
        with self.lock:
            place = self._places.get(doc_id)
            body = None if place is None else self._at(place)
        return None if body is None else json.loads(body)

    def read_all(self, doc_ids: Iterable[int]) -> dict[int, Document]:
        """Return documents by id, in the order of the ids given, without those that there are not."""
        with self.lock:
            found = {doc_id: self._places[doc_id] for doc_id in doc_ids if doc_id in self._places}
            bodies = list(self._bodies(found.values()))
        return {doc_id: json.loads(body) for doc_id, body in zip(found, bodies, strict=True)}

    def apply(self, changes: Mapping[int, Document | None]) -> None:
        """Store documents by id, and remove those whose document is None: all of it or nothing.

        Raises StorageFull if the disk refuses, TypeError for what JSON does not have.
        """
        self.store(changes)
        self.on_write()

    def store(self, changes: Mapping[int, Document | None]) -> None:
        """Do as `apply`, for a caller who holds the lock and calls `on_write` when it does no more."""
        bodies = {doc_id: REMOVED if new is None else encoded(new) for doc_id, new in changes.items()}
        with self.lock:
            before = {doc_id: self.read(doc_id) for doc_id in bodies if doc_id in self._places}
            self._append(bodies)
            for doc_id, new in changes.items():
                self.on_change(doc_id, before.get(doc_id), new)
            self._compact_if_due()

    def replace(self, documents: Mapping[int, Document], others: Tables | None = None) -> None:
        """Hold these documents and no others. Raises as `apply` does."""
        if self._undo:
            self.apply({**dict.fromkeys(self.ids()), **documents})
            return
        with self.lock:
            gone = {doc_id: self.read(doc_id) for doc_id in self._places}
            others = self.others if others is None else others
            self._lay_out(head(self.table, others), ((key, encoded(new)) for key, new in documents.items()))
            self.others = others
            for doc_id in reversed(gone):
                self.on_change(doc_id, gone[doc_id], None)
            for doc_id, new in documents.items():
                self.on_change(doc_id, None, new)
        self.on_write()

    def mark(self) -> int:
        """Remember this moment, at no cost; return its number."""
        with self.lock:
            return self._undo.mark(self._tail, self._dead)

    def rewind(self, mark: int) -> None:
        """Go back to a mark and forget those after it. Costs what was changed since.

        Raises StoreError if the mark is not remembered, StorageFull if the disk refuses.
        """
        with self.lock:
            moment = self._undo.moment(mark)
            self._take_back(moment, self._undo.since(moment))
            self._undo.reached(mark)
        self.on_write()

    def release(self, mark: int) -> None:
        """Forget a mark."""
        with self.lock:
            self._undo.release(mark)

    def compact(self) -> None:
        """Lay the table out anew, without what is dead. Marks stand. Raises StorageFull."""
        with self.lock:
            self._undo.move(self._at, self._places.__contains__)
            self._lay_out(self._head, zip(self._places, self._bodies(self._places.values()), strict=True))

    def sync(self) -> None:
        """Return when everything written survives a loss of power. Threads that wait share one sync.

        Raises StorageFull if the disk refuses: what was written may be lost with the power then.
        """
        due = self._writes
        with self._syncing:
            if self._synced >= due:
                return
            due = self._writes
            try:
                self._medium.sync()
            except OSError as refusal:
                raise StorageFull(f"what was stored is not safe: {refusal.strerror}") from refusal
            self._synced = due

    def close(self) -> None:
        """Let the medium go."""
        with self.lock, self._syncing:
            self._medium.close()

    # How it is done: all of this under the lock.

    def _load(self, found: Found) -> None:
        if found.is_stock:
            documents = {line.doc_id: line.document for line in found.lines if line.document}
            for doc_id, document in documents.items():
                self.on_change(doc_id, None, document)
            self._lay_out(found.head, ((doc_id, encoded(document)) for doc_id, document in documents.items()))
            return
        for line in found.lines:
            before = self.read(line.doc_id) if line.doc_id in self._places else None
            self._enter(line.doc_id, line.offset, line.length, removed=line.document is None)
            self._tail = line.offset + line.length
            self.on_change(line.doc_id, before, line.document)
        if self._medium.read(self._tail, len(TAIL) + 1) != TAIL:
            self._site.mend(self._medium, self._tail)

    def _enter(self, doc_id: int, offset: int, length: int, *, removed: bool) -> None:
        """Note where a document lies, and what is dead by that."""
        old = self._places.get(doc_id)
        self._undo.record(doc_id, old)
        if old is not None:
            self._dead += old & _LENGTH
        if not removed:
            self._places[doc_id] = offset << _LENGTH_BITS | length
            return
        self._dead += length
        if old is not None:
            del self._places[doc_id]

    def _at(self, place: int) -> bytes:
        return self._medium.read(place >> _LENGTH_BITS, place & _LENGTH)

    def _bodies(self, places: Iterable[int]) -> Iterator[bytes]:
        """Yield what lies at `places`. Once one was near to the last, those around it are read with it."""
        window, start, last = b"", 0, -_WINDOW
        for place in places:
            offset, length = place >> _LENGTH_BITS, place & _LENGTH
            if not start <= offset <= offset + length <= start + len(window):
                is_near = abs(offset - last) < _WINDOW // 2
                start = max(offset + length - _WINDOW, 0) if is_near and offset < last else offset
                window = self._medium.read(start, max(_WINDOW if is_near else 0, offset + length - start))
            last = offset
            yield window[offset - start : offset - start + length]

    def _append(self, bodies: Mapping[int, bytes]) -> None:
        """Put lines at the tail, in one write. Where it is refused, the tail is as it was."""
        lines: list[bytes] = []
        entries, offset = [], self._tail
        for doc_id, body in bodies.items():
            mark = label(doc_id, first=offset == len(self._head))
            lines += (mark, body)
            entries.append((doc_id, offset + len(mark), len(body)))
            offset += len(mark) + len(body)
        self._write_tail(b"".join((*lines, TAIL)))
        for doc_id, place, length in entries:
            self._enter(doc_id, place, length, removed=bodies[doc_id] == REMOVED)
        self._tail = offset

    def _write_tail(self, data: bytes) -> None:
        try:
            self._restore_tail()
            self._is_torn = True
            self._medium.write(self._tail, data)
            self._is_torn = False
        except OSError as refusal:
            with suppress(OSError):
                self._restore_tail()
            raise StorageFull(f"nothing was stored: {refusal.strerror}") from refusal
        self._writes += 1

    def _restore_tail(self) -> None:
        """Put back the end that a refused write has overwritten."""
        if self._is_torn:
            self._medium.write(self._tail, TAIL)
            self._medium.truncate(self._tail + len(TAIL))
            self._is_torn = False

    def _take_back(self, moment: Moment, changed: dict[int, Old]) -> None:
        bodies = {doc_id: self._at(old) if isinstance(old, int) else old for doc_id, old in changed.items()}
        before = {doc_id: self.read(doc_id) for doc_id in changed}
        if moment.tail is None:
            self._append(
                {doc_id: body or REMOVED for doc_id, body in bodies.items() if body or before[doc_id]}
            )
            moment.tail, moment.dead = self._tail, self._dead
        else:
            self._cut(moment.tail)
            self._dead = moment.dead
            self._restore(changed)
        for doc_id in reversed(bodies):  # the newest first: they are last in most orders
            body = bodies[doc_id]
            self.on_change(doc_id, before[doc_id], None if body is None else json.loads(body))

    def _cut(self, tail: int) -> None:
        """End the file at an earlier tail. Killed in between it is torn, and mended to just that."""
        try:
            self._medium.truncate(tail)
        except OSError as refusal:
            raise StorageFull(f"nothing was taken back: {refusal.strerror}") from refusal
        self._tail, self._is_torn = tail, True
        self._writes += 1
        with suppress(OSError):  # then the next write puts the end back
            self._restore_tail()

    def _restore(self, changed: dict[int, Old]) -> None:
        for doc_id, old in changed.items():
            if isinstance(old, int):
                self._places[doc_id] = old
            else:
                self._places.pop(doc_id, None)

    def _compact_if_due(self) -> None:
        if self._dead < self._compact_above or self._dead * _DEAD_SHARE < self._tail:
            return
        try:
            self.compact()
        except StorageFull:  # the lines are safe where they are: try again when as much again is dead
            self._compact_above = self._dead * 2

    def _lay_out(self, start: bytes, bodies: Iterable[tuple[int, bytes]]) -> None:
        """Write all of it anew, into another medium that takes the place of this one."""
        places: dict[int, int] = {}
        try:
            with self._syncing:
                self._medium = self._site.replace(_pieces(start, bodies, places), self._medium)
                self._writes += 1
        except OSError as refusal:
            raise StorageFull(f"nothing was stored: {refusal.strerror}") from refusal
        self._head, self._places = start, places
        last = next(reversed(places.values()), len(start) << _LENGTH_BITS)
        self._tail = (last >> _LENGTH_BITS) + (last & _LENGTH)
        self._dead, self._compact_above, self._is_torn = 0, _LEAST_DEAD, False


def _pieces(start: bytes, bodies: Iterable[tuple[int, bytes]], places: dict[int, int]) -> Iterator[bytes]:
    """Yield a whole file in pieces of a handy size, and note in `places` where the documents come to lie."""
    piece, size, offset = [start], len(start), len(start)
    for doc_id, body in bodies:
        mark = label(doc_id, first=not places)
        places[doc_id] = (offset + len(mark)) << _LENGTH_BITS | len(body)
        piece += (mark, body)
        offset += len(mark) + len(body)
        size += len(mark) + len(body)
        if size > _PIECE:
            yield b"".join(piece)
            piece, size = [], 0
    yield b"".join((*piece, TAIL))
