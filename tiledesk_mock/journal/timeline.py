"""The timeline: what happened in an emulator, of all kinds, in one order."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from enum import Enum
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from ..http.exchange import Exchange
from ..tiledesk.clock import Clock

_MOST_BYTES: Final = 64 * 1024 * 1024
"""The most bytes of bodies that are kept."""


class EntryKind(str, Enum):
    """What an entry is about."""

    REQUEST = "request"
    EVENT = "event"
    ATTEMPT = "attempt"
    FRAME = "frame"
    RESET = "reset"


class Entry(Struct, frozen=True):
    """One thing that happened.

    Attributes:
        number: counts all entries of this emulator from 1, across resets.
        time: the emulator's time in milliseconds since 1970.
        kind: the kind.
        value: an Exchange for a request; what the other kinds have stands in `timeline_documents`.
        cause: the id of the event, or of the step of a conversation, that it belongs to. Entries with one
            cause are linked.
    """

    number: int
    time: int
    kind: EntryKind
    value: Any
    cause: str | None = None


class Timeline:
    """Keeps the last `size` entries. A reset removes none: it is an entry itself. Safe to use from threads.

    `start` tells this emulator's numbers apart from those of an emulator that ran before at the same address.
    """

    def __init__(self, size: int, clock: Clock) -> None:
        self._size: Final = size
        self._clock: Final = clock
        self._lock: Final = threading.Lock()
        self._entries: Final[deque[Entry]] = deque()
        self._bytes = 0
        self._number = 0
        self.start: Final = f"t{secrets.token_hex(4)}"

    def add(self, kind: EntryKind, value: Any, cause: str | None = None, time: int | None = None) -> None:
        """Add an entry; its time is the clock's by default."""
        now = self._clock.now() if time is None else time
        with self._lock:
            self._number += 1
            self._entries.append(Entry(self._number, now, kind, value, cause))
            self._bytes += _size(value)
            while len(self._entries) > self._size or self._bytes > _MOST_BYTES:
                self._bytes -= _size(self._entries.popleft().value)

    def since(self, number: int) -> tuple[Entry, ...]:
        """Return the entries that came after the one with that number, oldest first."""
        with self._lock:
            if not self._entries:
                return ()
            skipped = max(0, number + 1 - self._entries[0].number)
            return tuple(islice(self._entries, skipped, None))


def _size(value: Any) -> int:
    if not isinstance(value, Exchange):
        return 0
    return len(value.request.body) + (len(value.response.body) if value.response else 0)
