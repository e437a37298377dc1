"""The two files of a store, and the lock that keeps others away from them."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ..errors import StoreError
from .lock import FileLock
from .site import FileSite, MemorySite, Site

_REFUSED: Final = (errno.EACCES, errno.EPERM, errno.EROFS)


class Files:
    """The sites of events and people: `path` and `<name>.people.json` beside it, or memory for None.

    Holds the lock until it is released. Where no lock can be made because the folder may not be written,
    the files are only read. Raises StoreLocked, or another StoreError that names the file.
    """

    def __init__(self, path: Path | None, *, synced: bool, log: Callable[[str], None]) -> None:
        self.are_lasting: Final = path is not None
        self._lock: FileLock | None = None
        self.events: Site = MemorySite()
        self.people: Site = MemorySite()
        if path is not None:
            if not path.name:
                raise StoreError(f"{path} cannot be opened: it is a folder")
            path = _followed(path)
            self._lock = _locked(path)
            beside = path.with_name(f"{path.stem}.people{path.suffix}")
            is_free = self._lock is not None
            self.events = FileSite(path, read_only=not is_free, synced=synced, log=log)
            self.people = FileSite(beside, read_only=not is_free, synced=synced, log=log)

    def release(self) -> None:
        """Let others have the files."""
        if self._lock:
            self._lock.release()


def _followed(path: Path) -> Path:
    """Return the file behind links: a link beside it would lock, and replace, another one."""
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # what it is for links in a circle depends on the Python
        raise StoreError(f"{path} cannot be opened: its links lead nowhere") from error


def _locked(path: Path) -> FileLock | None:
    try:
        return FileLock(path)
    except OSError as error:
        if error.errno in _REFUSED and path.exists():
            return None
        raise StoreError(f"{path} cannot be opened: {error.strerror}") from error
