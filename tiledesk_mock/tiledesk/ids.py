"""ObjectIds, uuids and the other random parts: one source, which a seed makes repeatable."""

from __future__ import annotations

import random
import threading
import uuid
from typing import Final

from .clock import Clock

_COUNTER_LIMIT: Final = 1 << 24
_SYSTEM: Final = random.SystemRandom()


class Ids:
    """Makes ids. With a `seed`, the same calls at the same (frozen) times give the same ids."""

    _random: random.Random
    _machine: str
    _counter: int

    def __init__(self, clock: Clock, seed: int | str | None = None) -> None:
        self._clock: Final = clock
        self._seed: Final = seed
        self._lock: Final = threading.Lock()
        self._begin()

    def restart(self) -> None:
        """Begin again: a seeded source repeats itself, another one goes on at random."""
        if self._seed is not None:
            self._begin()

    def object_id(self) -> str:
        """Make an ObjectId: seconds of the clock, five bytes of this source, a counter."""
        with self._lock:
            self._counter = (self._counter + 1) % _COUNTER_LIMIT
            return f"{self._clock.now() // 1000 & 0xFFFFFFFF:08x}{self._machine}{self._counter:06x}"

    def uuid(self) -> str:
        """Make a random (version 4) uuid."""
        with self._lock:
            return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def hex(self, digits: int) -> str:
        """Make that many random hex digits."""
        with self._lock:
            return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def _begin(self) -> None:
        # Making a source takes longer than all that a start asks of it: without a seed it is the system's.
        self._random = _SYSTEM if self._seed is None else random.Random(self._seed)  # noqa: S311  (no secrets)
        self._machine = f"{self._random.getrandbits(40):010x}"
        self._counter = self._random.randrange(_COUNTER_LIMIT)
