"""The stored state: its seed, its snapshots, and the lock under which it changes."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final

from ..errors import StoreError, UnknownSnapshot
from ..http.stopwatch import stopwatch
from ..node.json import Json, collector_paused
from ..seeding.records import SeedRecords
from ..seeding.seeds import (
    SeedDocument,
    before_departments,
    default_seed,
    load_documents,
    read_seed,
    seed_digest,
    seed_document,
    seed_documents,
    seed_json,
)
from ..settings import InlineSeed, Settings
from ..store.database import Database, Savepoint
from ..store.records import EncodedDataset, encode_dataset
from ..tiledesk.clock import Clock
from ..tiledesk.ids import Ids
from ..tiledesk.model import Dataset
from ..tiledesk.wire import Document

Exclusive = Callable[[str], AbstractContextManager[None]]
"""Keeps requests and events away while the stored data change."""

_LOCK_TIMEOUT: Final = 5.0
"""Seconds to wait for threads that share a lock: far longer than a response takes."""

_LONG: Final = 1.0
"""Seconds of a change of the stored data that is logged."""

_log: Final = logging.getLogger("tiledesk_mock")

_MAX_SAVED_EVENTS: Final = 1000
"""Up to so many events and messages, a file holds the whole seed again, for resets in later runs."""


class StoredState:
    """Fills a database from the seed and resets it to that; adds other seeds, or replaces everything.

    A seed's times may be relative to `clock`; `ids` and `new_secret` make what it leaves out. `had_data` is
    true if the database was not empty, and so was not filled.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        ids: Ids,
        new_secret: Callable[[], str],
        exclusive: Exclusive,
    ) -> None:
        self._settings: Final = settings
        self._database: Final = database
        self._defaults: Final[dict[str, Any]] = {"clock": clock, "ids": ids, "secret": new_secret}
        self._exclusive: Final = exclusive
        self._adding: Final = threading.RLock()  # re-entrant for signal handlers
        self._savepoint: Savepoint | None = None
        self._checked: tuple[list[SeedDocument], Dataset | None] | None = None
        self.had_data: Final = not database.is_empty and not settings.reseed

    def fill(self) -> None:
        """Fill the database, unless it had data.

        Raises SeedError, or StoreError if it was filled from another seed than the one that is set.
        """
        if not self.had_data:
            with large_change("filling the store"):
                self._fill_from(self._settings.seed)
        elif self._settings.seed and not self._was_filled_from(seed_documents(self._settings.seed)):
            raise StoreError(
                f"{self._settings.db} was filled from another seed, or the seed was edited since: pass "
                "--reseed to start anew, another --db, or --in-memory; leave out --seed to go on with it"
            )

    def check_reset(self) -> None:
        """Raise what would make `reset` fail; nothing has changed then.

        Raises SeedError if the seed can no longer be read, StoreError if the file does not name it.
        """
        if self._savepoint is None:
            clock = Clock()
            records = SeedRecords(clock=clock, ids=Ids(clock), secret=str)
            seed = self._original_seed()
            documents = seed_documents(seed)
            dataset = load_documents(documents, records)
            # Without a seed it is the default one, which is not read here.
            self._checked = documents, dataset if seed and records.is_complete else None

    def reset(self) -> None:
        """Put the database back to the seed."""
        if self._savepoint is None:
            saved = self._database.seed
            is_kept = bool(saved) and all(isinstance(one, InlineSeed) for one in saved or ())
            self._fill_from(self._original_seed(), keeps_digest=is_kept)
        else:
            self._database.rollback(self._savepoint)

    def export(self) -> Document:
        """Return everything that is stored, as a seed."""
        return seed_document(self._database.dataset())

    def exported(self) -> bytes:
        """Return what `export` returns, in compact JSON: in less time, since it may be long."""
        return seed_json(*self._database.exported())

    def add(self, document: Json, source: str) -> dict[str, int]:
        """Add what a seed describes; return the number of added records of each kind.

        Raises SeedError, which calls the seed `source`; nothing was added then.
        """
        with self._adding, large_change("adding a seed"):  # a seed may refer to what another one adds
            records = SeedRecords(
                **self._defaults,
                existing=self._database.dataset(
                    with_events=False
                ),  # the cost does not depend on their number
                has_event=lambda id_event: self._database.events.get(id_event) is not None,
            )
            dataset = read_seed(document, source, records)
            with self._exclusive("added a seed"):
                self._database.add(dataset)
        return {kind: len(getattr(dataset, kind)) for kind in dataset.__struct_fields__}

    def replace(self, document: Json, source: str) -> None:
        """Replace everything by what a seed describes; raise SeedError if it is wrong, and change nothing."""
        with large_change("replacing all data"):
            dataset = read_seed(document, source, SeedRecords(**self._defaults))
            with self._exclusive("replaced all data"):
                self._database.replace(dataset)

    def _fill_from(self, seed: tuple[str | Path, ...], *, keeps_digest: bool = False) -> None:
        """Store a seed instead of everything stored.

        With `keeps_digest` the saved digest stays as it is, also if the file has none.
        """
        documents, dataset = self._checked or (seed_documents(seed), None)
        self._checked = None
        if seed and dataset is None:
            dataset = load_documents(documents, SeedRecords(**self._defaults))
        saved = digest = None
        if self._database.is_persistent:
            saved = _saved_seed(seed, dataset)
            if keeps_digest:
                digest = self._database.seed_digest
            elif documents:
                digest = seed_digest(documents)
        self._database.replace(_encoded_default_seed() if dataset is None else dataset, saved, digest)
        self._savepoint = self._database.savepoint()

    def _original_seed(self) -> tuple[str | Path, ...]:
        """Return the seed that the file was filled from in an earlier run; else the one of the settings."""
        seed = self._database.seed
        if seed is None and not self._settings.seed:
            raise StoreError(
                f"{self._settings.db} does not say what seed it began with: name it, as in --seed default"
            )
        return self._settings.seed if seed is None else seed

    def _was_filled_from(self, documents: list[SeedDocument]) -> bool:
        """Return whether the file was filled from these seeds, whatever they were called then."""
        if self._database.seed == ():
            return seed_digest(documents) == seed_digest(seed_documents(["default"]))
        digest = self._database.seed_digest
        if digest is None:
            return self._includes(documents)
        return digest in (seed_digest(documents), seed_digest(before_departments(documents)))

    def _includes(self, documents: list[SeedDocument]) -> bool:
        """Return whether all users and projects of seeds are stored: an earlier version wrote the file."""
        seed = load_documents(documents, SeedRecords(**self._defaults))
        people = self._database.people
        projects = {project.name for project in people.projects()}
        return all(people.user_by_email(user.email) for user in seed.users) and all(
            project.name in projects for project in seed.projects
        )


