"""One process per file: a lock beside it, which the operating system takes back when its owner dies."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import StoreLocked

if sys.platform == "win32":
    import msvcrt

    _FAR: Final = 1 << 30  # a locked byte cannot be read by others on Windows: keep it away from the pid

    def _seize(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _seize(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Holds `<file>.lock`, which names this process, for as long as it lives.

    The file itself cannot carry the lock: laying it out anew puts another one in its place. Raises
    StoreLocked, which names the file and its holder, and OSError where no lock file can be made.
    """

    def __init__(self, path: Path) -> None:
        self._path: Final = path.with_name(path.name + ".lock")
        self._owner: Final = os.getpid()
        self._descriptor: int | None = None
        while self._descriptor is None:
            self._descriptor = self._taken(path)
        with suppress(OSError):  # on a full disk nobody is told who holds it
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, b"%d\n" % self._owner)

    def release(self) -> None:
        """Let others have the file. A forked child only forgets the lock, which is its parent's."""
        if self._descriptor is None:
            return
        if os.getpid() == self._owner:
            with suppress(OSError):  # Windows removes no open file; a lock file that stays harms nobody
                self._path.unlink()
        os.close(self._descriptor)
        self._descriptor = None

    def _taken(self, path: Path) -> int | None:
        """Return the locked file, or None if its last holder removed it in the meantime."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        try:
            _seize(descriptor)
        except OSError as refusal:
            os.close(descriptor)
            raise StoreLocked(
                f"{path} is in use by process {self._holder()}: stop that, or choose another file"
            ) from refusal
        if self._is_current(descriptor):
            return descriptor
        os.close(descriptor)
        return None

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False

    def _holder(self) -> str:
        try:
            return self._path.read_text().strip() or "(unknown)"
        except OSError:
            return "(unknown)"
