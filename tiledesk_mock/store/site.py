"""Where a ledger's medium comes from: it is opened and mended, or another is put in its place."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from shutil import copymode
from typing import Final, Protocol

from msgspec import Struct, field

from ..errors import StoreError
from .layout import TAIL, Line, Tables, head, lines, read_head, read_stock
from .medium import FileMedium, Medium, MemoryMedium

_PIECE: Final = 1 << 24


class Found(Struct):
    """What a site holds at first: its bytes, the table's head and lines, and the file's other tables.

    `is_stock` tells that TinyDB itself wrote it: then `lines` have no places, `{}` is what was removed here
    before, and all of it is to be laid out anew.
    """

    medium: Medium
    head: bytes
    lines: Iterable[Line] = ()
    others: Tables = field(default_factory=dict)
    is_stock: bool = False


class Site(Protocol):
    """A place for a ledger's bytes."""

    @property
    def name(self) -> str:
        """Return what error messages call it."""

    def open(self, table: str) -> Found:
        """Return what is there, empty if nothing was."""

    def mend(self, medium: Medium, tail: int) -> None:
        """Cut off a torn last write: the closing braces follow at `tail`."""

    def replace(self, pieces: Iterable[bytes], old: Medium) -> Medium:
        """Put other bytes into the place of the old ones, all or none."""


class MemorySite:
    """Begins with nothing, and leaves nothing."""

    name: Final = "memory"

    def open(self, table: str) -> Found:
        """Return an empty table."""
        start = head(table, {})
        medium = MemoryMedium()
        medium.write(0, start + TAIL)
        return Found(medium, start)

    def mend(self, medium: Medium, tail: int) -> None:
        """Do nothing: memory is not torn."""

    def replace(self, pieces: Iterable[bytes], old: Medium) -> Medium:
        """Return other bytes."""
        medium = MemoryMedium()
        for piece in pieces:
            medium.write(medium.size(), piece)
        old.close()
        return medium


class FileSite:
    """A file. Raises a StoreError that names it, and leaves it as it is, where it cannot be used.

    Args:
        path: the file; it is made if it does not exist.
        read_only: refuse to write to it.
        synced: survive a loss of power when a new file takes its place.
        log: gets a line when a torn last write was cut off, and when the file may only be read.

    """

    def __init__(self, path: Path, *, read_only: bool, synced: bool, log: Callable[[str], None]) -> None:
        self.name: Final = str(path)
        self._path: Final = path
        self._read_only: Final = read_only
        self._synced: Final = synced
        self._log: Final = log

    def open(self, table: str) -> Found:
        """Return what the file holds."""
        try:
            return self._opened(table)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be opened: {error.strerror}") from error

    def mend(self, medium: Medium, tail: int) -> None:
        """Cut off a torn last write."""
        lost = medium.size() - tail
        try:
            medium.write(tail, TAIL)
            medium.truncate(tail + len(TAIL))
        except OSError as error:
            raise StoreError(
                f"{self._path} has a torn end, which cannot be mended: {error.strerror}"
            ) from error
        self._log(f"{self._path}: its last write was torn; cut off {lost} bytes after byte {tail}")

    def replace(self, pieces: Iterable[bytes], old: Medium) -> Medium:
        """Write a second file, which then takes the place of the first. Raises OSError if it cannot."""
        old.check()
        aside = self._path.with_name(self._path.name + ".new")
        try:
            self._write(aside, pieces)
            copymode(self._path, aside)
            new = self._moved(aside, old)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        self._sync_folder()
        old.close()
        return new

    if sys.platform == "win32":  # which moves no file onto one that is open

        def _moved(self, aside: Path, old: FileMedium) -> Medium:
            old.close()
            try:
                aside.replace(self._path)
            except BaseException:
                old.reopen(self._path)
                raise
            return FileMedium(self._path)

    else:

        def _moved(self, aside: Path, _: Medium) -> Medium:
            """Let another file take the place of ours, and open it: whatever fails, the old one goes on."""
            new = FileMedium(aside)
            try:
                aside.replace(self._path)
            except BaseException:
                new.close()
                raise
            return new

    def _opened(self, table: str) -> Found:
        fresh = not self._path.exists() or not self._path.stat().st_size
        if fresh:
            start = head(table, {})
            self._write(self._path, [start + TAIL])
            self._sync_folder()
            return Found(FileMedium(self._path), start)
        medium = FileMedium(self._path, read_only=self._read_only)
        self._tell_of(medium)
        try:
            return self._found(medium, table)
        except BaseException:
            medium.close()
            raise

    def _tell_of(self, medium: FileMedium) -> None:
        try:
            medium.check()
        except OSError:
            self._log(f"{self._path} may only be read: nothing will be stored in it")

    def _found(self, medium: FileMedium, table: str) -> Found:
        data = _everything(medium).rstrip(b"\0")  # a loss of power leaves zeros where no data arrived
        ours = read_head(data, table)
        if ours is not None:
            return Found(medium, ours[0], lines(data, len(ours[0])), ours[1])
        tables = read_stock(data, table)
        documents = tables.pop(table, {})
        rows = [Line(int(doc_id), 0, 0, document) for doc_id, document in documents.items()]
        return Found(medium, head(table, tables), rows, tables, is_stock=True)

    def _write(self, path: Path, pieces: Iterable[bytes]) -> None:
        medium = FileMedium(path, create=True)
        try:
            offset = 0
            for piece in pieces:
                medium.write(offset, piece)
                offset += len(piece)
            if self._synced:
                medium.sync()
        finally:
            medium.close()

    def _sync_folder(self) -> None:
        if not self._synced or os.name == "nt":
            return
        with suppress(OSError):  # some file systems sync no folders
            descriptor = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _everything(medium: Medium) -> bytes:
    size = medium.size()
    return b"".join(medium.read(offset, min(_PIECE, size - offset)) for offset in range(0, size, _PIECE))
