"""The repair of the files of a store: what can be read is kept, and the damaged file beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import chain, count
from pathlib import Path
from typing import Final

from msgspec import Struct

from ..errors import StoreCorrupted, StoreError, StoreUnrecognized
from ..files import write_file
from .changes import ChangeFile, new_file
from .database import ORIGIN, saved_seed
from .events import TABLE as EVENTS
from .events import check_whole_event
from .layout import encode, file_pieces, head, is_of_store, is_sound, people_file
from .locks import FileLock, lock_content
from .records import TABLE as PEOPLE
from .records import check_whole_record
from .salvage import Check, Salvage, salvage

_CHECKS: Final[dict[str, Check]] = {EVENTS: check_whole_event, PEOPLE: check_whole_record}


class FileReport(Struct, frozen=True):
    """What became of a file.

    Args:
        path: the file.
        kept: how many records it has now.
        losses: what is not kept of it.
        damaged: where the file is as it was; None if there was nothing to keep of it.
        was_repaired: whether it was written anew.
    """

    path: Path
    kept: int
    losses: tuple[str, ...] = ()
    damaged: Path | None = None
    was_repaired: bool = False


def repair(path: Path, log: Callable[[str], None]) -> list[FileReport]:
    """Write the files of a store anew with what can be read of them, if they are damaged.

    A damaged file is kept as `<name>.damaged`. A change that a kill cut off is finished first, and logged.
    Raises StoreLocked if a process has the files open, StoreUnrecognized if nothing of a store is in a file
    (nothing is changed then), and StoreError if the disk refuses.
    """
    path = path.resolve()
    try:
        lock = FileLock(path)
        try:
            files = {path: EVENTS, people_file(path): PEOPLE}
            changes = ChangeFile({table: file for file, table in files.items()}, is_synced=True)
            changes.recover(log, is_writable=True)
            contents = {file: _content(file) for file in files if file.exists()}
            found = {file: _found(file, data, files[file]) for file, data in contents.items()}
            return [_repaired(file, contents[file], one, files[file]) for file, one in found.items()]
        finally:
            lock.release()
    except OSError as error:
        raise StoreError(f"{path} is not repaired: {error.strerror}") from error


def _content(file: Path) -> bytes:
    """Return what is in a file. Raises StoreLocked if a process has it open under another name."""
    with file.open("rb") as opened:
        lock_content(opened.fileno(), file)
        return opened.read()


def _found(file: Path, data: bytes, table: str) -> Salvage:
    """Return what can be read of a file. Raises StoreUnrecognized if nothing of a store is in it."""
    found = salvage(data, table, _CHECKS[table])
    if not found.documents and data.strip(b"\0"):
        try:
            is_empty = not found.left_out and is_sound(data, table)
        except StoreUnrecognized as error:
            raise StoreUnrecognized(f"{file} {error}") from error
        if not is_empty and not (is_of_store(data) and found.lost):
            reason = f": {found.left_out[0]}" if found.left_out else ""
            raise StoreUnrecognized(f"{file} has no record that can be saved{reason}")
    try:
        saved_seed(found.others)
    except StoreCorrupted as error:
        found.left_out.append(str(error))
        del found.others[ORIGIN]
    return found


def _repaired(file: Path, data: bytes, found: Salvage, table: str) -> FileReport:
    losses = tuple(found.losses())
    if data and not losses and is_sound(data, table):
        return FileReport(file, len(found.documents))
    damaged, temporary = _free_name(file) if data else None, new_file(file).name
    if damaged is not None:
        write_file(damaged, [data], name=temporary)
    bodies = ((doc_id, encode(document)) for doc_id, document in found.documents.items())
    write_file(file, file_pieces(head(table, found.others), bodies, {}), name=temporary)
    return FileReport(file, len(found.documents), losses, damaged, was_repaired=True)


def _free_name(file: Path) -> Path:
    names = chain([f"{file.name}.damaged"], (f"{file.name}.damaged-{number}" for number in count(2)))
    return next(path for path in map(file.with_name, names) if not os.path.lexists(path))
