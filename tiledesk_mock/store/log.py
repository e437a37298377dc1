"""The log of a table: documents are appended to a backend, and read from it when they are needed.

A write puts its lines and the closing braces over the old closing braces, in one call. It costs the same
however much is stored, and the bytes before the tail never change.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ..errors import StorageFull, StoreCorrupted, StoreError, StoreUnrecognized
from .backend import Backend, MemoryBackend
from .changes import ChangeFile, Write, perform
from .history import Checkpoint, History, Old
from .layout import (
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
from .lines import Lines

if TYPE_CHECKING:
    from .salvage import Check

OnChange = Callable[[int, Document | None, Document | None], None]
"""Called with each change: the document's id, its content before and after; None if it does not exist."""

OnReplace = Callable[[Iterable[tuple[int, Document | None]]], None]
"""Called with all documents by id in place of a call for each change.

Of several with an id the last counts; None removes it.
"""

_ENDS: Final = (b"}", b"}}")
"""The closing braces as an editor may leave them: no document is missing before them."""

_DEAD_SHARE: Final = 4
_FEW: Final = 1000
_PAGE: Final = 1 << 12


class Log(Lines):
    """The documents of one table. Safe to use from many threads.

    `backend` contains the bytes, by default memory. Each call takes `lock`; a caller takes it around several
    calls that belong together. A write raises StorageFull if the disk refuses it: nothing is stored then.
    `last_id` is the highest id that a document has had since the log was opened. `check` is called with each
    document that `open` reads, and raises a StoreError for one that cannot be used. `change_file` keeps kills
    from tearing changes of several documents.
    """

    def __init__(
        self, table: str, backend: Backend | None = None, lock: threading.RLock | None = None
    ) -> None:
        super().__init__(table, backend or MemoryBackend(), lock or threading.RLock())
        self.check: Check = lambda _id, _document: None
        self.on_change: OnChange = lambda _id, _before, _after: None
        self.on_replace: OnReplace = lambda documents: deque(documents, 0).clear()
        self.on_write: Callable[[], None] = lambda: None
        self.change_file: ChangeFile | None = None
        self._history: Final = History(self._bodies)

    def open(self) -> None:
        """Read the backend, and call `on_change` with every document. To be called once, before the rest.

        Raises a StoreError that names the file, and does not change the file, if it cannot be used.
        """
        data = b""
        try:
            data = self._backend.open(head(self.table, {}) + TAIL)
            self._load(data)
        except BaseException as error:
            self._backend.close()
            if isinstance(error, StoreUnrecognized):
                raise StoreUnrecognized(f"{self._backend.name} {error}") from error
            if isinstance(error, StoreCorrupted):
                # Imported on first use: few files are damaged.
                from .salvage import salvage

                saved = salvage(data, self.table, self.check).size_text(len(data))
                raise StoreCorrupted(f"{self._backend.name} {error}; {saved} can be saved") from error
            raise

    def append(self, changes: Mapping[int, Document | None], *, may_tear: bool = False) -> None:
        """Store documents by id, and remove those whose document is None: all of them or none.

        The caller calls `on_write` afterwards, without the lock.
        With `may_tear` a kill may leave the first of them.
        Raises TypeError for a value that JSON does not have.
        """
        with self.lock:
            if len(changes) == 1:
                ((doc_id, new),) = changes.items()
                self._append_one(doc_id, new)
            else:
                perform([self.appending(changes)], None if may_tear else self.change_file)
            self.compact_if_due()

    def appending(self, changes: Mapping[int, Document | None]) -> Write:
        """Return the write of `append`, for `perform`, under the lock."""

        def follow() -> None:
            for doc_id, new in changes.items():
                self.on_change(doc_id, before.get(doc_id), new)

        before = self.read_all(changes)
        lines = {doc_id: REMOVED if new is None else encode(new) for doc_id, new in changes.items()}
        return self._appending(lines, follow)

    def replace(self, documents: Mapping[int, Document], others: Tables | None = None) -> None:
        """Store these documents instead of all stored ones, and other tables if passed."""
        lines = ((doc_id, encode(document)) for doc_id, document in documents.items())
        with self.lock:
            write = self.replacing(lines, documents, others, lambda: self.on_replace(documents.items()))
            perform([write], self.change_file)
        self.on_write()

    def replacing(
        self,
        lines: Iterable[tuple[int, bytes]],
        ids: Iterable[int],
        others: Tables | None,
        follow: Callable[[], None],
    ) -> Write:
        """Return the write that stores `lines` instead of all documents, for `perform`, under the lock.

        Args:
            lines: the documents with these `ids` as JSON.
            ids: all of them.
            others: the other tables; None leaves them as they are.
            follow: called afterwards in place of `on_replace`.
        """
        replaced: list[tuple[int, Old]] = []

        def prepare() -> None:
            replaced.extend(self._history.replaced(self._spans, ids))
            write.prepare()

        def finish() -> None:
            self._history.record(replaced)
            follow()

        write = self._rewriting(lines, others, finish)
        return replace(write, prepare=prepare)

    def checkpoint(self) -> Checkpoint:
        """Return the current state, to roll back to. This costs nothing."""
        with self.lock:
            return self._history.checkpoint(self._tail, self._dead)

    def rollback(self, checkpoint: Checkpoint) -> None:
        """Go back to a checkpoint and release those after it. The cost depends on what changed since.

        Raises StoreError if the checkpoint was released, StorageFull if the disk refuses.
        """
        with self.lock:
            perform(self.rolling_back(checkpoint), self.change_file)
            self._history.forget_since(checkpoint)
        self.on_write()

    def rolling_back(self, checkpoint: Checkpoint) -> list[Write]:
        """Return the write of `rollback`, for `perform`, under the lock; none if nothing has changed.

        Raises StoreError if the checkpoint was released. `forget_since` completes the rollback.
        """
        changed = self._history.since(checkpoint)
        if not changed:
            return []
        bodies = dict(self._history.by_value(changed.items()))
        kept = len(self._spans.keys() - bodies.keys())
        is_most = len(bodies) > _FEW and len(bodies) * 2 > kept
        follow = self._refill if is_most else self._following(bodies)
        if checkpoint.tail is not None:
            return [self._cutting(checkpoint, changed, follow)]

        def reattach() -> None:
            checkpoint.tail, checkpoint.dead = self._tail, self._dead
            follow()

        if is_most:
            return [self._rewriting(self._merged(bodies), None, reattach)]
        present = {
            doc_id: body or REMOVED for doc_id, body in bodies.items() if body or doc_id in self._spans
        }
        return [self._appending(present, reattach)]

    def forget_since(self, checkpoint: Checkpoint) -> None:
        """Forget what was changed since a checkpoint, and the checkpoints after it."""
        with self.lock:
            self._history.forget_since(checkpoint)

    def release(self, checkpoint: Checkpoint) -> None:
        """Forget a checkpoint. Releasing it twice is harmless."""
        with self.lock:
            self._history.release(checkpoint)

    def compact(self, others: Tables | None = None) -> None:
        """Rewrite the log without dead bytes, and with the other tables `others` if passed.

        Checkpoints stay valid. Raises StorageFull.
        """
        with self.lock:
            lines = zip(self._spans, self._bodies(self._spans.values()), strict=True)
            perform([self._rewriting(lines, others)], None)

    def compact_if_due(self) -> None:
        """Compact the log if a quarter of it is dead."""
        with self.lock:
            if self._dead >= self._compact_above and self._dead * _DEAD_SHARE >= self._tail:
                try:
                    self.compact()
                except StorageFull:  # the lines are safe: try again when twice as much is dead
                    self._compact_above = self._dead * 2

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
            self.on_replace(documents.items())
            lines = ((doc_id, encode(document)) for doc_id, document in documents.items())
            perform([self._rewriting(lines, tables)], None)
            return
        start, self.others = parsed
        self._start(start, {})
        self.on_replace(self._entered(data, len(start)))
        if self._backend.read(self._tail, len(TAIL) + 1) != TAIL:
            self._repair_end(size, data[self._tail :])

    def _repair_end(self, size: int, end: bytes) -> None:
        """Cut off a torn write. Raises StoreCorrupted if no killed process may have left it."""
        if not self._backend.may_be_torn and end.strip() not in _ENDS:
            raise StoreCorrupted(f"was truncated or changed: its end is missing after byte {self._tail}")
        try:
            self._write_closing_braces()
        except OSError as error:
            raise StoreError(
                f"{self._backend.name} has a torn end, which cannot be repaired: {error.strerror}"
            ) from error
        self._backend.report(
            f"had a torn last write: cut off {size - self._tail} bytes after byte {self._tail}"
        )

    def _entered(self, data: bytes, start: int) -> Iterator[tuple[int, Document | None]]:
        """Yield the documents after the head, which are entered meanwhile."""
        spans, check, span = self._spans, self.check, start << LENGTH_BITS
        for doc_id, span, document in parse_documents(data, start):
            if document is None or doc_id in spans:
                self._enter(doc_id, span, removed=document is None)
            else:
                spans[doc_id] = span
            if document is not None:
                check(doc_id, document)
            yield doc_id, document
        self._tail, self.last_id = span_end(span), max(self.last_id, max(spans, default=0))

    def _append_one(self, doc_id: int, new: Document | None) -> None:
        """Append one document in fewer steps than `_appending` takes."""
        body = REMOVED if new is None else encode(new)
        before = self.read(doc_id) if doc_id in self._spans else None
        start = separator(doc_id, first=self._tail == len(self._head))
        self._write_tail(b"".join((start, body, TAIL)))
        if self._history.checkpoints:
            self._history.changes.append((doc_id, self._spans.get(doc_id)))
        offset = self._tail + len(start)
        self._enter(doc_id, offset << LENGTH_BITS | len(body), removed=new is None)
        self._tail = offset + len(body)
        self.on_change(doc_id, before, new)

    def _appending(self, bodies: Mapping[int, bytes], follow: Callable[[], None]) -> Write:
        data, entered, tail = self._lay_out(bodies)

        def undo() -> None:
            self.is_torn = True
            with suppress(OSError):  # the next write restores the end then
                self._write_closing_braces()

        def finish() -> None:
            self._history.record((doc_id, self._spans.get(doc_id)) for doc_id in bodies)
            for doc_id, span in entered:
                self._enter(doc_id, span, removed=bodies[doc_id] == REMOVED)
            self._tail = tail
            follow()

        return Write(
            table=self.table,
            before=partial(self._cut_state, self._tail),
            after=partial(self._cut_state, tail),
            is_whole=len(bodies) == 1 or self._tail // _PAGE == (self._tail + len(data) - 1) // _PAGE,
            prepare=partial(self._write_tail, data),
            undo=undo,
            sync=self.sync,
            finish=finish,
            close=self.close,
        )

    def _cutting(self, checkpoint: Checkpoint, changed: dict[int, Old], follow: Callable[[], None]) -> Write:
        """Return the write that ends the log at a checkpoint. What a kill leaves is repaired when opened."""
        tail, dead = checkpoint.tail or 0, checkpoint.dead

        def apply() -> None:
            self._backend.truncate(tail)
            self._tail, self._dead, self.is_torn = tail, dead, True
            self._writes += 1
            with suppress(OSError):  # the next write restores the end then
                self._write_closing_braces()

        def finish() -> None:
            for doc_id, old in changed.items():
                if isinstance(old, int):
                    self._spans[doc_id] = old
                else:
                    self._spans.pop(doc_id, None)
            follow()

        return Write(
            table=self.table,
            after=partial(self._cut_state, tail),
            apply=apply,
            sync=self.sync,
            finish=finish,
            close=self.close,
        )

    def _rewriting(
        self,
        lines: Iterable[tuple[int, bytes]],
        others: Tables | None,
        follow: Callable[[], None] = lambda: None,
    ) -> Write:
        tables = self.others if others is None else others
        start, spans = head(self.table, tables), dict[int, Span]()

        def prepare() -> None:
            self._backend.prepare(file_pieces(start, lines, spans))
            self._history.detach(self._spans)

        def apply() -> None:
            with self._syncing:
                self._backend.move_here()
                self._writes += 1

        def finish() -> None:
            self._start(start, spans)
            self.others, self.is_torn = tables, False
            follow()

        return Write(
            table=self.table,
            after=self._backend.prepared_state,
            prepare=prepare,
            apply=apply,
            undo=self._backend.discard,
            finish=finish,
            close=self.close,
        )

    def _refill(self) -> None:
        self.on_replace(self.iterate(self.ids()))

    def _following(self, bodies: dict[int, bytes | None]) -> Callable[[], None]:
        """Return what follows single changes, to these documents."""
        before = self.read_all(bodies)

        def follow() -> None:
            for doc_id, body in reversed(bodies.items()):
                new = None if body is None else json.loads(body)
                if new is not None or doc_id in before:
                    self.on_change(doc_id, before.get(doc_id), new)

        return follow
