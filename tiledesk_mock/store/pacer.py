"""The thread that syncs an interval's writes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

_SECOND: Final = 1.0


class Pacer:
    """Does `work` so many seconds after it was woken, in a thread that starts when it is first woken."""

    def __init__(self, work: Callable[[], None], pause: float = _SECOND) -> None:
        self._work: Final = work
        self._pause: Final = pause
        self._due: Final = threading.Event()
        self._stopped: Final = threading.Event()
        self._starting: Final = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Let the work be done within a second."""
        if self._due.is_set():
            return
        self._due.set()
        with self._starting:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="tiledesk-mock sync", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Work no more; return when the thread has ended."""
        self._stopped.set()
        self._due.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._due.wait() and not self._stopped.wait(self._pause):
            self._due.clear()
            if self._stopped.is_set():  # then it was `stop` that set what was just cleared
                return
            self._work()
