"""Where the answers of the real server and of the emulator differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tiledesk_mock.node.json import ABSENT, Absent, Json
from tiledesk_mock.node.json_text import JsonPath, path_text
from tiledesk_mock.text import shorten

_PEOPLE: Final = frozenset({"project_user", "user", "id_user"})
"""The order of a person's fields is that of the seed."""

ORDER: Final = "order of keys"
"""The last part of the path of a difference in the order of an object's keys."""

_NO_ANSWER: Final = {"status": "no answer"}


class Difference(Struct, frozen=True):
    """A path at which the answers differ. A side that has nothing there is ABSENT."""

    path: JsonPath
    real: Json | Absent
    emulator: Json | Absent

    @property
    def place(self) -> str:
        """Return the path without the indexes of lists, such as `json.events[].name`."""
        return path_text(tuple("*" if isinstance(part, int) else part for part in self.path))

    @property
    def kind(self) -> str:
        """Return the place, and both values of a status."""
        statuses = f": {self.emulator}, real {self.real}" if self.path == ("status",) else ""
        return self.place + statuses

    def __str__(self) -> str:
        return f"{path_text(self.path)}: {_shown(self.emulator)}, real {_shown(self.real)}"


def differences(
    real: Json, emulator: Json, path: JsonPath = (), *, ordered: bool = True
) -> Iterator[Difference]:
    """Yield the differences of two JSON values; types count, and the order of keys.

    A 504 of the emulator stands for the answer that the real server never gives.
    """
    if isinstance(real, dict) and isinstance(emulator, dict):
        if real == _NO_ANSWER and emulator.get("status") == 504:
            return
        yield from _objects(real, emulator, path, ordered=ordered)
    elif isinstance(real, list) and isinstance(emulator, list) and len(real) == len(emulator):
        for index, (theirs, mine) in enumerate(zip(real, emulator, strict=True)):
            yield from differences(theirs, mine, (*path, index), ordered=ordered)
    elif real != emulator or type(real) is not type(emulator):
        yield Difference(path, real, emulator)


def _objects(
    real: dict[str, Json], emulator: dict[str, Json], path: JsonPath, *, ordered: bool
) -> Iterator[Difference]:
    for key in {**real, **emulator}:
        if key not in real or key not in emulator:
            yield Difference((*path, key), real.get(key, ABSENT), emulator.get(key, ABSENT))
        else:
            inner = ordered and key not in _PEOPLE
            yield from differences(real[key], emulator[key], (*path, key), ordered=inner)
    if ordered and real.keys() == emulator.keys() and list(real) != list(emulator):
        yield Difference((*path, ORDER), list(real), list(emulator))


def _shown(value: Json | Absent) -> str:
    return "nothing" if value is ABSENT else shorten(json.dumps(value, ensure_ascii=False), 200)
