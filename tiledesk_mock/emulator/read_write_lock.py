"""A lock that many may share, or one has alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_LONGEST: Final = 5.0
"""Seconds to wait for those who share it: whoever wants it alone while sharing it would wait for ever."""


class ReadWriteLock:
    """Shared by requests side by side. A reset has it alone: it waits for them, and the next wait for it."""

    def __init__(self) -> None:
        self._changed: Final = threading.Condition(threading.Lock())
        self._sharing = 0
        self._is_taken = False

    def acquire_shared(self) -> None:
        """Share the lock, once nobody has it alone."""
        with self._changed:
            while self._is_taken:
                self._changed.wait()
            self._sharing += 1

    def release_shared(self) -> None:
        """Share it no longer."""
        with self._changed:
            self._sharing -= 1
            if self._is_taken:
                self._changed.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Have it alone; but not for longer than some seconds wait for those who share it."""
        with self._changed:
            while self._is_taken:
                self._changed.wait()
            self._is_taken = True
            self._changed.wait_for(lambda: not self._sharing, _LONGEST)
        try:
            yield
        finally:
            with self._changed:
                self._is_taken = False
                self._changed.notify_all()
