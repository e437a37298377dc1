"""The bytes under a log: an open file, or memory with the same operations."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import inf
from pathlib import Path
from time import monotonic
from typing import Final

from ..errors import StoreError
from ..files import BINARY, sync, sync_folder, write_file, write_temporary
from .changes import new_file
from .locks import lock_content, unlock_content

PERMISSION_ERRORS: Final = (errno.EACCES, errno.EPERM, errno.EROFS)


class MemoryBackend:
    """Bytes in memory."""

    name: Final = "memory"
    may_be_torn: Final = True

    def __init__(self) -> None:
        self._bytes = self._prepared = bytearray()

    def open(self, initial: bytes) -> bytes:
        """Return the content, which is `initial`."""
        self._bytes = bytearray(initial)
        return initial

    def read(self, offset: int, length: int) -> bytes:
        """Return a copy of the bytes at `offset`."""
        return bytes(self._bytes[offset : offset + length])

    def write(self, offset: int, data: bytes) -> None:
        """Write `data` at `offset`, over the bytes there and past the end."""
        self._bytes[offset : offset + len(data)] = data

    def truncate(self, size: int) -> None:
        """Remove the bytes after `size`."""
        del self._bytes[size:]

    def prepare(self, pieces: Iterable[bytes]) -> None:
        """Keep the joined `pieces` as the next content."""
        self._prepared = bytearray(b"".join(pieces))

    def prepared_state(self) -> dict[str, int]:
        """Return the sizes of the next content and of this one."""
        return {"size": len(self._prepared), "was": len(self._bytes)}

    def move_here(self) -> None:
        """Replace the content by the prepared one."""
        self._bytes, self._prepared = self._prepared, bytearray()

    def discard(self) -> None:
        """Forget the prepared content."""
        self._prepared = bytearray()

    def sync(self) -> None:
        """Do nothing: memory does not survive its process."""

    def report(self, message: str) -> None:
        """Do nothing: nothing goes wrong in memory."""

    def close(self) -> None:
        """Do nothing: the content can still be read."""


class FileBackend:
    """A file. A refused operation raises OSError.

    Args:
        path: the file; it is created if it does not exist.
        read_only: open the file for reading only. A file without write permission is opened so, too.
        synced: a new or replaced file survives a loss of power.
        log: called with one line if the file cannot be written, and if its end was repaired.

    `may_be_torn` is whether the last process that had it was killed, perhaps in the middle of a write.
    `check` is called before a write if the file has not the size that it was left with, and from the time
    `check_due` of the monotonic clock on; it may raise OSError. `is_unchecked`: a write went without it.
    """

    def __init__(self, path: Path, *, read_only: bool, synced: bool, log: Callable[[str], None]) -> None:
        self.name: Final = str(path)
        self._path: Final = path
        self._new: Final = new_file(path)
        self._is_writable = not read_only
        self._synced: Final = synced
        self._log: Final = log
        self._owner: Final = os.getpid()
        self._seeking: Final = threading.Lock()
        self.may_be_torn = True
        self._descriptor = -1
        self._size = 0
        self._is_new = False
        self.check: Callable[[], None] = lambda: None
        self.check_due, self.is_unchecked = inf, False

    def open(self, initial: bytes) -> bytes:
        """Open the file and return its content. A new or empty file gets the content `initial` first.

        Raises StoreError if the file cannot be opened.
        """
        try:
            if not self._path.exists():
                write_file(self._path, [initial], synced=self._synced, name=self._new.name)
                self._is_new = True
            elif not self._path.stat().st_size:
                self._path.write_bytes(initial)
            self._use(self._open_existing())
            if not self._is_writable:
                self.report("may only be read: nothing will be stored in it")
            elif os.fstat(self._descriptor).st_nlink > 1:
                self.report(
                    "has several hard links: its other names keep the old content once it is rewritten"
                )
            return self._path.read_bytes()
        except OSError as error:
            raise StoreError(f"{self._path} cannot be opened: {error.strerror}") from error

    if sys.platform == "win32":  # where a file has one position, and an open file cannot be replaced

        def read(self, offset: int, length: int) -> bytes:
            """Return the bytes at `offset`."""
            with self._seeking:
                os.lseek(self._opened(), offset, os.SEEK_SET)
                return os.read(self._descriptor, length)

        def _write_some(self, descriptor: int, offset: int, data: bytes | memoryview) -> int:
            with self._seeking:
                os.lseek(descriptor, offset, os.SEEK_SET)
                return os.write(descriptor, data)

        def _move_here(self, temporary: Path) -> None:
            self.close()
            try:
                temporary.replace(self._path)
            finally:
                self._use(self._open_existing())

    else:

        def read(self, offset: int, length: int) -> bytes:
            """Return the bytes at `offset`."""
            return os.pread(self._opened(), length, offset)

        def _write_some(self, descriptor: int, offset: int, data: bytes | memoryview) -> int:
            return os.pwrite(descriptor, data, offset)

        def _move_here(self, temporary: Path) -> None:
            descriptor = os.open(temporary, BINARY | os.O_RDWR)
            try:
                temporary.replace(self._path)
            except BaseException:
                os.close(descriptor)
                raise
            self.close()
            self._use(descriptor)

    def find_change(self) -> str | None:
        """Return what another program did to the file since it was opened, as in "was deleted"; or None."""
        if self._descriptor < 0:
            return None
        size = os.lseek(self._descriptor, 0, os.SEEK_END)
        if size < self._size:
            return f"was truncated from {self._size} to {size} bytes"
        if size > self._size:
            return f"was changed from {self._size} to {size} bytes"
        if os.name == "nt":  # where an open file cannot be deleted, moved or replaced
            return None
        opened = os.fstat(self._descriptor)
        try:
            if os.path.samestat(self._path.stat(), opened):
                return None
        except (FileNotFoundError, NotADirectoryError):
            return "was moved, or its folder was," if opened.st_nlink else "was deleted"
        except OSError:  # access to the folder was taken away: the file is as it was
            return None
        return "was replaced"

    def write(self, offset: int, data: bytes) -> None:
        """Write `data` at `offset`. Raises StoreError in a process that was forked from the owner."""
        self._check_writable()
        end = offset + len(data)
        try:
            written = self._write_some(self._descriptor, offset, data)
            if written < len(data):
                self._write_all(self._descriptor, offset + written, data[written:])
        except OSError:
            self._size = os.lseek(self._descriptor, 0, os.SEEK_END)
            raise
        if end > self._size:
            self._size = end

    def truncate(self, size: int) -> None:
        """Remove the bytes after `size`."""
        self._check_writable()
        os.ftruncate(self._descriptor, size)
        self._size = size

    def prepare(self, pieces: Iterable[bytes]) -> None:
        """Write the joined `pieces` to a second file, `<name>.new`."""
        self._check_writable()
        write_temporary(self._path, pieces, synced=self._synced, name=self._new.name)

    def prepared_state(self) -> dict[str, int]:
        """Return the sizes in bytes of the second file and of this one."""
        return {"size": self._new.stat().st_size, "was": self._path.stat().st_size}

    def move_here(self) -> None:
        """Put the second file in place of this one, or change nothing."""
        self._check_writable()
        self._move_here(self._new)
        if self._synced:
            sync_folder(self._path.parent)

    def discard(self) -> None:
        """Remove the second file, if there is one."""
        with suppress(OSError):  # the next start removes it
            self._new.unlink(missing_ok=True)

    def sync(self) -> None:
        """Return when everything written survives a loss of power. Does nothing for a closed file."""
        if self._descriptor >= 0:
            sync(self._descriptor)

    def report(self, message: str) -> None:
        """Log a line that begins with the path."""
        self._log(f"{self._path} {message}")

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        if self._descriptor >= 0:
            if os.getpid() == self._owner:
                unlock_content(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def remove_if_new(self) -> None:
        """Remove the closed file if `open` created it."""
        if self._is_new:
            self._path.unlink(missing_ok=True)

    def _use(self, descriptor: int) -> None:
        self._descriptor = descriptor
        if self._is_writable:
            lock_content(descriptor, self._path)
        self._size = os.lseek(self._descriptor, 0, os.SEEK_END)

    def _open_existing(self) -> int:
        if self._is_writable:
            try:
                return os.open(self._path, BINARY | os.O_RDWR)
            except OSError as error:
                if error.errno not in PERMISSION_ERRORS:
                    raise
                self._is_writable = False
        return os.open(self._path, BINARY | os.O_RDONLY)

    def _write_all(self, descriptor: int, offset: int, data: bytes) -> None:
        written = self._write_some(descriptor, offset, data)
        while written < len(data):  # a disk that becomes full takes a part before it refuses the rest
            written += self._write_some(descriptor, offset + written, memoryview(data)[written:])

    def _check_writable(self) -> None:
        if self._descriptor < 0:
            self._opened()
        if not self._is_writable:
            raise OSError(errno.EROFS, "the file may only be read")
        if os.getpid() != self._owner:
            raise StoreError(
                "the store belongs to the process that opened it, and this one was forked from it"
            )
        if os.lseek(self._descriptor, 0, os.SEEK_END) != self._size or monotonic() >= self.check_due:
            self.check()
        else:
            self.is_unchecked = True

    def _opened(self) -> int:
        if self._descriptor < 0:
            raise StoreError("the file was closed, with its emulator: what it holds is in it")
        return self._descriptor


Backend = MemoryBackend | FileBackend
