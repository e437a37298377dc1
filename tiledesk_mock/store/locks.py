"""Locks on files, which keep other processes away, and the process that holds one."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import StoreLocked

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE: Final = 1 << 30  # on Windows others cannot read a locked byte: it must not be in the pid

    def _try_lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def lock_content(descriptor: int, path: Path) -> None:
        """Do nothing: on Windows others could not read what is locked."""

    def unlock_content(descriptor: int) -> None:
        """Do nothing."""

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def lock_content(descriptor: int, path: Path) -> None:
        """Lock an open file under whatever names it has. Others can read it all the same.

        Raises StoreLocked, which names the file and the process that holds it.
        """
        try:
            _try_lock(descriptor)
        except BlockingIOError as error:
            raise _locked(path, descriptor, "") from error
        except OSError:  # this file system has no locks
            pass

    def unlock_content(descriptor: int) -> None:
        """Unlock an open file, for the children as well that were forked and still have it open."""
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)


class FileLock:
    """Holds `<file>.lock`, which contains the id of this process. It ends with the process at the latest.

    It belongs to the name of the file, since compaction replaces the file. Raises StoreLocked, which names
    the file and the process that holds it, and OSError if the lock file cannot be created or locked.
    `was_killed` is whether the last holder did not release it, or left a torn file.
    """

    def __init__(self, path: Path) -> None:
        self._path: Final = path.with_name(path.name + ".lock")
        self._owner: Final = os.getpid()
        self._descriptor: int | None = None
        while self._descriptor is None:
            self._descriptor = self._acquire(path)
        self.was_killed: Final = bool(os.read(self._descriptor, 1))
        with suppress(OSError):  # on a full disk the lock file does not name its holder
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, b"%d\n" % self._owner)

    def release(self, *, is_torn: bool = False) -> None:
        """Release the lock. A forked child only closes its copy: the lock is its parent's.

        With `is_torn` the next holder finds what it finds after a kill, and repairs the end of the file.
        """
        if self._descriptor is None:
            return
        if os.getpid() == self._owner and not is_torn:
            with suppress(OSError):  # Windows removes no open file: one that remains is empty
                os.ftruncate(self._descriptor, 0)
                self._path.unlink()
        os.close(self._descriptor)
        self._descriptor = None

    def _acquire(self, path: Path) -> int | None:
        """Return the locked file; None if its last holder removed it meanwhile."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        try:
            _try_lock(descriptor)
        except (BlockingIOError, PermissionError) as error:  # the latter is that of Windows
            refusal = _locked(path, descriptor, self._written_pid())
            os.close(descriptor)
            raise refusal from error
        except OSError:
            os.close(descriptor)
            raise
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), self._path.stat()):
                return descriptor
        os.close(descriptor)
        return None

    def _written_pid(self) -> str:
        try:
            return self._path.read_text().strip()
        except OSError:
            return ""


def _locked(path: Path, descriptor: int, taken_by: str) -> StoreLocked:
    """Return the error for a file that is locked. `taken_by` is the process that took the lock, if known."""
    holder = _holder(_processes_with_lock(os.fstat(descriptor)), taken_by)
    return StoreLocked(f"{path} is in use by {holder}: stop that, or choose another file")


def _holder(holders: list[str], taken_by: str) -> str:
    """Return the process that holds a lock, in words. A forked child holds the lock of its parent, too."""
    if taken_by in holders:
        return f"process {taken_by}"
    if holders and taken_by:
        return f"process {holders[0]}, which was forked from {taken_by}, which has ended"
    if holders:
        return f"process {holders[0]}"
    if not taken_by:
        return "another process"
    if sys.platform == "win32":
        return f"process {taken_by}"
    try:
        os.kill(int(taken_by), 0)
    except (ValueError, ProcessLookupError):
        return f"a process that is not seen from here: in another container, or forked from {taken_by}"
    except PermissionError:  # it is another user's
        pass
    return f"process {taken_by}, or by one that was forked from it"


def _processes_with_lock(file: os.stat_result) -> list[str]:
    """Return the ids of the processes that hold a lock on a file, as far as Linux shows them."""
    processes = (one for one in Path("/proc").glob("[0-9]*") if _has_lock(one, file))
    return sorted((process.name for process in processes), key=int)


def _has_lock(process: Path, file: os.stat_result) -> bool:
    with suppress(OSError):  # it has ended, or is another user's
        for opened in (process / "fd").iterdir():
            with suppress(OSError):
                is_same = os.path.samestat(opened.stat(), file)
                if is_same and b"FLOCK" in (process / "fdinfo" / opened.name).read_bytes():
                    return True
    return False
