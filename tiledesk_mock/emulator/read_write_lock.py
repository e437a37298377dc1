"""A lock that many threads share, or one has exclusively."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Final

_TIMEOUT: Final = 5.0
"""Seconds to wait for threads that share it: far longer than a response takes."""


class ReadWriteLock:
    """Shared by requests; exclusive for a reset, which waits for earlier requests, and later ones for it.

    No thread waits for itself: a signal handler may run in the middle of a request.
    """

    def __init__(self) -> None:
        self._changed: Final = threading.Condition()
        self._sharing: Final[dict[int, int]] = {}
        self._owner: int | None = None

    def acquire_shared(self) -> None:
        """Share the lock; wait while another thread has it exclusively."""
        thread = get_ident()
        with self._changed:
            while self._owner not in (None, thread):
                self._changed.wait()
            self._sharing[thread] = self._sharing.get(thread, 0) + 1

    def release_shared(self) -> None:
        """Stop sharing the lock."""
        thread = get_ident()
        with self._changed:
            self._sharing[thread] -= 1
            if not self._sharing[thread]:
                del self._sharing[thread]
            if self._owner is not None:
                self._changed.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Have the lock exclusively, five seconds from now even if other threads still share it."""
        thread = get_ident()
        with self._changed:
            while self._owner not in (None, thread):
                self._changed.wait()
            before, self._owner = self._owner, thread
        try:
            with self._changed:
                self._changed.wait_for(lambda: not self._sharing.keys() - {thread}, _TIMEOUT)
            yield
        finally:
            with self._changed:
                self._owner = before
                self._changed.notify_all()
