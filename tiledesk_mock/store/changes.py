r"""Changes of several documents, in one or both files of a store, that a kill does not leave half made.

A change that is one rename or one cut of one file is whole by itself. For any other one, the file
`<name>.change` says beside the events' file what the next start does with both files. It is there while the
change is made, and is renamed into its place, so that it is there whole or not at all:

    {"finish": {"events": {"end": 5120, "crc": 2774412}, "people": {"size": 4947, "was": 4630}}}

`end` is where a file is cut off before it gets its closing braces; `crc` is the CRC-32 of the 64 bytes before
that. `size` is that of `<file>.new`, which takes the place of the file, which `was` so large.
While lines are appended, `undo` in place of `finish` says where they are cut off again. Nothing is replaced
or cut off before `finish` says so. A start may be killed, too: the next one does the same again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal
from zlib import crc32

import msgspec
from msgspec import Struct

from ..errors import StorageFull, StoreError
from ..files import sync, sync_folder, write_temporary
from .layout import TAIL

State = Mapping[str, int]
"""What a start makes of a file: `{"end": ..., "crc": ...}` or `{"size": ..., "was": ...}`."""

_KINDS: Final = ({"end", "crc"}, {"size", "was"})

_Change = dict[Literal["finish", "undo"], dict[str, dict[str, int]]]

CHECKED: Final = 64
"""The number of bytes before `end` that a start compares."""


def _nothing() -> None:
    """Do nothing."""


class Write(Struct, frozen=True, kw_only=True):
    """A change of one log in steps. `prepare` and `undo` leave the stored documents as they are.

    Args:
        table: the log's.
        before: returns the state of the file without the change. None unless `prepare` appends lines.
        after: returns the state of the file with the change, once it is prepared.
        is_whole: no kill leaves a part of this change.
        prepare: writes what is new where it changes nothing yet. Raises StorageFull.
        apply: makes the change in the file. Raises StorageFull.
        undo: removes what was prepared.
        sync: returns when the change survives a loss of power.
        finish: follows the change in memory.
        close: ends the use of the file.
    """

    table: str
    before: Callable[[], State] | None = None
    after: Callable[[], State]
    is_whole: bool = True
    prepare: Callable[[], None] = _nothing
    apply: Callable[[], None] = _nothing
    undo: Callable[[], None] = _nothing
    sync: Callable[[], None] = _nothing
    finish: Callable[[], None]
    close: Callable[[], None]


def perform(writes: Sequence[Write], file: ChangeFile | None) -> None:
    """Make all changes or none of them. `file` is None if they do not survive the process anyway.

    Raises StorageFull if the disk refuses: nothing has changed then, or the next start finishes the change.
    """
    if not writes:
        return
    needed = file if len(writes) > 1 or not all(write.is_whole for write in writes) else None
    try:
        _prepare(writes, needed)
        writes[0].apply()
    except BaseException as error:
        for write in writes:
            write.undo()
        if needed is not None:
            needed.remove()
        if isinstance(error, OSError):
            raise StorageFull(f"nothing was stored: {error.strerror}") from error
        raise
    _apply_rest(writes, needed)
    for write in writes:
        write.finish()


def _prepare(writes: Sequence[Write], file: ChangeFile | None) -> None:
    """Prepare all changes; afterwards a start finishes them, unless they only append lines."""
    appended = [write for write in writes if write.before]
    if file is not None and appended:
        file.write("undo", {write.table: write.before() for write in appended if write.before})
    for write in writes:
        write.prepare()
    if file is None or len(appended) == len(writes):
        return
    for write in appended:
        file.sync(write)
    try:
        file.write("finish", {write.table: write.after() for write in writes})
    except OSError:
        if any(write.prepare is not _nothing for write in writes):
            raise  # else files are only cut: on a full disk that is possible, and the way out


def _apply_rest(writes: Sequence[Write], file: ChangeFile | None) -> None:
    try:
        for write in writes[1:]:
            write.apply()
        if file is not None:
            for write in writes:
                file.sync(write)
            file.remove()
    except BaseException as error:  # a half made change must not be gone on with
        for write in writes:
            write.close()
        raise StorageFull(f"the change is half made, and is finished at the next start: {error}") from error


class ChangeFile:
    """The file `<name>.change` beside the events' file, which is the first of `files` by table.

    `is_synced` is whether changes survive a loss of power. Operations raise OSError.
    """

    def __init__(self, files: Mapping[str, Path], *, is_synced: bool) -> None:
        events = next(iter(files.values()))
        self._files: Final = files
        self._path: Final = events.with_name(f"{events.name}.change")
        self._is_synced: Final = is_synced
        self.name: Final = str(self._path)

    def write(self, verb: str, states: Mapping[str, State]) -> None:
        """Let the next start bring the files of these tables to these states: to `finish` or to `undo`."""
        text = json.dumps({verb: states})
        write_temporary(self._path, [text.encode()], synced=self._is_synced, name=new_file(self._path).name)
        new_file(self._path).replace(self._path)
        self._sync_folder()

    def sync(self, write: Write) -> None:
        """Return when a write survives a loss of power, if it has to."""
        if self._is_synced:
            write.sync()

    def remove(self) -> None:
        """Let the next start leave the files as they are. Harmless if it does already."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:  # an empty file says nothing, too
            os.truncate(self._path, 0)
        self._sync_folder()

    def recover(self, log: Callable[[str], None], *, is_writable: bool) -> None:
        """Finish or undo the change that an earlier process left. To be called before the files are opened.

        Raises StoreError if that is impossible; nothing is lost then.
        """
        text: bytes | None = None
        try:
            with suppress(FileNotFoundError):
                text = self._path.read_bytes()
            if is_writable and text is not None:
                self._recover(text, log)
        except OSError as error:
            raise StoreError(
                f"{self._path}: the change that this file describes cannot be finished: {error.strerror}"
            ) from error
        if is_writable:
            for path in (self._path, *self._files.values()):
                with suppress(OSError):  # the next write of this file tells
                    new_file(path).unlink(missing_ok=True)
        elif text:
            raise StoreError(
                f"{self._path}: the change that this file describes is not finished, and cannot be finished: "
                "the folder may only be read"
            )

    def _recover(self, text: bytes, log: Callable[[str], None]) -> None:
        try:
            change = json.loads(text)
        except ValueError:  # a loss of power, which the file was not synced for
            self.remove()
            log(f"{self._path} cannot be read, and was removed: a change may not be finished")
            return
        verb, states = self._understood(change)
        for path, state in states.items():
            self._check(path, state)
        for path, state in states.items():
            self._bring(path, state)
        self._sync_folder()
        self.remove()
        done = "it was undone" if verb == "undo" else "it was finished"
        which = " and ".join(map(str, states))
        log(f"{which}: a change was cut off when its process ended, and {done}")

    def _understood(self, change: object) -> tuple[str, dict[Path, State]]:
        """Return what the file says. Raises StoreError if only another version may know what to do."""
        try:
            ((verb, states),) = msgspec.convert(change, _Change).items()
            found: dict[Path, State] = {self._files[table]: state for table, state in states.items()}
        except (ValueError, KeyError):  # msgspec's error is a ValueError
            found = {}
        if not found or not all(set(state) in _KINDS for state in found.values()):
            raise StoreError(
                f"{self._path} is not understood, perhaps since another version wrote it: start that one, "
                "or remove this file to use the others as they are"
            )
        return verb, found

    def _check(self, path: Path, state: State) -> None:
        """Raise StoreError for a file that is neither in a state nor on the way to it."""
        if "size" in state:
            new = new_file(path)
            sizes = {path: state["was"], new: state["size"]} if new.exists() else {path: state["size"]}
            is_same = all(file.exists() and file.stat().st_size == size for file, size in sizes.items())
        else:
            end, start = state["end"], max(state["end"] - CHECKED, 0)
            with path.open("rb") as file:
                file.seek(start)
                is_same = crc32(file.read(end - start)) == state["crc"]
        if not is_same:
            raise StoreError(
                f"{path} was changed by another program while a change of it was unfinished: "
                f"remove {self._path} to use it as it is"
            )

    def _bring(self, path: Path, state: State) -> None:
        """Bring a checked file to a state, if it is not in it already."""
        if "size" in state:
            with suppress(FileNotFoundError):
                new_file(path).replace(path)
            return
        with path.open("r+b") as file:
            file.truncate(state["end"])
            file.seek(state["end"])
            file.write(TAIL)
            file.flush()
            if self._is_synced:
                sync(file.fileno())

    def _sync_folder(self) -> None:
        if self._is_synced:
            sync_folder(self._path.parent)


def new_file(path: Path) -> Path:
    """Return where the next content of a file is written. A start removes what a kill has left there."""
    return path.with_name(f"{path.name}.new")
