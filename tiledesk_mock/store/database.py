"""Everything that an emulator stores, in two TinyDB files or in memory."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from ..errors import StorageFull, StoreCorrupted, TiledeskMockError
from ..node.convert import ConversionError, convert
from ..node.json import collector_paused
from ..settings import Durability, InlineSeed
from ..text import number_of
from ..tiledesk.model import Dataset
from .backend import Backend, FileBackend, MemoryBackend
from .changes import perform
from .conversations import Conversations
from .events import TABLE as EVENTS
from .events import Events
from .history import Checkpoint
from .layout import Tables, unusable
from .log import Log
from .records import TABLE as PEOPLE
from .records import EncodedDataset, People, Records, SubscriptionRecords, encode_dataset, records_of
from .tinydb import LogTable, LogTinyDB
from .watch import FileWatch, free_path

if TYPE_CHECKING:
    from .changes import ChangeFile
    from .locks import FileLock

ORIGIN: Final = "origin"
"""The table beside `people` that contains the seed."""

_SYNC_INTERVAL: Final = 1.0


class _SeedPart(Struct, frozen=True):
    """One of the seeds that a file was filled from: the name of a file, or a document as JSON."""

    file: str | None = None
    document: str | None = None


class _Origin(Struct, frozen=True):
    """What the table `origin` contains."""

    seed: tuple[_SeedPart, ...]
    digest: str | None = None


class Savepoint(Struct, frozen=True):
    """A state that the database can be rolled back to."""

    events: Checkpoint
    people: Checkpoint
    expired_below: int


class Database:
    """Events in the TinyDB file `path`, everything else in `<name>.people.json` beside it; or in memory.

    Safe to use from many threads, each of which may take `lock` around several calls. The process has the
    files alone until `close`.

    Args:
        path: the file, which is created if it does not exist. None keeps everything in memory.
        durability: what a write survives once it has returned.
        log: called with a line if a torn write was cut off, or a sync failed.

    Raises StoreLocked, StoreUnrecognized, StoreCorrupted or another StoreError, which names the file.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        durability: Durability = Durability.INTERVAL,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.is_persistent: Final = path is not None
        self._owner: Final = os.getpid()
        self._report: Final = log or (lambda _line: None)
        self.lock: Final = threading.RLock()
        self._file_lock: FileLock | None = None
        self._flusher: Flusher | None = None
        self._watch: FileWatch | None = None
        self._change_file: ChangeFile | None = None
        self._is_open = True
        self._files: tuple[FileBackend, ...] = ()
        events: Backend = MemoryBackend()
        people: Backend = MemoryBackend()
        if path is not None:
            # Imported on first use: most emulators of tests are in memory.
            from .files import open_files

            synced = durability is not Durability.NONE
            with _offering_repair(path), collector_paused():
                events, people, self._file_lock, self._change_file = open_files(
                    path, synced=synced, log=self._report
                )
            self._files = events, people
            if durability is Durability.INTERVAL:
                self._flusher = Flusher(self._sync, _SYNC_INTERVAL)
        self._name: Final = events.name
        self._people_name: Final = people.name
        self._events: Final = Log(EVENTS, events, self.lock)
        self._people: Final = Log(PEOPLE, people, self.lock)
        for one in (self._events, self._people):
            one.change_file = self._change_file
            if self._flusher:
                one.on_write = self._flusher.schedule
            elif self.is_persistent and durability is Durability.ALWAYS:
                one.on_write = one.sync
        self._records: Final = Records(self._people, _table(self._people))
        self.events: Final = Events(self._events, _table(self._events))
        self.people: Final = People(self._records)
        self.conversations: Final = Conversations(self._records)
        self.subscriptions: Final = SubscriptionRecords(self._records)
        try:
            with _offering_repair(path), collector_paused():
                self._events.open()
                self._people.open()
                self._check_seed()
        except BaseException:
            self.close(keep_new=False)
            raise
        if self._files:
            interval = {"interval": 0.0} if durability is Durability.ALWAYS else {}
            self._watch = FileWatch(self._files, self._rescue, self._report, **interval)

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_empty(self) -> bool:
        """Return whether nothing at all is stored."""
        return not self._events and not self._people

    def dataset(self, *, with_events: bool = True) -> Dataset:
        """Return everything that is stored, or everything but the events."""
        with self.lock:
            return Dataset(
                self.people.users(),
                self.people.projects(),
                self.people.project_users(),
                self.people.bots(),
                self.subscriptions.all(),
                tuple(self.events.all()) if with_events else (),
                self.conversations.departments(),
                self.conversations.groups(),
                self.conversations.leads(),
                self.conversations.conversations(),
                self.conversations.all_messages(),
                self.conversations.answers(),
            )

    def exported(self) -> tuple[Dataset, bytes]:
        """Return everything but the events, and the events as the list of a seed, in JSON."""
        with self.lock:
            return self.dataset(with_events=False), self.events.seed_json()

    def replace(
        self,
        dataset: Dataset | EncodedDataset,
        seed: tuple[str, ...] | None = None,
        digest: str | None = None,
    ) -> None:
        """Store a dataset instead of everything stored.

        `seed` names what it was filled from: files, names, or documents as JSON; by default, the one that was
        stored before stays. `digest` is equal for equal seeds.

        Raises StorageFull if the disk refuses: nothing changes then.
        """
        encoded = encode_dataset(dataset) if isinstance(dataset, Dataset) else dataset
        others = None if seed is None else self._others(seed, digest)
        with self._changing():
            writes = [self._records.replacing(encoded, others)]
            if encoded.dataset.events or self._events:
                writes.append(self.events.replacing(encoded.dataset.events))
            perform(writes, self._change_file)
            self.events.index.expired_below = 0

    def add(self, dataset: Dataset) -> None:
        """Store a dataset's records, each in place of the one with its id. Raises as `replace` does."""
        records = tuple(records_of(dataset))
        with self._changing():
            writes = [self._records.putting(records)] if records else []
            if dataset.events:
                writes.append(self.events.adding(dataset.events))
            perform(writes, self._change_file)
            self._people.compact_if_due()
            self._events.compact_if_due()

    @property
    def seed(self) -> tuple[str, ...] | None:
        """Return the seed that `replace` stored, in this run or an earlier one; None without one."""
        return saved_seed(self._people.others)

    @property
    def seed_digest(self) -> str | None:
        """Return the digest that `replace` stored; None without one, as in files of earlier versions."""
        return self._people.others.get(ORIGIN, {}).get("1", {}).get("digest")

    def savepoint(self) -> Savepoint:
        """Return the current state, to roll back to until it is released. This costs nothing."""
        with self.lock:
            return Savepoint(
                self._events.checkpoint(), self._people.checkpoint(), self.events.index.expired_below
            )

    def rollback(self, savepoint: Savepoint) -> None:
        """Go back to a savepoint and release those after it. The cost depends on what changed since.

        Raises StoreError if the savepoint was released, StorageFull if the disk refuses.
        """
        logs = ((self._events, savepoint.events), (self._people, savepoint.people))
        with self._changing():
            writes = [write for log, checkpoint in logs for write in log.rolling_back(checkpoint)]
            perform(writes, self._change_file)
            for log, checkpoint in logs:
                log.forget_since(checkpoint)
            self.events.index.expired_below = savepoint.expired_below

    def release(self, savepoint: Savepoint) -> None:
        """Forget a savepoint."""
        self._events.release(savepoint.events)
        self._people.release(savepoint.people)

    def close(self, *, keep_new: bool = True) -> None:
        """Sync and close the files. Closing twice is harmless.

        `keep_new` is whether files stay that did not exist before this database was opened.
        """
        if not self._is_open or os.getpid() != self._owner:
            return  # in a forked child nothing releases locks that other threads held
        self._is_open = False
        if self._flusher:
            self._flusher.stop()
            self._sync()
        elif self._watch:
            self._check_files()
        if self._watch and not sys.is_finalizing():
            self._watch.log_at_end()
        self._events.close()
        self._people.close()
        for file in () if keep_new else self._files:
            file.remove_if_new()
        if self._file_lock:
            is_changed = self._watch is not None and self._watch.has_loss  # the next start refuses it then
            is_torn = self._events.is_torn or self._people.is_torn
            self._file_lock.release(is_torn=is_torn and not is_changed)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the lock, and flush afterwards."""
        with self.lock:
            yield
        self._events.on_write()
        self._people.on_write()

    def _others(self, seed: tuple[str, ...], digest: str | None) -> Tables:
        """Return the tables beside the people with this seed in them."""
        kinds = ("document" if isinstance(one, InlineSeed) else "file" for one in seed)
        saved = {"seed": [{kind: str(one)} for kind, one in zip(kinds, seed, strict=True)]}
        origin = saved if digest is None else {**saved, "digest": digest}
        return {**self._people.others, ORIGIN: {"1": origin}}

    def _sync(self) -> None:
        try:
            self._events.sync()
            self._people.sync()
        except StorageFull as error:  # in a background thread, or at the end: no caller waits for it
            self._report(f"{self._name}: {error}")
        self._check_files()

    def _check_seed(self) -> None:
        try:
            _ = self.seed
        except StoreCorrupted as error:
            raise StoreCorrupted(f"{self._people_name} {error}") from error

    def _check_files(self) -> None:
        if self._watch and not sys.is_finalizing():  # nothing can be imported, and so copied, then
            with self.lock:
                self._watch.check_late()

    def _rescue(self) -> str:
        """Copy what can still be read to new files, and return a sentence that says where it is."""
        path = free_path(Path(self._name))
        count = len(self.events)
        try:
            events = tuple(self.events.readable())
            with Database(path) as copy:
                copy.replace(replace(self.dataset(with_events=False), events=events))
                copy._events.compact(self._events.others)
                copy._people.compact(self._people.others)
        except (TiledeskMockError, OSError) as error:
            return f"What can be read of it is not saved ({error}): `tiledesk-mock export` may save it"
        which = "All" if len(events) == count else f"{len(events)} of"
        return f"{which} {number_of(count, 'event')} and all people are in {path}: go on with --db {path}"


class Flusher:
    """Calls `flush` in a thread, `interval` seconds after it was scheduled."""

    def __init__(self, flush: Callable[[], None], interval: float) -> None:
        self._flush: Final = flush
        self._interval: Final = interval
        self._due: Final = threading.Event()
        self._stopped: Final = threading.Event()
        self._starting: Final = threading.Lock()
        self._thread: threading.Thread | None = None

    def schedule(self) -> None:
        """Let `flush` be called within the interval. The first call starts the thread."""
        if self._due.is_set():
            return
        self._due.set()
        with self._starting:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="tiledesk-mock sync", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Return when the thread has ended."""
        self._stopped.set()
        self._due.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._due.wait() and not self._stopped.wait(self._interval):
            self._due.clear()
            if self._stopped.is_set():  # then `stop` has set what was just cleared
                return
            self._flush()


@contextmanager
def _offering_repair(path: Path | None) -> Iterator[None]:
    """Say in the error for a damaged file how to repair it."""
    try:
        yield
    except StoreCorrupted as error:
        raise StoreCorrupted(f"{error}: `tiledesk-mock repair {path}`") from error


def saved_seed(tables: Tables) -> tuple[str, ...] | None:
    """Return the seed in the table `origin`; None without one. Raises StoreCorrupted for a wrong field."""
    document = tables.get(ORIGIN, {}).get("1")
    if document is None:
        return None
    try:
        parts = convert(document, _Origin).seed
    except ConversionError as error:
        raise unusable(ORIGIN, 1, error.path, error.problem) from error
    for number, part in enumerate(parts):
        if part.file is None and part.document is None:
            raise unusable(ORIGIN, 1, f"seed[{number}].file", "missing; expected text")
    return tuple(InlineSeed(part.document) if part.document else str(part.file) for part in parts)


def _table(log: Log) -> LogTable:
    return LogTinyDB(log).table(log.table)  # type: ignore[return-value]  # LogTinyDB makes no other
