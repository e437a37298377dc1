"""What a ledger has to take back to be as it was at a mark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from ..errors import StoreError

Old = int | bytes | None
"""A document before a change: its place in the file, its JSON if that has it no longer, None if new."""


class Moment(Struct):
    """Where a mark stands.

    `undoable` is the number of changes before it. The file ended at `tail` then, with `dead` bytes in it;
    None if the file was laid out anew since, so that it cannot be cut there.
    """

    tail: int | None
    dead: int
    undoable: int


class Undo:
    """The changes since the oldest mark, each with the document before it. Without marks it keeps nothing."""

    def __init__(self) -> None:
        self._changes: Final[list[tuple[int, Old]]] = []
        self._moments: Final[dict[int, Moment]] = {}
        self._last = 0

    def __bool__(self) -> bool:
        return bool(self._moments)

    def mark(self, tail: int, dead: int) -> int:
        """Begin to remember; return the number of this moment."""
        self._last += 1
        self._moments[self._last] = Moment(tail, dead, len(self._changes))
        return self._last

    def release(self, mark: int) -> None:
        """Forget a moment; one that is unknown is forgotten already."""
        self._moments.pop(mark, None)
        if not self._moments:
            self._changes.clear()

    def record(self, doc_id: int, old: int | None) -> None:
        """Note a change."""
        if self._moments:
            self._changes.append((doc_id, old))

    def moment(self, mark: int) -> Moment:
        """Return where a mark stands. Raises StoreError if it is not remembered."""
        try:
            return self._moments[mark]
        except KeyError:
            raise StoreError("this mark was released, or the store went back beyond it") from None

    def since(self, moment: Moment) -> dict[int, Old]:
        """Return the documents that were changed since, as they were at that moment."""
        return _earliest(self._changes[moment.undoable :])

    def reached(self, mark: int) -> None:
        """Forget what came after a mark, to which everything went back."""
        del self._changes[self._moments[mark].undoable :]
        for later in [number for number in self._moments if number > mark]:
            del self._moments[later]

    def move(self, body: Callable[[int], bytes], stays: Callable[[int], bool]) -> None:
        """Prepare for a file that is laid out anew: keep by value what it will not have.

        Of several changes of a document between two marks the first is enough, and what came and went
        (`stays` tells what has not) since the last mark needs none.
        """
        if not self._moments:
            return
        changes = list(self._changes)
        self._changes.clear()
        moments = list(self._moments.values())
        ends = [moment.undoable for moment in moments[1:]] + [len(changes)]
        for moment, end in zip(moments, ends, strict=True):
            start, moment.undoable, moment.tail = moment.undoable, len(self._changes), None
            for doc_id, old in _earliest(changes[start:end]).items():
                if old is not None or end < len(changes) or stays(doc_id):
                    self._changes.append((doc_id, body(old) if isinstance(old, int) else old))


def _earliest(changes: list[tuple[int, Old]]) -> dict[int, Old]:
    first: dict[int, Old] = {}
    for doc_id, old in changes:
        first.setdefault(doc_id, old)
    return first
