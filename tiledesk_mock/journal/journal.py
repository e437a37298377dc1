"""The journal: the newest requests with their responses, and the timeline."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from ..errors import SetupError
from ..http.exchange import Exchange, Principal, RecordedRequest, RecordedResponse
from ..http.stopwatch import stopwatch
from ..tiledesk.clock import Clock
from .timeline import Timeline

_MOST_BYTES: Final = 64 * 1024 * 1024
"""The most bytes of bodies that are kept."""


class Journal:
    """Keeps the last `size` exchanges. Safe to use from many threads.

    Exchanges contain secrets: `tiledesk_mock.journal.rendering` masks them for display.
    """

    def __init__(self, size: int, clock: Clock) -> None:
        self._size: Final = size
        self._clock: Final = clock
        self.timeline: Final = Timeline(size, clock)
        self._exchanges: Final[deque[Exchange]] = deque()
        self._drifts: Final[dict[str, int]] = {}
        self._ignored: Final[dict[str, int]] = {}
        self._subscribers: Final[list[Callable[[Exchange], None]]] = []
        self._changed: Final = threading.Condition()
        self._bytes = 0
        self._number = 0
        self._changes = 0
        self._waiting = 0
        self._closed = False
        self._reset_at = 0.0
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
        reason: str | None = None,
        event_id: str | None = None,
        event_name: str | None = None,
        ignored: tuple[str, ...] = (),
        stub: str | None = None,
        *,
        cause: str | None = None,
        generation: int | None = None,
    ) -> Exchange | None:
        """Record an exchange, and return it.

        The arguments are the fields of `Exchange`; `cause` is that of its entry.
        An exchange that began in an earlier `generation`, before the last reset, is ignored.
        """
        now = self._clock.now()
        with self._changed:
            if generation not in (None, self.generation):
                return None
            self._number += 1
            exchange = Exchange(
                self._number,
                now,
                request,
                response,
                seconds,
                principal,
                role,
                drifts,
                fault,
                is_emulated,
                reason,
                event_id,
                event_name,
                ignored,
                stub,
            )
            self._exchanges.append(exchange)
            size = _size(exchange)
            self.timeline.add_request(exchange, size, cause)
            self._bytes += size
            while len(self._exchanges) > self._size or self._bytes > _MOST_BYTES:
                self._bytes -= _size(self._exchanges.popleft())
            self._notify(drifts, ignored)
        for subscriber in tuple(self._subscribers):
            subscriber(exchange)
        return exchange

    def subscribe(self, subscriber: Callable[[Exchange], None]) -> Callable[[], None]:
        """Call `subscriber` with each exchange from now on, and return a function that ends this.

        The subscriber must not block. It gets the exchanges that the journal does not keep, too.
        """
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return the exchanges, oldest first."""
        with self._changed:
            return tuple(self._exchanges)

    @property
    def drifts(self) -> dict[str, int]:
        """Return how often requests met each drift since the start or the last reset."""
        with self._changed:
            return dict(self._drifts)

    @property
    def ignored(self) -> dict[str, int]:
        """Return how often requests asked for what the server ignores, by the drift."""
        with self._changed:
            return dict(self._ignored)

    def clear(self) -> None:
        """Remove all exchanges and drifts; the next exchange has the number 1."""
        with self._changed:
            self._exchanges.clear()
            self._drifts.clear()
            self._ignored.clear()
            self._bytes = self._number = 0
            self._notify(())

    def reset(self) -> None:
        """Clear the journal, and ignore the requests in progress."""
        with self._changed:
            self._reset_at = stopwatch()
            self.generation += 1
        self.clear()

    def generation_at(self, began: float) -> int:
        """Return the generation of a request that began at a time of the stopwatch.

        Of a request that is older than the last reset this is an earlier generation than now.
        """
        generation = self.generation  # first: a reset in between makes the request older
        return generation if began >= self._reset_at else generation - 1

    def close(self) -> None:
        """End every wait for a change."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def notify(self, drifts: tuple[str, ...] = (), ignored: tuple[str, ...] = ()) -> None:
        """Count a change that is not an exchange, and the drifts that it met: on a WebSocket, for example."""
        with self._changed:
            self._notify(drifts, ignored)

    def changes(self, since: int = -1, timeout: float = 0.0) -> int:
        """Return the number of changes; wait at most `timeout` seconds until it is higher than `since`.

        Raises SetupError if the journal is closed.
        """
        deadline = stopwatch() + timeout
        with self._changed:
            self._waiting += 1
            try:
                while self._changes <= since:
                    if self._closed:
                        raise SetupError("the emulator was stopped")
                    remaining = deadline - stopwatch()
                    if remaining <= 0:
                        break
                    self._changed.wait(min(remaining, threading.TIMEOUT_MAX))
            finally:
                self._waiting -= 1
            return self._changes

    def _notify(self, drifts: tuple[str, ...], ignored: tuple[str, ...] = ()) -> None:
        for drift in ignored:
            self._ignored[drift] = self._ignored.get(drift, 0) + 1
        for drift in drifts:
            self._drifts[drift] = self._drifts.get(drift, 0) + 1
        self._changes += 1
        if self._waiting:
            self._changed.notify_all()


def _size(exchange: Exchange) -> int:
    return len(exchange.request.body) + (len(exchange.response.body) if exchange.response else 0)
