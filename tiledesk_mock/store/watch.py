"""What another program does to the files of an open store: it deletes, moves, replaces or changes them."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic
from typing import Final

from .backend import FileBackend
from .layout import people_file

_INTERVAL: Final = 0.005
"""Seconds in which the paths of the files are looked at once: that takes a third of the time of a write."""


class FileWatch:
    """Refuses every write once another program has taken a file away or changed it.

    A write within milliseconds of the check before it goes unchecked, and `check_late` makes up for it. It is
    not lost: a deleted or replaced file takes it as long as it is open. Not safe to use from many threads.

    Args:
        files: the open files.
        rescue: called once, to copy what can still be read; returns a sentence that says where it is.
        log: called with one line that says what happened.
        interval: seconds in which the paths are looked at once.
    """

    def __init__(
        self,
        files: Iterable[FileBackend],
        rescue: Callable[[], str],
        log: Callable[[str], None],
        interval: float = _INTERVAL,
    ) -> None:
        self._files: Final = tuple(files)
        self._rescue: Final = rescue
        self._log: Final = log
        self._interval: Final = interval
        self._loss: str | None = None
        for file in self._files:
            file.check, file.check_due = self.check, 0.0

    @property
    def has_loss(self) -> bool:
        """Return whether a file was taken away or changed."""
        return self._loss is not None

    def check(self) -> None:
        """Raise OSError with the errno ESTALE if a file was taken away or changed, and ever after."""
        if self._loss is None:
            self._look()
        if self._loss is not None:
            raise OSError(errno.ESTALE, self._loss)

    def check_late(self) -> None:
        """Look at the files if a write went unchecked. A loss is reported, and not raised."""
        if self._loss is None and any(file.is_unchecked for file in self._files):
            self._look()

    def log_at_end(self) -> None:
        """Log that a file was taken away since its last write; who did that may want to start anew."""
        for file in self._files if self._loss is None else ():
            change = file.find_change()
            if change is not None and Path(file.name).parent.is_dir():
                self._log(f"{file.name} {change} by another program; it is not written again")

    def _look(self) -> None:
        due = monotonic() + self._interval
        for file in self._files:
            change = file.find_change()
            if change is not None:
                self._report(f"{file.name} {change} by another program")
                return
        for file in self._files:
            file.check_due, file.is_unchecked = due, False

    def _report(self, what: str) -> None:
        for file in self._files:
            file.check_due = 0.0
        self._loss = what
        self._loss = f"{what}. {self._rescue()}"
        self._log(f"{self._loss}. Nothing more is stored until a restart")


def free_path(path: Path) -> Path:
    """Return the path of a new file named after `path`, beside it.

    Neither it nor the file of its people exists. If the folder is gone, it is among the temporary files.
    """
    folder = path.parent if path.parent.is_dir() else Path(tempfile.gettempdir())
    number = 1
    while True:
        found = folder / f"{path.stem}.rescued{f'-{number}' if number > 1 else ''}{path.suffix}"
        if not any(map(os.path.lexists, (found, people_file(found)))):
            return found
        number += 1
