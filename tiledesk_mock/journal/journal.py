"""The journal: what was asked and answered, the newest of it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from ..errors import SetupError
from ..http.exchange import Exchange, RecordedRequest, RecordedResponse
from ..http.principal import Principal
from ..http.stopwatch import stopwatch
from ..tiledesk.clock import Clock

_BYTES: Final = 64 * 1024 * 1024
"""Bytes of bodies that are kept at most, whatever their number."""


class Journal:
    """Keeps the last `size` exchanges. Safe to use from many threads.

    What is kept is raw: secrets are covered when somebody looks (`tiledesk_mock.journal.rendering`).
    """

    def __init__(self, size: int, clock: Clock) -> None:
        self._size: Final = size
        self._clock: Final = clock
        self._kept: Final[deque[Exchange]] = deque()
        self._drifts: Final[dict[str, int]] = {}
        self._watching: Final[list[Callable[[Exchange], None]]] = []
        self._changed: Final = threading.Condition()
        self._bytes = 0
        self._number = 0
        self._changes = 0
        self._waiting = 0
        self._closed = False
        self.generation = 0

    def record(
        self,
        request: RecordedRequest,
        response: RecordedResponse | None,
        seconds: float,
        principal: Principal | None = None,
        role: str | None = None,
        drifts: tuple[str, ...] = (),
        fault: str | None = None,
        is_emulated: bool = True,
        generation: int | None = None,
    ) -> None:
        """Note an exchange; the arguments are the fields of Exchange.

        One that began in an `era` before the last restart is nobody's business any more.
        """
        now = self._clock.now()
        with self._changed:
            if generation not in (None, self.generation):
                return
            self._number += 1
            exchange = Exchange(
                self._number, now, request, response, seconds, principal, role, drifts, fault, is_emulated
            )
            self._kept.append(exchange)
            self._bytes += _size(exchange)
            while len(self._kept) > self._size or self._bytes > _BYTES:
                self._bytes -= _size(self._kept.popleft())
            self._count(drifts)
            self._tell()
        for seen in tuple(self._watching):
            seen(exchange)

    def subscribe(self, subscriber: Callable[[Exchange], None]) -> Callable[[], None]:
        """Call `seen`, which must not wait, with each exchange from now on, whatever is forgotten here.

        Return what undoes that.
        """
        self._watching.append(subscriber)
        return lambda: self._watching.remove(subscriber)

    def record_drifts(self, drifts: tuple[str, ...]) -> None:
        """Count drifts that were asked for beside the requests: on a WebSocket."""
        with self._changed:
            self._count(drifts)
            self._tell()

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return what is kept, oldest first."""
        with self._changed:
            return tuple(self._kept)

    @property
    def drifts(self) -> dict[str, int]:
        """Return how often each drift was asked for since the start or the last reset."""
        with self._changed:
            return dict(self._drifts)

    def clear(self) -> None:
        """Forget everything, and count from 1 again."""
        with self._changed:
            self._kept.clear()
            self._drifts.clear()
            self._bytes = self._number = 0
            self._tell()

    def reset(self) -> None:
        """Forget everything, and what is under way now as well."""
        with self._changed:
            self.generation += 1
        self.clear()

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def notify(self, drifts: tuple[str, ...] = ()) -> None:
        """Let whoever waits look again: something happened that is no exchange; it showed these drifts."""
        with self._changed:
            self._count(drifts)
            self._tell()

    def changes(self, since: int = -1, timeout: float = 0.0) -> int:
        """Return how many things have happened; wait until that is more than `since`, or for `timeout` s.

        Raises SetupError once the journal is closed: nothing will happen any more.
        """
        deadline = stopwatch() + timeout
        with self._changed:
            self._waiting += 1
            try:
                while self._changes <= since:
                    if self._closed:
                        raise SetupError("the emulator was stopped")
                    left = deadline - stopwatch()
                    if left <= 0:
                        break
                    self._changed.wait(min(left, threading.TIMEOUT_MAX))
            finally:
                self._waiting -= 1
            return self._changes

    def _count(self, drifts: tuple[str, ...]) -> None:
        for drift in drifts:
            self._drifts[drift] = self._drifts.get(drift, 0) + 1

    def _tell(self) -> None:
        self._changes += 1
        if self._waiting:
            self._changed.notify_all()


def _size(exchange: Exchange) -> int:
    return len(exchange.request.body) + (len(exchange.response.body) if exchange.response else 0)
