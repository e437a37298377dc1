"""All that an emulator remembers, in two TinyDB files or in memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from ..errors import StorageFull
from ..settings import Durability, InlineSeed
from ..tiledesk.model import Dataset
from .events import TABLE as EVENTS
from .events import Events
from .files import Files
from .image import EncodedWorld, encode_world, records_of
from .ledger import Ledger
from .pacer import Pacer
from .people import People
from .registry import TABLE as PEOPLE
from .registry import Registry
from .site import Site
from .subscriptions import Subscriptions
from .table import LedgerDB, LedgerTable

_ORIGIN: Final = "origin"
"""The table, beside that of the people, that says which seed the file was filled from."""


class Savepoint(Struct, frozen=True):
    """A moment that the database can go back to."""

    events: int
    people: int
    floor: int


class Database:
    """Events in the TinyDB file `path`, everything else in `<name>.people.json` beside it; or in memory.

    Safe to use from many threads of one process, which alone has the files until it closes them.

    Args:
        path: the file; it is made if it does not exist. None keeps everything in memory.
        durability: what a write survives once it returned.
        log: gets a line when a write was found torn, and was cut off.

    Raises StoreLocked, StoreUnrecognized, StoreCorrupted or another StoreError, which names the file.

    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        durability: Durability = Durability.INTERVAL,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self._owner: Final = os.getpid()
        self._durability: Final = durability
        self._log: Final = log or (lambda _line: None)
        self._lock: Final = threading.RLock()
        self._ledgers: Final[list[Ledger]] = []
        self._files: Final = Files(path, synced=durability is not Durability.NONE, log=self._log)
        paced = self._files.are_lasting and durability is Durability.INTERVAL
        self._pacer: Final = Pacer(self._sync) if paced else None
        self._is_open = True
        events = self._ledger(EVENTS, self._files.events)
        people = self._people = self._ledger(PEOPLE, self._files.people)
        self._registry: Final = Registry(people, _table(people))
        self.events: Final = Events(events, _table(events))
        self.people: Final = People(self._registry)
        self.subscriptions: Final = Subscriptions(self._registry)
        try:
            self._open(events, people)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing at all is stored."""
        return not any(map(len, self._ledgers))

    def exclusive(self) -> AbstractContextManager[object]:
        """Let what is done while this is entered be one thing for all other threads."""
        return self._lock

    def world(self) -> Dataset:
        """Return everything that is stored."""
        with self._lock:
            return Dataset(
                self.people.users(),
                self.people.projects(),
                self.people.project_users(),
                self.people.bots(),
                self.subscriptions.all(),
                tuple(self.events.all()),
            )

    def replace(self, world: Dataset) -> None:
        """Hold this world and nothing else. Raises StorageFull if the disk refuses: nothing changes then."""
        self.take(encode_world(world))

    def take(self, image: EncodedWorld) -> None:
        """Hold what was made ready, and nothing else. Raises as `replace` does."""
        is_one_write = self.is_empty and not image.world.events
        with self._lock if is_one_write else self._both_or_none():
            self._registry.replace(image)
            self.events.replace(image.world.events)

    def add(self, world: Dataset) -> None:
        """Store a world's records too, in place of those that have their ids. Raises as `replace` does."""
        with self._both_or_none():
            self._registry.put(records_of(world))
            self.events.add_all(world.events)

    @property
    def is_persistent(self) -> bool:
        """Tell whether there is a file that keeps what is stored."""
        return self._files.are_lasting

    @property
    def seed(self) -> tuple[str, ...] | None:
        """Return what `remember_seed` was told, in whatever run; None if nobody ever did."""
        noted = self._people.others.get(_ORIGIN, {}).get("1")
        if noted is None:
            return None
        return tuple(
            InlineSeed(one["document"]) if "document" in one else one["file"] for one in noted["seed"]
        )

    def save_seed(self, seed: tuple[str, ...]) -> None:
        """Note in the file which seed it was filled from: files, names, or documents as JSON.

        Raises StorageFull.
        """
        if seed != self.seed:
            kinds = ("document" if isinstance(one, InlineSeed) else "file" for one in seed)
            noted = [{kind: str(one)} for kind, one in zip(kinds, seed, strict=True)]
            self._people.compact({**self._people.others, _ORIGIN: {"1": {"seed": noted}}})

    def savepoint(self) -> Savepoint:
        """Remember this moment, at no cost. It can be gone back to again and again, until it is released."""
        with self._lock:
            events, people = (ledger.mark() for ledger in self._ledgers)
            return Savepoint(events, people, self.events.floor)

    def rollback(self, savepoint: Savepoint) -> None:
        """Go back to a mark and forget those after it. Costs what was changed since, not what is stored.

        Raises StoreError if the mark is not remembered, StorageFull if the disk refuses.
        """
        with self._lock:
            for ledger, number in zip(self._ledgers, (savepoint.events, savepoint.people), strict=True):
                ledger.rewind(number)
            self.events.floor = savepoint.floor

    def release(self, savepoint: Savepoint) -> None:
        """Forget a mark."""
        for ledger, number in zip(self._ledgers, (savepoint.events, savepoint.people), strict=True):
            ledger.release(number)

    def close(self) -> None:
        """Write out what is left and let the files go. Closing again does nothing."""
        if not self._is_open or os.getpid() != self._owner:
            return  # a forked child has none of the threads that may hold our locks
        self._is_open = False
        if self._pacer:
            self._pacer.stop()
            self._sync()
        for ledger in self._ledgers:
            ledger.close()
        self._files.release()

    @contextmanager
    def _both_or_none(self) -> Iterator[None]:
        """Take back what was written of people if the events, which are written last, are refused."""
        with self._lock:
            _, people = self._ledgers
            mark = people.mark()
            try:
                yield
            except BaseException:
                people.rewind(mark)
                raise
            finally:
                people.release(mark)

    def _open(self, *ledgers: Ledger) -> None:
        for ledger in ledgers:
            ledger.open()
            self._ledgers.append(ledger)

    def _ledger(self, table: str, site: Site) -> Ledger:
        ledger = Ledger(table, site, self._lock)
        if self._files.are_lasting and self._durability is Durability.ALWAYS:
            ledger.on_write = ledger.sync
        elif self._pacer:
            ledger.on_write = self._pacer.wake
        return ledger

    def _sync(self) -> None:
        try:
            for ledger in self._ledgers:
                ledger.sync()
        except StorageFull as refusal:  # of a background thread, or at the end: nobody waits for it
            self._log(f"{self._files.events.name}: {refusal}")


def _table(ledger: Ledger) -> LedgerTable:
    return LedgerDB(ledger).table(ledger.table)  # type: ignore[return-value]  # LedgerDB makes no other
