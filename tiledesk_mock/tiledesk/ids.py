"""ObjectIds, uuids and random hex digits from one source, which a seed makes repeatable."""

from __future__ import annotations

import random
import threading
import uuid
from typing import Final

from .clock import Clock

_COUNTER_LIMIT: Final = 1 << 24
_SYSTEM: Final = random.SystemRandom()


class Ids:
    """Generates ids. With a `seed`, the same calls at the same (frozen) times return the same ids."""

    _random: random.Random
    _machine: str
    _counter: int

    def __init__(self, clock: Clock, seed: int | str | None = None) -> None:
        self._clock: Final = clock
        self._seed: Final = seed
        self._lock: Final = threading.Lock()
        self._start()

    def restart(self) -> None:
        """Restart a seeded source, which then repeats its ids; any other goes on at random."""
        if self._seed is not None:
            self._start()

    def object_id(self) -> str:
        """Generate an ObjectId from the seconds of the clock, five bytes of this source, and a counter."""
        with self._lock:
            self._counter = (self._counter + 1) % _COUNTER_LIMIT
            return f"{self._clock.now() // 1000 & 0xFFFFFFFF:08x}{self._machine}{self._counter:06x}"

    def uuid(self) -> str:
        """Generate a random (version 4) uuid."""
        with self._lock:
            return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def hex(self, digits: int) -> str:
        """Generate that many random hex digits."""
        with self._lock:
            return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def _start(self) -> None:
        # Creating a Random takes longer than the rest of a start: without a seed, the system's is used.
        self._random = _SYSTEM if self._seed is None else random.Random(self._seed)  # noqa: S311  (no secrets)
        self._machine = f"{self._random.getrandbits(40):010x}"
        self._counter = self._random.randrange(_COUNTER_LIMIT)