class Snapshots:
    """Takes snapshots of a database and restores them, in any order and any number of times.

    Taking one costs nothing, restoring it costs what was changed since. Restoring it also copies the later
    snapshots.
    """

    def __init__(self, database: Database, exclusive: Exclusive) -> None:
        self._database: Final = database
        self._exclusive: Final = exclusive
        self._lock: Final = threading.Lock()
        self._snapshots: Final[dict[str, Savepoint | Dataset]] = {}
        self._numbers: Final = count(1)

    def names(self) -> list[str]:
        """Return the names, in the order in which the snapshots were taken."""
        with self._lock:
            return list(self._snapshots)

    def take(self, name: str | None = None) -> str:
        """Take a snapshot, in place of an earlier one of that name; return its name."""
        with self._lock:
            name = name or f"snapshot-{next(self._numbers)}"
            self._release(name)
            self._snapshots[name] = self._database.savepoint()
        return name

    def restore(self, name: str) -> None:
        """Restore a snapshot; raise UnknownSnapshot if no snapshot has that name."""
        what = f"restored snapshot {name}"
        with large_change("restoring a snapshot"), self._exclusive(what), self._lock, self._database.lock:
            snapshot = self._get(name)
            if isinstance(snapshot, Dataset):
                self._database.replace(snapshot)
                return
            self._copy_later_ones(name)
            self._database.rollback(snapshot)

    def drop(self, name: str) -> None:
        """Drop a snapshot; raise UnknownSnapshot if no snapshot has that name."""
        with self._lock:
            self._get(name)
            self._release(name)

    def clear(self) -> None:
        """Drop all snapshots."""
        with self._lock:
            for name in list(self._snapshots):
                self._release(name)

    def _get(self, name: str) -> Savepoint | Dataset:
        if name not in self._snapshots:
            raise UnknownSnapshot(name, tuple(self._snapshots))
        return self._snapshots[name]

    def _release(self, name: str) -> None:
        snapshot = self._snapshots.pop(name, None)
        if isinstance(snapshot, Savepoint):
            self._database.release(snapshot)

    def _copy_later_ones(self, name: str) -> None:
        """Copy the snapshots that were taken after another one: its rollback invalidates their savepoints."""
        names = list(self._snapshots)
        for later in reversed(names[names.index(name) + 1 :]):
            savepoint = self._snapshots[later]
            if isinstance(savepoint, Savepoint):
                self._database.rollback(savepoint)
                self._snapshots[later] = self._database.dataset()
                self._database.release(savepoint)


