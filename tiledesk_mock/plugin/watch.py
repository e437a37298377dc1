"""What one test asked for that is to be told at its end, whatever it clears or resets in between."""

from __future__ import annotations

import threading
from typing import Final

from ..http.exchange import Exchange

_MOST: Final = 100
"""Requests to what is not served that are remembered."""


class ExchangeObserver:
    """Sees every exchange of the emulators that a test uses. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._unserved: Final[list[Exchange]] = []
        self._asked: Final[dict[str, Exchange]] = {}

    def see(self, exchange: Exchange) -> None:
        """Remember what is remarkable in an exchange."""
        if exchange.is_emulated and not exchange.drifts:
            return
        with self._lock:
            if not exchange.is_emulated and len(self._unserved) < _MOST:
                self._unserved.append(exchange)
            for drift in exchange.drifts:
                self._asked.setdefault(drift, exchange)

    @property
    def unserved(self) -> list[Exchange]:
        """Return the first requests to paths that are not served."""
        with self._lock:
            return list(self._unserved)

    @property
    def asked(self) -> dict[str, Exchange]:
        """Return the first request that asked for each drift."""
        with self._lock:
            return dict(self._asked)
