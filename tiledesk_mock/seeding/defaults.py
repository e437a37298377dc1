"""The ids and times that a seed leaves out, and times before the start."""

from __future__ import annotations

import re
from typing import Final

from ..node.convert import excerpt
from ..node.json import MAX_DEPTH, Json, in_property_order, json_depth
from ..node.values import normal_number
from ..tiledesk.clock import format_time, to_milliseconds
from ..tiledesk.ids import Ids
from ..tiledesk.wire import Document
from .errors import SeedEntry, SeedErrors, UniqueValues

_RELATIVE: Final = re.compile(r"-(?:[0-9]+[wdhms])+")
_STEP: Final = re.compile(r"([0-9]+)([wdhms])")
_UNITS: Final = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}
_ABSOLUTE: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def seed_time(text: str, start: int) -> str:
    """Return a time of a seed, ISO 8601 or relative to the start, as Tiledesk writes it.

    `start` is in milliseconds since 1970. Raises ValueError for any other text.
    """
    if _RELATIVE.fullmatch(text):
        return _formatted(start - sum(int(count) * _UNITS[unit] for count, unit in _STEP.findall(text)))
    match = _ABSOLUTE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is not a time")
    day, minute, second, fraction, offset = match.groups()
    return _formatted(to_milliseconds(f"{day}T{minute}:{second or '00'}.{fraction or '0'}{offset}"))


def _formatted(milliseconds: int) -> str:
    try:
        return format_time(milliseconds)
    except OverflowError:
        raise ValueError("too long ago") from None


_TIMES: Final = ("createdAt", "updatedAt", "last_login_at")


class Defaults:
    """Fills in what every record has: ids and times. `start` is in milliseconds since 1970."""

    def __init__(self, start: int, ids: Ids, unique: UniqueValues, errors: SeedErrors) -> None:
        self._start: Final = start
        self._now: Final = format_time(start)
        self._ids: Final = ids
        self._unique: Final = unique
        self._errors: Final = errors

    def fill(self, entry: SeedEntry) -> Document:
        """Return an entry's document with id and times, and without nulls other than its attributes."""
        document = {name: value for name, value in entry.document.items() if value is not None}
        document["_id"] = self._id(entry, document)
        for name in _TIMES:
            if name in document:
                document[name] = self._time(entry, name, document[name])
        document.setdefault("createdAt", self._now)
        document.setdefault("updatedAt", document["createdAt"])
        if entry.kind == "events" and "attributes" in entry.document:
            document["attributes"] = self._attributes(entry)
        return document

    def _attributes(self, entry: SeedEntry) -> Json:
        attributes = entry.document["attributes"]
        if json_depth(attributes) > MAX_DEPTH:
            problem = f"nested too deeply: expected at most {MAX_DEPTH} levels"
            self._errors.add_at(entry, "attributes", problem)
            return None
        return _normal(attributes)

    def _id(self, entry: SeedEntry, document: Document) -> str:
        if "_id" not in document:
            return self._ids.object_id()
        id_ = str(document["_id"]).lower()
        self._unique.take_id(entry, id_)
        return id_

    def _time(self, entry: SeedEntry, name: str, text: str) -> str:
        try:
            return seed_time(text, self._start)
        except ValueError as error:
            self._errors.add_at(entry, name, f"expected a time, not {excerpt(text)}: {error}")
            return text


def _normal(value: Json) -> Json:
    """Return attributes as Tiledesk reads them from JSON: numbers and the order of keys are JavaScript's."""
    if isinstance(value, dict):
        return in_property_order([(name, _normal(inner)) for name, inner in value.items()])
    if isinstance(value, (list, tuple)):
        return [_normal(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return normal_number(value)
