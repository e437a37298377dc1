"""The gate between requests and what takes the whole world from under them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_LONGEST: Final = 5.0
"""Seconds to wait for requests to end: whoever resets from within one would wait for ever."""


class Gate:
    """Requests pass it side by side; a reset, alone: it waits for those inside, and the next wait for it."""

    def __init__(self) -> None:
        self._changed: Final = threading.Condition(threading.Lock())
        self._inside = 0
        self._is_shut = False

    def enter(self) -> None:
        """Begin to answer a request."""
        with self._changed:
            while self._is_shut:
                self._changed.wait()
            self._inside += 1

    def leave(self) -> None:
        """Be done with a request."""
        with self._changed:
            self._inside -= 1
            if self._is_shut:
                self._changed.notify_all()

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Be alone, but for one's own thread's request, if it is inside."""
        with self._changed:
            while self._is_shut:
                self._changed.wait()
            self._is_shut = True
            self._changed.wait_for(lambda: not self._inside, _LONGEST)
        try:
            yield
        finally:
            with self._changed:
                self._is_shut = False
                self._changed.notify_all()
