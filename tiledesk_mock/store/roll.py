"""A table's lines at its site: where each document's JSON lies, and how more of it is put at the tail.

A write puts its lines and new closing braces over the old closing braces, in one call: it costs the same
however much is stored, and what lies before the tail never changes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from ..errors import StorageFull
from .layout import REMOVED, TAIL, Line, Tables, head, label
from .medium import Medium, MemoryMedium
from .site import Found, Site

Place = int
"""Where a document's JSON lies: its offset and, in the low bits, its length. One integer is small."""

Record = Callable[[int, Place | None], None]
"""Is told of each change: the document's id, and where it was before."""

_LENGTH_BITS: Final = 32
_LENGTH: Final = (1 << _LENGTH_BITS) - 1
_PIECE: Final = 1 << 20
_WINDOW: Final = 1 << 16


class Roll:
    """The lines of one table. Not safe to use from many threads, but for `sync`.

    Every write raises StorageFull if the disk refuses it, and then nothing of it is kept.
    """

    def __init__(self, site: Site, table: str) -> None:
        self._site: Final = site
        self._table: Final = table
        self._syncing: Final = threading.Lock()
        self._writes = self._synced = 0
        self._is_torn = False
        self._medium: Medium = MemoryMedium()
        self._begin(b"", {})

    def open(self) -> Found:
        """Return what the site holds; each line that has a place is to be taken in."""
        found = self._site.open(self._table)
        self._medium = found.medium
        self._begin(found.head, {})
        self.others: Tables = found.others
        return found

    def take_in(self, line: Line) -> None:
        """Note where a line lies that was found."""
        self._enter(line.doc_id, line.offset, line.length, removed=line.document is None)
        self.tail = line.offset + line.length

    def mend(self) -> None:
        """Cut off a torn last write after the lines that were taken in, if there is one."""
        if self._medium.read(self.tail, len(TAIL) + 1) != TAIL:
            self._site.mend(self._medium, self.tail)

    def at(self, place: Place) -> bytes:
        """Return what lies there."""
        return self._medium.read(place >> _LENGTH_BITS, place & _LENGTH)

    def bodies(self, places: Iterable[Place]) -> Iterator[bytes]:
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

    def append(self, bodies: Mapping[int, bytes], record: Record) -> None:
        """Put lines at the tail, in one write."""
        lines: list[bytes] = []
        entries, offset = [], self.tail
        for doc_id, body in bodies.items():
            mark = label(doc_id, first=offset == len(self._head))
            lines += (mark, body)
            entries.append((doc_id, offset + len(mark), len(body)))
            offset += len(mark) + len(body)
        self._write_tail(b"".join((*lines, TAIL)))
        for doc_id, start, length in entries:
            record(doc_id, self.places.get(doc_id))
            self._enter(doc_id, start, length, removed=bodies[doc_id] == REMOVED)
        self.tail = offset

    def cut(self, tail: int, dead: int, places: Mapping[int, Place | None]) -> None:
        """End at an earlier tail, when documents were at `places`. A kill midway is mended to that."""
        try:
            self._medium.truncate(tail)
        except OSError as refusal:
            raise StorageFull(f"nothing was taken back: {refusal.strerror}") from refusal
        self.tail, self.dead, self._is_torn = tail, dead, True
        self._writes += 1
        for doc_id, place in places.items():
            if place is None:
                self.places.pop(doc_id, None)
            else:
                self.places[doc_id] = place
        with suppress(OSError):  # then the next write puts the end back
            self._restore_tail()

    def lay_out(self, bodies: Iterable[tuple[int, bytes]], others: Tables | None = None) -> None:
        """Write all of it anew, into another medium that takes the place of this one."""
        others = self.others if others is None else others
        start, places = head(self._table, others), dict[int, Place]()
        try:
            with self._syncing:
                self._medium = self._site.replace(_pieces(start, bodies, places), self._medium)
                self._writes += 1
        except OSError as refusal:
            raise StorageFull(f"nothing was stored: {refusal.strerror}") from refusal
        self._begin(start, places)
        self.others, self._is_torn = others, False

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
        with self._syncing:
            self._medium.close()

    def _begin(self, start: bytes, places: dict[int, Place]) -> None:
        self._head, self.places, self.dead = start, places, 0
        last = next(reversed(places.values()), len(start) << _LENGTH_BITS)
        self.tail = (last >> _LENGTH_BITS) + (last & _LENGTH)

    def _enter(self, doc_id: int, offset: int, length: int, *, removed: bool) -> None:
        """Note where a document lies, and what is dead by that."""
        self.dead += self.places.get(doc_id, 0) & _LENGTH
        if not removed:
            self.places[doc_id] = offset << _LENGTH_BITS | length
            return
        self.dead += length
        self.places.pop(doc_id, None)

    def _write_tail(self, data: bytes) -> None:
        try:
            self._restore_tail()
            self._is_torn = True
            self._medium.write(self.tail, data)
            self._is_torn = False
        except OSError as refusal:
            with suppress(OSError):
                self._restore_tail()
            raise StorageFull(f"nothing was stored: {refusal.strerror}") from refusal
        self._writes += 1

    def _restore_tail(self) -> None:
        """Put back the end that a refused write has overwritten."""
        if self._is_torn:
            self._medium.write(self.tail, TAIL)
            self._medium.truncate(self.tail + len(TAIL))
            self._is_torn = False


def _pieces(start: bytes, bodies: Iterable[tuple[int, bytes]], places: dict[int, Place]) -> Iterator[bytes]:
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
