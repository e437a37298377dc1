"""What changed in a log since its checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from ..errors import StoreError
from .layout import Span

Old = Span | bytes | None
"""A document before a change: its span, its JSON if the file does not contain it any more, None if new."""


class Checkpoint(Struct, eq=False):
    """A state of a log that it can be rolled back to.

    `changes` is the number of recorded changes before it. The log ended at `tail`, with `dead` bytes in it;
    `tail` is None if the log was rewritten since, so that it cannot be cut there.
    """

    tail: int | None
    dead: int
    changes: int


class History:
    """The `checkpoints` of a log in order, and the `changes` since the first: each document before it.

    `bodies` returns the JSON at spans of the log.
    """

    def __init__(self, bodies: Callable[[Iterable[Span]], Iterator[bytes]]) -> None:
        self._bodies: Final = bodies
        self.checkpoints: Final[list[Checkpoint]] = []
        self.changes: Final[list[tuple[int, Old]]] = []

    def checkpoint(self, tail: int, dead: int) -> Checkpoint:
        """Add a checkpoint of a log that ends at `tail`, with `dead` bytes in it."""
        self.checkpoints.append(Checkpoint(tail, dead, len(self.changes)))
        return self.checkpoints[-1]

    def record(self, changes: Iterable[tuple[int, Old]]) -> None:
        """Record documents before their changes; nothing if there is no checkpoint."""
        if self.checkpoints:
            self.changes.extend(changes)

    def since(self, checkpoint: Checkpoint) -> dict[int, Old]:
        """Return each document that was changed since a checkpoint, as it was there.

        Raises StoreError if the checkpoint was released.
        """
        if checkpoint not in self.checkpoints:
            raise StoreError("this savepoint was released, or the store was rolled back past it")
        return _earliest(self.changes[checkpoint.changes :])

    def latest(self) -> dict[int, Old]:
        """Return each document that was changed since the last checkpoint, as it was there."""
        return _earliest(self.changes[self.checkpoints[-1].changes :]) if self.checkpoints else {}

    def replaced(self, stored: Mapping[int, Span], ids: Iterable[int]) -> Iterator[tuple[int, Old]]:
        """Yield what checkpoints need once documents with these `ids` replace all that are `stored`."""
        if self.checkpoints:
            recorded = self.latest()
            yield from self.by_value(
                (doc_id, span) for doc_id, span in stored.items() if doc_id not in recorded
            )
            yield from ((doc_id, None) for doc_id in ids if doc_id not in stored)

    def forget_since(self, checkpoint: Checkpoint) -> None:
        """Forget the changes and checkpoints after a checkpoint, which the log was rolled back to."""
        del self.changes[checkpoint.changes :]
        del self.checkpoints[self.checkpoints.index(checkpoint) + 1 :]

    def release(self, checkpoint: Checkpoint) -> None:
        """Forget a checkpoint. Releasing it twice is harmless."""
        if checkpoint in self.checkpoints:
            self.checkpoints.remove(checkpoint)
        if not self.checkpoints:
            self.changes.clear()

    def detach(self, stored: Container[int]) -> None:
        """Keep by value what checkpoints need and the log will not contain once it is rewritten.

        Of several changes of a document between two checkpoints the first is enough. A document that was
        added and removed (is not `stored`) after the last checkpoint needs none.
        """
        if not self.checkpoints:
            return
        changes, needed = list(self.changes), list[tuple[int, Old]]()
        ends = [checkpoint.changes for checkpoint in self.checkpoints[1:]] + [len(changes)]
        for checkpoint, end in zip(self.checkpoints, ends, strict=True):
            start, checkpoint.changes, checkpoint.tail = checkpoint.changes, len(needed), None
            needed += (
                (doc_id, old)
                for doc_id, old in _earliest(changes[start:end]).items()
                if old is not None or end < len(changes) or doc_id in stored
            )
        self.changes[:] = self.by_value(needed)

    def by_value(self, changes: Iterable[tuple[int, Old]]) -> Iterator[tuple[int, bytes | None]]:
        """Yield documents before their changes as JSON, however they were recorded."""
        changes = list(changes)
        bodies = self._bodies(old for _, old in changes if isinstance(old, int))
        for doc_id, old in changes:
            yield doc_id, next(bodies) if isinstance(old, int) else old


def _earliest(changes: list[tuple[int, Old]]) -> dict[int, Old]:
    """Return each document before its first change."""
    first: dict[int, Old] = {}
    for doc_id, old in changes:
        first.setdefault(doc_id, old)
    return first
