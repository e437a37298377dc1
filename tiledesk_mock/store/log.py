"""The log of a table: documents are appended to a backend, and read from it when they are needed.

A write puts its lines and the closing braces over the old closing braces, in one call. It costs the same
however much is stored, and the bytes before the tail never change.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from ..errors import StorageFull, StoreCorrupted, StoreError, StoreUnrecognized
from .backend import Backend, MemoryBackend
from .layout import (
    LENGTH,
    LENGTH_BITS,
    REMOVED,
    TAIL,
    Document,
    Span,
    Tables,
    encode,
    file_pieces,
    head,
    parse_documents,
    parse_head,
    parse_tables,
    separator,
    span_end,
)

OnChange = Callable[[int, Document | None, Document | None], None]
"""Called with each change: the document's id, its content before and after; None if it does not exist."""

Old = Span | bytes | None
"""A document before a change: its span, its JSON if the file does not contain it any more, None if new."""

Bodies = Mapping[int, bytes]
"""Documents by id as JSON."""

_NO_BODIES: Final[Bodies] = MappingProxyType({})
_BATCH: Final = 500
_WINDOW: Final = 1 << 16
_LEAST_DEAD: Final = 1 << 16
_DEAD_SHARE: Final = 4


class Checkpoint(Struct, eq=False):
    """A state of a log that it can be rolled back to.

    `changes` is the number of recorded changes before it. The log ended at `tail`, with `dead` bytes in it;
    `tail` is None if the log was compacted since, so that it cannot be cut there.
    """

    tail: int | None
    dead: int
    changes: int


