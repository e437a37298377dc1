"""Snapshots: moments of what is stored, by name."""

from __future__ import annotations

import threading
from itertools import count
from typing import Final

from ..errors import UnknownSnapshot
from ..store.database import Database, Savepoint
from ..tiledesk.model import Dataset


class Snapshots:
    """Takes snapshots of a database and goes back to them, in any order and as often as wanted.

    Taking one costs nothing, going back costs what was changed since. Only who goes back beyond another
    snapshot pays for a copy of that one.
    """

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._lock: Final = threading.Lock()
        self._kept: Final[dict[str, Savepoint | Dataset]] = {}
        self._numbers: Final = count(1)

    def names(self) -> list[str]:
        """Return the names, in the order in which the snapshots were taken."""
        with self._lock:
            return list(self._kept)

    def take(self, name: str | None = None) -> str:
        """Remember what is stored under a name, in place of what it stood for; return the name."""
        with self._lock:
            name = name or f"snapshot-{next(self._numbers)}"
            self._release(name)
            self._kept[name] = self._database.savepoint()
        return name

    def restore(self, name: str) -> None:
        """Go back to a snapshot; raise UnknownSnapshot if there is none of that name."""
        with self._lock, self._database.exclusive():
            kept = self._known(name)
            if isinstance(kept, Dataset):
                self._database.replace(kept)
                return
            self._copy_after(name)
            self._database.rollback(kept)

    def drop(self, name: str) -> None:
        """Forget a snapshot; raise UnknownSnapshot if there is none of that name."""
        with self._lock:
            self._known(name)
            self._release(name)

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            for name in list(self._kept):
                self._release(name)

    def _known(self, name: str) -> Savepoint | Dataset:
        if name not in self._kept:
            raise UnknownSnapshot(name, tuple(self._kept))
        return self._kept[name]

    def _release(self, name: str) -> None:
        kept = self._kept.pop(name, None)
        if isinstance(kept, Savepoint):
            self._database.release(kept)

    def _copy_after(self, name: str) -> None:
        """Copy the snapshots that were taken after another one: going back to that forgets their marks."""
        names = list(self._kept)
        later = [
            other for other in names[names.index(name) + 1 :] if isinstance(self._kept[other], Savepoint)
        ]
        for other in reversed(later):
            mark = self._kept[other]
            if isinstance(mark, Savepoint):
                self._database.rollback(mark)
                self._kept[other] = self._database.dataset()
                self._database.release(mark)
