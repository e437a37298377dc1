"""A HAR on disk to which entries are appended. What is on disk is a whole HAR after every write."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from ..files import write_file
from .har import HAR_TAIL, har_head

Encode = Callable[[int], bytes]
"""Returns the entry at an index as `har_entry` does."""


class HarFile:
    """A HAR that grows. The new entries and the closing brackets are written over the old closing brackets.

    So a write costs the same however much is recorded. The first write replaces the file, in one step. So
    does one that changes earlier entries, and one after another program has changed the file.

    Args:
        path: the file. A device or pipe is to be written to only once.
        encode: returns an entry, which must not contain secrets.
    """

    def __init__(self, path: Path | str, encode: Encode) -> None:
        self._path: Final = Path(path)
        self._encode: Final = encode
        self._offsets: list[int] = []
        self._identity: tuple[int, ...] = ()

    def write(self, count: int, changed: Collection[int] = ()) -> None:
        """Write the entries until `count` that are not in the file yet, and again those that have `changed`.

        Raises OSError if the disk refuses. Then the file is as it was before, and a later call tries again.
        """
        if not self._is_unchanged():
            self._offsets = []
        if self._offsets and not changed:
            self._append(count)
            return
        offsets: list[int] = []
        write_file(self._path, self._pieces(count, changed, offsets))
        self._offsets, status = offsets, self._path.stat()
        # Another program may have replaced it already.
        is_own = status.st_size == offsets[-1] + len(HAR_TAIL)
        self._identity = _identity(status) if is_own else ()

    def _append(self, count: int) -> None:
        offsets = self._offsets[:]
        pieces = [self._encode(index) for index in range(len(offsets) - 1, count)]
        for piece in pieces:
            offsets.append(offsets[-1] + len(piece))
        with self._path.open("r+b", buffering=0) as file:
            try:
                _write_at(file, self._offsets[-1], b"".join((*pieces, HAR_TAIL)))
            except OSError:
                with suppress(OSError):
                    _write_at(file, self._offsets[-1], HAR_TAIL)
                    file.truncate()
                raise
            self._offsets, self._identity = offsets, _identity(os.fstat(file.fileno()))

    def _pieces(self, count: int, changed: Collection[int], offsets: list[int]) -> Iterator[bytes]:
        """Yield the whole file; append the offset of each entry, and that of the closing brackets."""
        yield (head := har_head())
        offsets.append(len(head))
        old = self._offsets
        with self._path.open("rb") if old else open(os.devnull, "rb") as file:
            for index in range(count):
                if index + 1 < len(old) and index not in changed:
                    file.seek(old[index])
                    piece = file.read(old[index + 1] - old[index])
                else:
                    piece = self._encode(index)
                yield piece
                offsets.append(offsets[-1] + len(piece))
        yield HAR_TAIL

    def _is_unchanged(self) -> bool:
        """Return whether the file is the one that was written last."""
        try:
            return _identity(self._path.stat()) == self._identity
        except OSError:
            return False


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _write_at(file: IO[bytes], offset: int, data: bytes) -> None:
    file.seek(offset)
    left = memoryview(data)
    while left:  # a disk that becomes full takes a part before it refuses the rest
        left = left[file.write(left) :]
