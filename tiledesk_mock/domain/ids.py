"""ObjectIds, uuids and the other random parts: one source, which a seed makes repeatable."""

from __future__ import annotations

import random
import re
import threading
import uuid
from typing import Final

from .clock import Clock
from .javascript import to_string
from .model import Json

_HEX24: Final = re.compile(r"[0-9a-fA-F]{24}\Z")
_TWELVE_CHARACTERS: Final = 24
_COUNTER_LIMIT: Final = 1 << 24
_SYSTEM: Final = random.SystemRandom()


def object_id(text: str) -> str | None:
    """Read an ObjectId as mongoose does; return its 24 lower-case hex digits, or None if it is malformed.

    24 hex digits are one, and so is any string of twelve characters: the low bytes of their UTF-16 codes.
    """
    if _HEX24.match(text):
        return text.lower()
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) == _TWELVE_CHARACTERS:
        return units[::2].hex()
    return None


def cast_object_id(value: Json) -> str | None:
    """Read an ObjectId as mongoose does that is given as any JSON value; None for what is none."""
    if isinstance(value, dict):
        value = value.get("_id")
    return None if value is None or isinstance(value, dict) else object_id(to_string(value))


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
