"""The two files of a store, and the lock that keeps other processes away from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from ..errors import StoreCorrupted, StoreError
from .backend import PERMISSION_ERRORS, FileBackend
from .changes import ChangeFile
from .layout import people_file
from .locks import FileLock

_EMPTY: Final = 32
"""The most bytes in a file without data."""


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
    people = people_file(path)
    changes = ChangeFile({"events": path, "people": people}, is_synced=synced)
    try:
        changes.recover(log, is_writable=lock is not None)
        _check_sizes(path, people)
    except BaseException:
        if lock is not None:
            lock.release()
        raise
    backends = [FileBackend(file, read_only=lock is None, synced=synced, log=log) for file in (path, people)]
    for backend in backends:
        backend.may_be_torn = lock is None or lock.was_killed
    return backends[0], backends[1], lock, changes


def _check_sizes(*files: Path) -> None:
    """Raise StoreCorrupted if one file is empty, and the other has data."""
    sizes = [file.stat().st_size if file.exists() else None for file in files]
    if 0 in sizes and any(size and size > _EMPTY for size in sizes):
        empty, other = files[sizes.index(0)], files[1 - sizes.index(0)]
        raise StoreCorrupted(
            f"{empty} was truncated: it is empty, {other.name} beside it is not; nothing in it can be saved"
        )
