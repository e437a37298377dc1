"""Where the bytes of a ledger lie: in a file, or in memory with the same few operations."""

from __future__ import annotations

import errno
import os
import sys
import threading
from pathlib import Path
from typing import Final, Protocol

from ..errors import StoreError

if sys.platform == "darwin":
    import fcntl

    def _sync(descriptor: int) -> None:
        try:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync leaves the data in the drive there
        except OSError:  # not every file system can
            os.fsync(descriptor)

else:
    _sync = os.fsync

_BINARY: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_REFUSED: Final = (errno.EACCES, errno.EPERM, errno.EROFS)


class Medium(Protocol):
    """Bytes that are read and written at any place. A refused operation raises OSError."""

    def check(self) -> None:
        """Raise what writing would raise if they may only be read."""

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes at `offset`."""

    def write(self, offset: int, data: bytes) -> None:
        """Put `data` at `offset`, over what is there and beyond."""

    def truncate(self, size: int) -> None:
        """Cut off what lies after `size`."""

    def size(self) -> int:
        """Return how many bytes there are."""

    def sync(self) -> None:
        """Return when everything written survives a loss of power."""

    def close(self) -> None:
        """Let the bytes go."""


class MemoryMedium:
    """Bytes in memory."""

    def __init__(self) -> None:
        self._bytes: Final = bytearray()

    def check(self) -> None:
        """Do nothing: memory may be written."""

    def read(self, offset: int, length: int) -> bytes:
        """Return a copy of the bytes at `offset`."""
        return bytes(self._bytes[offset : offset + length])

    def write(self, offset: int, data: bytes) -> None:
        """Put `data` at `offset`."""
        self._bytes[offset : offset + len(data)] = data

    def truncate(self, size: int) -> None:
        """Cut off what lies after `size`."""
        del self._bytes[size:]

    def size(self) -> int:
        """Return how many bytes there are."""
        return len(self._bytes)

    def sync(self) -> None:
        """Do nothing: memory does not outlive its process."""

    def close(self) -> None:
        """Do nothing: what was there can still be looked at."""


class FileMedium:
    """An open file. One that may not be written is opened for reading, and refuses to be written."""

    def __init__(self, path: Path, *, read_only: bool = False, create: bool = False) -> None:
        self._owner: Final = os.getpid()
        self._turn: Final = threading.Lock()
        self._descriptor, self._is_writable = _opened(path, read_only=read_only, create=create)

    if hasattr(os, "pread"):

        def read(self, offset: int, length: int) -> bytes:
            """Return the bytes at `offset`."""
            return os.pread(self._open(), length, offset)

        def _write(self, offset: int, data: bytes | memoryview) -> int:
            return os.pwrite(self._descriptor, data, offset)

    else:  # Windows has one position per file, so that one thread at a time may use it

        def read(self, offset: int, length: int) -> bytes:
            """Return the bytes at `offset`."""
            with self._turn:
                os.lseek(self._open(), offset, os.SEEK_SET)
                return os.read(self._descriptor, length)

        def _write(self, offset: int, data: bytes | memoryview) -> int:
            with self._turn:
                os.lseek(self._descriptor, offset, os.SEEK_SET)
                return os.write(self._descriptor, data)

    def write(self, offset: int, data: bytes) -> None:
        """Put `data` at `offset`. A process forked from the one that opened the file may not."""
        self.check()
        written = self._write(offset, data)
        while written < len(data):  # a disk that fills up takes a part before it refuses the rest
            written += self._write(offset + written, memoryview(data)[written:])

    def truncate(self, size: int) -> None:
        """Cut off what lies after `size`."""
        self.check()
        os.ftruncate(self._descriptor, size)

    def size(self) -> int:
        """Return how many bytes there are."""
        return os.fstat(self._descriptor).st_size

    def sync(self) -> None:
        """Return when everything written survives a loss of power."""
        _sync(self._descriptor)

    def reopen(self, path: Path) -> None:
        """Open the file again that was closed."""
        self._descriptor, self._is_writable = _opened(path, read_only=not self._is_writable, create=False)

    def close(self) -> None:
        """Close the file, once."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def check(self) -> None:
        """Raise OSError if the file may only be read, StoreError if it is closed and in a forked process."""
        self._open()
        if not self._is_writable:
            raise OSError(errno.EROFS, "the file may only be read")
        if os.getpid() != self._owner:
            raise StoreError(
                "the store belongs to the process that opened it, and this one was forked from it"
            )

    def _open(self) -> int:
        if self._descriptor < 0:
            raise StoreError("the file was closed, with its emulator: what it holds is in it")
        return self._descriptor


def _opened(path: Path, *, read_only: bool, create: bool) -> tuple[int, bool]:
    """Open a file; tell whether it may be written."""
    flags = _BINARY | (os.O_CREAT | os.O_TRUNC if create else 0)
    try:
        return os.open(path, flags | (os.O_RDONLY if read_only else os.O_RDWR), 0o644), not read_only
    except OSError as refusal:
        if create or read_only or refusal.errno not in _REFUSED:
            raise
        return os.open(path, flags | os.O_RDONLY), False
