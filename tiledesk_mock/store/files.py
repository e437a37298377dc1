"""The two files of a store, and the lock that keeps other processes away from them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import StoreError, StoreLocked
from .backend import PERMISSION_ERRORS, FileBackend

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE: Final = 1 << 30  # on Windows others cannot read a locked byte: it must not be in the pid

    def _try_lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Holds `<file>.lock`, which contains the id of this process. It ends with the process at the latest.

    The file itself cannot be locked, because compaction replaces it. Raises StoreLocked, which names the file
    and the process that holds it, and OSError if the lock file cannot be created.
    """

    def __init__(self, path: Path) -> None:
        self._path: Final = path.with_name(path.name + ".lock")
        self._owner: Final = os.getpid()
        self._descriptor: int | None = None
        while self._descriptor is None:
            self._descriptor = self._acquire(path)
        with suppress(OSError):  # on a full disk the lock file does not name its holder
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, b"%d\n" % self._owner)

    def release(self) -> None:
        """Release the lock. A forked child only closes its copy: the lock is its parent's."""
        if self._descriptor is None:
            return
        if os.getpid() == self._owner:
            with suppress(OSError):  # Windows removes no open file; a lock file that remains is harmless
                self._path.unlink()
        os.close(self._descriptor)
        self._descriptor = None

    def _acquire(self, path: Path) -> int | None:
        """Return the locked file; None if its last holder removed it meanwhile."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        try:
            _try_lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise StoreLocked(
                f"{path} is in use by process {self._holder()}: stop that, or choose another file"
            ) from error
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), self._path.stat()):
                return descriptor
        os.close(descriptor)
        return None

    def _holder(self) -> str:
        try:
            return self._path.read_text().strip() or "(unknown)"
        except OSError:
            return "(unknown)"


def open_files(
    path: Path, *, synced: bool, log: Callable[[str], None]
) -> tuple[FileBackend, FileBackend, FileLock | None]:
    """Return the backends of events (`path`) and people (`<name>.people.json` beside it), and the lock.

    The lock is None if the folder is not writable, so that the files are read only. Raises StoreLocked, or
    another StoreError that names the file.
    """
    if not path.name:
        raise StoreError(f"{path} cannot be opened: it is a folder")
    try:
        path = path.resolve()  # a lock or a new file beside a link would be another one
    except (OSError, RuntimeError) as error:  # which one circular links raise depends on the Python version
        raise StoreError(f"{path} cannot be opened: its links lead nowhere") from error
    lock = None
    try:
        lock = FileLock(path)
    except OSError as error:
        if error.errno not in PERMISSION_ERRORS or not path.exists():
            raise StoreError(f"{path} cannot be opened: {error.strerror}") from error
    people = path.with_name(f"{path.stem}.people{path.suffix}")
    events_backend, people_backend = (
        FileBackend(file, read_only=lock is None, synced=synced, log=log) for file in (path, people)
    )
    return events_backend, people_backend, lock