class ReadWriteLock:
    """Shared by requests; exclusive for a reset, which waits for earlier requests, and later ones for it.

    No thread waits for itself: a signal handler may run in the middle of a request.
    """

    def __init__(self) -> None:
        self._changed: Final = threading.Condition()
        self._sharing: Final[dict[int, int]] = {}
        self._owner: int | None = None

    def acquire_shared(self) -> None:
        """Share the lock; wait while another thread has it exclusively."""
        thread = threading.get_ident()
        with self._changed:
            while self._owner not in (None, thread):
                self._changed.wait()
            self._sharing[thread] = self._sharing.get(thread, 0) + 1

    def release_shared(self) -> None:
        """Stop sharing the lock."""
        thread = threading.get_ident()
        with self._changed:
            self._sharing[thread] -= 1
            if not self._sharing[thread]:
                del self._sharing[thread]
            if self._owner is not None:
                self._changed.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Have the lock exclusively, five seconds from now even if other threads still share it."""
        thread = threading.get_ident()
        with self._changed:
            while self._owner not in (None, thread):
                self._changed.wait()
            before, self._owner = self._owner, thread
        try:
            with self._changed:
                self._changed.wait_for(lambda: not self._sharing.keys() - {thread}, _LOCK_TIMEOUT)
            yield
        finally:
            with self._changed:
                self._owner = before
                self._changed.notify_all()


@contextmanager
def large_change(what: str) -> Iterator[None]:
    """Change much of the stored data. The log gets a line with the time if it is more than a second."""
    start = stopwatch()
    with collector_paused():
        yield
    seconds = stopwatch() - start
    if seconds > _LONG:
        _log.info("%s took %.1f s", what, seconds)


def _saved_seed(seed: tuple[str | Path, ...], dataset: Dataset | None) -> tuple[str, ...]:
    """Return what a file keeps of its seed: all of it with its ids, or the names of a large one.

    Ids that a large seed leaves out are made anew by a reset in a later run.
    """
    if dataset is not None and len(dataset.events) + len(dataset.messages) <= _MAX_SAVED_EVENTS:
        return (InlineSeed(json.dumps(seed_document(dataset))),)
    return tuple(
        one if isinstance(one, InlineSeed) else str(Path(one).resolve() if Path(one).is_file() else one)
        for one in seed
    )


@cache
def _encoded_default_seed() -> EncodedDataset:
    """Return the default seed as it is stored. It is made once, since most emulators start from it."""
    return encode_dataset(default_seed())