class Log:
    """The documents of one table. Safe to use from many threads.

    `backend` contains the bytes, by default memory. Each call takes `lock`; a caller takes it around several
    calls that belong together. A write raises StorageFull if the disk refuses it: nothing is stored then.
    `last_id` is the highest id that a document has had since the log was opened. `check` is called with each
    document that `open` reads, and raises a StoreError for one that cannot be used.
    """

    def __init__(
        self, table: str, backend: Backend | None = None, lock: threading.RLock | None = None
    ) -> None:
        self.table: Final = table
        self.lock: Final = lock or threading.RLock()
        self.others: Tables = {}
        self.check: Callable[[int, Document], None] = lambda _id, _document: None
        self.on_change: OnChange = lambda _id, _before, _after: None
        self.on_write: Callable[[], None] = lambda: None
        self._backend: Final[Backend] = backend or MemoryBackend()
        self._checkpoints: Final[list[Checkpoint]] = []
        self._changes: Final[list[tuple[int, Old]]] = []
        self._syncing: Final = threading.Lock()
        self._writes = self._synced = 0
        self._is_torn = False
        self.last_id, self._compact_above = 0, _LEAST_DEAD
        self._start(b"", {})

    def open(self) -> None:
        """Read the backend, and call `on_change` with every document. To be called once, before the rest.

        Raises a StoreError that names the file, and does not change the file, if it cannot be used.
        """
        try:
            self._load(self._backend.open(head(self.table, {}) + TAIL))
        except BaseException as error:
            self._backend.close()
            if isinstance(error, (StoreCorrupted, StoreUnrecognized)):
                raise type(error)(f"{self._backend.name} {error}") from error
            raise

    def __len__(self) -> int:
        return len(self._spans)

    def ids(self) -> list[int]:
        """Return the ids of all documents."""
        with self.lock:
            return list(self._spans)

    def read(self, doc_id: int) -> Document | None:
        """Return a document; None if it does not exist."""
        with self.lock:
            span = self._spans.get(doc_id)
            body = None if span is None else self._body(span)
        return None if body is None else self._parse(body, doc_id)

    def read_all(self, doc_ids: Iterable[int]) -> dict[int, Document]:
        """Return the documents that exist of `doc_ids`, in that order."""
        with self.lock:
            spans = self._spans
            found = {doc_id: spans[doc_id] for doc_id in doc_ids if doc_id in spans}
            bodies = b",".join(self._bodies(found.values()))
        try:
            return dict(zip(found, json.loads(f"[{bodies.decode()}]"), strict=True))
        except ValueError:
            return {doc_id: self._parse(self._body(span), doc_id) for doc_id, span in found.items()}

    def iterate(self, doc_ids: Iterable[int]) -> Iterator[tuple[int, Document]]:
        """Yield the documents that exist of `doc_ids` with their ids. They are read in batches."""
        ids = iter(doc_ids)
        while batch := list(islice(ids, _BATCH)):
            yield from self.read_all(batch).items()

    def append(self, changes: Mapping[int, Document | None], bodies: Bodies = _NO_BODIES) -> None:
        """Store documents by id, and remove those whose document is None: all of them or none.

        The caller calls `on_write` afterwards, without the lock. `bodies` may contain documents as JSON.
        Raises TypeError for a value that JSON does not have.
        """
        lines = {
            doc_id: REMOVED if new is None else bodies.get(doc_id) or encode(new)
            for doc_id, new in changes.items()
        }
        with self.lock:
            before = {doc_id: self.read(doc_id) for doc_id in lines if doc_id in self._spans}
            self._append_lines(lines)
            for doc_id, new in changes.items():
                self.on_change(doc_id, before.get(doc_id), new)
            if self._dead >= self._compact_above and self._dead * _DEAD_SHARE >= self._tail:
                try:
                    self.compact()
                except StorageFull:  # the lines are safe: try again when twice as much is dead
                    self._compact_above = self._dead * 2

    def replace(
        self,
        documents: Mapping[int, Document],
        others: Tables | None = None,
        bodies: Bodies = _NO_BODIES,
    ) -> None:
        """Store these documents instead of all stored ones, and other tables if passed.

        `bodies` may contain documents as JSON.
        """
        with self.lock:
            if self._checkpoints:
                self.append({**dict.fromkeys(self._spans), **documents}, bodies)
                if others is not None:
                    self.compact(others)
            else:
                before = self.read_all(self._spans)
                lines = ((doc_id, bodies.get(doc_id) or encode(new)) for doc_id, new in documents.items())
                self._rewrite(lines, others)
                for doc_id in reversed(before):  # the newest first: they are last in most orders
                    self.on_change(doc_id, before[doc_id], None)
                for doc_id, new in documents.items():
                    self.on_change(doc_id, None, new)
        self.on_write()

    def checkpoint(self) -> Checkpoint:
        """Return the current state, to roll back to. This costs nothing."""
        with self.lock:
            self._checkpoints.append(Checkpoint(self._tail, self._dead, len(self._changes)))
            return self._checkpoints[-1]

    def rollback(self, checkpoint: Checkpoint) -> None:
        """Go back to a checkpoint and release those after it. The cost depends on what changed since.

        Raises StoreError if the checkpoint was released, StorageFull if the disk refuses.
        """
        with self.lock:
            if checkpoint not in self._checkpoints:
                raise StoreError("this savepoint was released, or the store was rolled back past it")
            changed = _earliest(self._changes[checkpoint.changes :])
            if changed:
                self._restore(checkpoint, changed)
            del self._changes[checkpoint.changes :]
            del self._checkpoints[self._checkpoints.index(checkpoint) + 1 :]
        self.on_write()

    def release(self, checkpoint: Checkpoint) -> None:
        """Forget a checkpoint. Releasing it twice is harmless."""
        with self.lock:
            if checkpoint in self._checkpoints:
                self._checkpoints.remove(checkpoint)
            if not self._checkpoints:
                self._changes.clear()

    def compact(self, others: Tables | None = None) -> None:
        """Rewrite the log without dead bytes, and with the other tables `others` if passed.

        Checkpoints stay valid. Raises StorageFull.
        """
        with self.lock:
            self._detach_checkpoints()
            self._rewrite(zip(self._spans, self._bodies(self._spans.values()), strict=True), others)

    def sync(self) -> None:
        """Return when everything written survives a loss of power. Waiting threads share one sync.

        Raises StorageFull if the disk refuses: a loss of power may lose what was written then.
        """
        due = self._writes
        with self._syncing:
            if self._synced >= due:
                return
            due = self._writes
            try:
                self._backend.sync()
            except OSError as error:
                raise StorageFull(f"what was stored is not safe: {error.strerror}") from error
            self._synced = due

    def close(self) -> None:
        """Close the backend."""
        with self.lock, self._syncing:
            self._backend.close()

    def _load(self, data: bytes) -> None:
        empty = head(self.table, {})
        if data == empty + TAIL:
            self._start(empty, {})
            return
        size, data = len(data), data.rstrip(b"\0")  # a loss of power leaves zeros where no data arrived
        parsed = parse_head(data, self.table)
        if parsed is None:  # TinyDB itself wrote the file; a document `{}` was removed here before
            tables = parse_tables(data, self.table)
            stored = tables.pop(self.table, {})
            documents = {int(doc_id): document for doc_id, document in stored.items() if document}
            for doc_id, stored_document in documents.items():
                self.check(doc_id, stored_document)
                self.on_change(doc_id, None, stored_document)
            self._rewrite(((doc_id, encode(document)) for doc_id, document in documents.items()), tables)
            return
        start, self.others = parsed
        self._start(start, {})
        for doc_id, span, document in parse_documents(data, len(start)):
            before = self.read(doc_id) if doc_id in self._spans else None
            self._enter(doc_id, span, removed=document is None)
            self._tail = span_end(span)
            if document is not None:
                self.check(doc_id, document)
            self.on_change(doc_id, before, document)
        if self._backend.read(self._tail, len(TAIL) + 1) != TAIL:  # the last write was torn
            try:
                self._write_closing_braces()
            except OSError as error:
                raise StoreError(
                    f"{self._backend.name} has a torn end, which cannot be repaired: {error.strerror}"
                ) from error
            self._backend.report(
                f"had a torn last write: cut off {size - self._tail} bytes after byte {self._tail}"
            )

    def _start(self, start: bytes, spans: dict[int, Span]) -> None:
        """Begin with a head and documents without dead bytes."""
        self._head, self._spans, self._dead = start, spans, 0
        self.last_id = max(self.last_id, max(spans, default=0))
        self._tail = span_end(next(reversed(spans.values()), len(start) << LENGTH_BITS))
        self._compact_above = _LEAST_DEAD

    def _parse(self, body: bytes, doc_id: int) -> Document:
        try:
            document: Document = json.loads(body.decode())  # `decode` spares json detecting the encoding
        except ValueError as error:
            raise StoreCorrupted(
                f'{self._backend.name} was changed by another program: {doc_id} in "{self.table}" '
                "cannot be read any more"
            ) from error
        return document

    def _body(self, span: Span) -> bytes:
        return self._backend.read(span >> LENGTH_BITS, span & LENGTH)

    def _bodies(self, spans: Iterable[Span]) -> Iterator[bytes]:
        """Yield the JSON at `spans`. If one is near the one before, those around it are read with it."""
        window, start, last = b"", 0, -_WINDOW
        for span in spans:
            offset, length = span >> LENGTH_BITS, span & LENGTH
            if not start <= offset <= offset + length <= start + len(window):
                is_near = abs(offset - last) < _WINDOW // 2
                start = max(offset + length - _WINDOW, 0) if is_near and offset < last else offset
                window = self._backend.read(start, max(_WINDOW if is_near else 0, offset + length - start))
            last = offset
            yield window[offset - start : offset - start + length]

    def _append_lines(self, bodies: Mapping[int, bytes]) -> None:
        pieces: list[bytes] = []
        entered, offset = [], self._tail
        for doc_id, body in bodies.items():
            before = separator(doc_id, first=offset == len(self._head))
            pieces += (before, body)
            entered.append((doc_id, (offset + len(before)) << LENGTH_BITS | len(body)))
            offset += len(before) + len(body)
        pieces.append(TAIL)
        self._write_tail(b"".join(pieces))
        for doc_id, span in entered:
            if self._checkpoints:
                self._changes.append((doc_id, self._spans.get(doc_id)))
            self._enter(doc_id, span, removed=bodies[doc_id] == REMOVED)
        self._tail = offset

    def _enter(self, doc_id: int, span: Span, *, removed: bool) -> None:
        """Record the span of a document, and the bytes that are dead now."""
        if doc_id > self.last_id:
            self.last_id = doc_id
        self._dead += self._spans.get(doc_id, 0) & LENGTH
        if not removed:
            self._spans[doc_id] = span
            return
        self._dead += span & LENGTH
        self._spans.pop(doc_id, None)

    def _write_tail(self, data: bytes) -> None:
        try:
            if self._is_torn:
                self._write_closing_braces()
            self._is_torn = True
            self._backend.write(self._tail, data)
            self._is_torn = False
        except OSError as error:
            with suppress(OSError):
                self._write_closing_braces()
            raise StorageFull(f"nothing was stored: {error.strerror}") from error
        self._writes += 1

    def _write_closing_braces(self) -> None:
        self._backend.write(self._tail, TAIL)
        self._backend.truncate(self._tail + len(TAIL))
        self._is_torn = False

    def _rewrite(self, bodies: Iterable[tuple[int, bytes]], others: Tables | None) -> None:
        others = self.others if others is None else others
        start, spans = head(self.table, others), dict[int, Span]()
        try:
            with self._syncing:
                self._backend.replace(file_pieces(start, bodies, spans))
                self._writes += 1
        except OSError as error:
            raise StorageFull(f"nothing was stored: {error.strerror}") from error
        self._start(start, spans)
        self.others, self._is_torn = others, False

    def _restore(self, checkpoint: Checkpoint, changed: dict[int, Old]) -> None:
        bodies = {doc_id: self._body(old) if isinstance(old, int) else old for doc_id, old in changed.items()}
        before = {doc_id: self.read(doc_id) for doc_id in changed}
        if checkpoint.tail is None:
            self._append_lines(
                {doc_id: body or REMOVED for doc_id, body in bodies.items() if body or before[doc_id]}
            )
            checkpoint.tail, checkpoint.dead = self._tail, self._dead
        else:
            self._cut(checkpoint.tail, checkpoint.dead, changed)
        for doc_id in reversed(bodies):
            body = bodies[doc_id]
            self.on_change(doc_id, before[doc_id], None if body is None else json.loads(body))

    def _cut(self, tail: int, dead: int, changed: dict[int, Old]) -> None:
        """End the file at an earlier tail. A kill midway leaves a torn end, which is repaired when opened."""
        try:
            self._backend.truncate(tail)
        except OSError as error:
            raise StorageFull(f"nothing was rolled back: {error.strerror}") from error
        self._tail, self._dead, self._is_torn = tail, dead, True
        self._writes += 1
        for doc_id, old in changed.items():
            if isinstance(old, int):
                self._spans[doc_id] = old
            else:
                self._spans.pop(doc_id, None)
        with suppress(OSError):  # the next write restores the end then
            self._write_closing_braces()

    def _detach_checkpoints(self) -> None:
        """Keep by value what checkpoints need and the log will not contain once it is rewritten.

        Of several changes of a document between two checkpoints the first is enough. A document that was
        added and removed after the last checkpoint needs none.
        """
        if not self._checkpoints:
            return
        changes = list(self._changes)
        self._changes.clear()
        ends = [checkpoint.changes for checkpoint in self._checkpoints[1:]] + [len(changes)]
        for checkpoint, end in zip(self._checkpoints, ends, strict=True):
            start, checkpoint.changes, checkpoint.tail = checkpoint.changes, len(self._changes), None
            for doc_id, old in _earliest(changes[start:end]).items():
                if old is not None or end < len(changes) or doc_id in self._spans:
                    self._changes.append((doc_id, self._body(old) if isinstance(old, int) else old))


def _earliest(changes: list[tuple[int, Old]]) -> dict[int, Old]:
    """Return each document before its first change."""
    first: dict[int, Old] = {}
    for doc_id, old in changes:
        first.setdefault(doc_id, old)
    return first
