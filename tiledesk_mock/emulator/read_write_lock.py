"""A lock that many may share, or one has alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Final

_LONGEST: Final = 5.0
"""Seconds to wait for those who share it, which is far longer than answering a request takes."""


class ReadWriteLock:
    """Shared by requests side by side. A reset has it alone: it waits for them, and the next wait for it.

    Nobody waits for what their own thread does: a signal handler may come amid a request.
    """

    def __init__(self) -> None:
        self._changed: Final = threading.Condition()
        self._sharing: Final[dict[int, int]] = {}
        self._owner: int | None = None

    def acquire_shared(self) -> None:
        """Share the lock, once nobody has it alone."""
        thread = get_ident()
        with self._changed:
            while self._owner not in (None, thread):
                self._changed.wait()
            self._sharing[thread] = self._sharing.get(thread, 0) + 1

    def release_shared(self) -> None:
        """Share it no longer."""
        thread = get_ident()
        with self._changed:
            self._sharing[thread] -= 1
            if not self._sharing[thread]:
                del self._sharing[thread]
            if self._owner is not None:
                self._changed.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Have it alone. Whoever shares it for more than some seconds is no longer waited for."""
        thread = get_ident()
        with self._changed:
            while self._owner not in (None, thread):
                self._changed.wait()
            before, self._owner = self._owner, thread
        try:
            with self._changed:
                self._changed.wait_for(lambda: not self._sharing.keys() - {thread}, _LONGEST)
            yield
        finally:
            with self._changed:
                self._owner = before
                self._changed.notify_all()
