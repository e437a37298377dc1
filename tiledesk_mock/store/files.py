"""The two files of a store, and the lock that keeps other processes away from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..errors import StoreError
from .backend import PERMISSION_ERRORS, FileBackend
from .changes import ChangeFile
from .locks import FileLock


def open_files(
    path: Path, *, synced: bool, log: Callable[[str], None]
) -> tuple[FileBackend, FileBackend, FileLock | None, ChangeFile]:
    """Return the backends of events (`path`) and people (`<name>.people.json`), the lock, the change file.

    A change that an earlier process left is finished or undone. The lock is None if the folder is not
    writable, so that the files are read only. Raises StoreLocked, or another StoreError that names the file.
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
    changes = ChangeFile({"events": path, "people": people}, is_synced=synced)
    try:
        changes.recover(log, is_writable=lock is not None)
    except BaseException:
        if lock is not None:
            lock.release()
        raise
    events_backend, people_backend = (
        FileBackend(file, read_only=lock is None, synced=synced, log=log) for file in (path, people)
    )
    return events_backend, people_backend, lock, changes
