"""The lines of a table in its backend: where each document lies, how it is read and how it is appended."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Final
from zlib import crc32

from ..errors import StorageFull, StoreCorrupted, StoreError
from ..node.json import load_json
from .backend import Backend
from .changes import CHECKED
from .layout import (
    LENGTH,
    LENGTH_BITS,
    TAIL,
    Document,
    Span,
    Tables,
    separator,
    span_end,
)

_BATCH: Final = 500
_WINDOW: Final = 1 << 16
LEAST_DEAD: Final = 1 << 16
"""Up to so many dead bytes a log is not compacted."""


class Lines:
    """Where the documents of a table lie in a backend. `Log` is what others use.

    `is_torn` is whether the closing braces may be missing in the backend, since the disk refuses them.
    The lines end at the tail, before the closing braces. Bytes are dead if no document that exists is there.
    """

    def __init__(self, table: str, backend: Backend, lock: threading.RLock) -> None:
        self.table: Final = table
        self.lock: Final = lock
        self.others: Tables = {}
        self._backend: Final[Backend] = backend
        self._syncing: Final = threading.Lock()
        self._writes = self._synced = 0
        self.is_torn = False
        self.last_id, self._compact_above = 0, LEAST_DEAD
        self._start(b"", {})

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
        if body is None:
            return None
        try:
            document: Document = json.loads(body.decode())  # `decode` spares json detecting the encoding
        except ValueError as error:
            raise self._unreadable(doc_id) from error
        return document

    def read_all(self, doc_ids: Iterable[int]) -> dict[int, Document]:
        """Return the documents that exist of `doc_ids`, in that order."""
        with self.lock:
            found = [doc_id for doc_id in doc_ids if doc_id in self._spans]
            text = self.json_of(found)
        try:
            return dict(zip(found, load_json(text), strict=True))
        except ValueError:
            return {doc_id: document for doc_id in found if (document := self.read(doc_id)) is not None}

    def json_of(self, doc_ids: Iterable[int]) -> bytes:
        """Return documents that exist as a JSON list, as they are written in the backend."""
        with self.lock:
            return b"[%b]" % b",".join(self._bodies(list(map(self._spans.__getitem__, doc_ids))))

    def iterate(self, doc_ids: Iterable[int]) -> Iterator[tuple[int, Document]]:
        """Yield the documents that exist of `doc_ids` with their ids. They are read in batches."""
        ids = iter(doc_ids)
        while batch := list(islice(ids, _BATCH)):
            yield from self.read_all(batch).items()

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
            if self.is_torn:
                with suppress(OSError, StoreError):
                    self._write_closing_braces()
            self._backend.close()

    def _start(self, start: bytes, spans: dict[int, Span]) -> None:
        """Begin with a head and documents without dead bytes."""
        self._head, self._spans, self._dead = start, spans, 0
        self.last_id = max(self.last_id, max(spans, default=0))
        self._tail = span_end(next(reversed(spans.values()), len(start) << LENGTH_BITS))
        self._compact_above = LEAST_DEAD

    def _unreadable(self, doc_id: int) -> StoreCorrupted:
        """Return the error for a document whose JSON is broken now."""
        return StoreCorrupted(
            f'{self._backend.name} was changed by another program: {doc_id} in "{self.table}" '
            "cannot be read any more"
        )

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

    def _merged(self, changed: Mapping[int, bytes | None]) -> Iterator[tuple[int, bytes]]:
        """Yield all documents as JSON, those in `changed` as they are there."""
        kept = {doc_id: span for doc_id, span in self._spans.items() if doc_id not in changed}
        yield from zip(kept, self._bodies(kept.values()), strict=True)
        yield from ((doc_id, body) for doc_id, body in changed.items() if body is not None)

    def _lay_out(self, bodies: Mapping[int, bytes]) -> tuple[bytes, list[tuple[int, Span]], int]:
        """Return the bytes that append documents, where each of them is then, and the tail."""
        pieces: list[bytes] = []
        entered, offset = [], self._tail
        for doc_id, body in bodies.items():
            before = separator(doc_id, first=offset == len(self._head))
            pieces += (before, body)
            entered.append((doc_id, (offset + len(before)) << LENGTH_BITS | len(body)))
            offset += len(before) + len(body)
        pieces.append(TAIL)
        return b"".join(pieces), entered, offset

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
            if self.is_torn:
                self._write_closing_braces()
            self.is_torn = True
            self._backend.write(self._tail, data)
            self.is_torn = False
        except OSError as error:
            with suppress(OSError):
                self._write_closing_braces()
            raise StorageFull(f"nothing was stored: {error.strerror}") from error
        self._writes += 1

    def _write_closing_braces(self) -> None:
        self._backend.write(self._tail, TAIL)
        self._backend.truncate(self._tail + len(TAIL))
        self.is_torn = False

    def _cut_state(self, tail: int) -> dict[str, int]:
        start = max(tail - CHECKED, 0)
        return {"end": tail, "crc": crc32(self._backend.read(start, tail - start))}
