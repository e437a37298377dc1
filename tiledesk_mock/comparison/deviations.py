"""Where a request deviates from a recorded one, field by field."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from ..node.json import ABSENT, Absent, Json
from ..text import shorten
from ..tiledesk.wire import Document

Place = tuple[str | int, ...]
"""The way to a value: keys and indexes from the top."""

Alike = Callable[[Place, Json, Json], bool]
"""Tells whether two values that are not both objects or both lists count as the same."""

_SHOWN: Final = 120


class Deviation(Struct, frozen=True):
    """At `place` something else was recorded than asked; either may be ABSENT."""

    place: Place
    recorded: Json | Absent
    asked: Json | Absent

    @property
    def at(self) -> str:
        """Return the place as people write it: `body.attributes.items[0].price`."""
        return "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.place
        ).removeprefix(".")

    def __str__(self) -> str:
        return f"{self.at}: {_shown(self.recorded)} recorded, {_shown(self.asked)} asked"

    def document(self) -> Document:
        """Return it as JSON, an absent side left out."""
        sides = {"recorded": self.recorded, "asked": self.asked}
        return {"at": self.at, **{name: value for name, value in sides.items() if value is not ABSENT}}


def same(recorded: Json, given: Json) -> bool:
    """Compare as JavaScript's `===` does, for values that JSON can hold."""
    if isinstance(recorded, bool) or isinstance(given, bool):
        return recorded is given
    return bool(recorded == given)


def deviations(
    recorded: Json | Absent, given: Json | Absent, place: Place, alike: Alike
) -> Iterator[Deviation]:
    """Yield where two values differ, in the order of `recorded`; the order of keys does not count."""
    if recorded is ABSENT or given is ABSENT:
        if recorded is not given:
            yield Deviation(place, recorded, given)
    elif isinstance(recorded, dict) and isinstance(given, dict):
        for key in [*recorded, *(key for key in given if key not in recorded)]:
            yield from deviations(recorded.get(key, ABSENT), given.get(key, ABSENT), (*place, key), alike)
    elif isinstance(recorded, list) and isinstance(given, list):
        for index in range(max(len(recorded), len(given))):
            yield from deviations(_item(recorded, index), _item(given, index), (*place, index), alike)
    elif not alike(place, recorded, given):
        yield Deviation(place, recorded, given)


def _item(items: list[Json], index: int) -> Json | Absent:
    return items[index] if index < len(items) else ABSENT


def _shown(value: Json | Absent) -> str:
    if value is ABSENT:
        return "nothing"
    return shorten(json.dumps(value, ensure_ascii=False), _SHOWN)
