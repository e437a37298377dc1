"""Times as a seed writes them: ISO 8601, or how long before the start."""

from __future__ import annotations

import re
from typing import Final

from ..node.convert import excerpt
from ..node.json import MAX_DEPTH, Json, in_property_order, json_depth
from ..node.numbers import normal_number
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


def read_time(text: str, start: int) -> str:
    """Return the time that `text` means as Tiledesk writes it; `start` is in milliseconds since 1970.

    Raises ValueError for what is no time, and for a day that no calendar has.
    """
    if _RELATIVE.fullmatch(text):
        return _written(start - sum(int(count) * _UNITS[unit] for count, unit in _STEP.findall(text)))
    match = _ABSOLUTE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is no time")
    day, minute, second, fraction, offset = match.groups()
    return _written(to_milliseconds(f"{day}T{minute}:{second or '00'}.{fraction or '0'}{offset}"))


def _written(moment: int) -> str:
    try:
        return format_time(moment)
    except OverflowError:
        raise ValueError("too long ago") from None


_TIMES: Final = ("createdAt", "updatedAt", "last_login_at")


class Defaults:
    """Makes the documents; `start` is the time that relative times count from, in milliseconds since 1970."""

    def __init__(self, start: int, ids: Ids, claims: UniqueValues, problems: SeedErrors) -> None:
        self._start: Final = start
        self._now: Final = format_time(start)
        self._ids: Final = ids
        self._claims: Final = claims
        self._problems: Final = problems

    def draft(self, row: SeedEntry) -> Document:
        """Copy an entry without its nulls, but for those in attributes, and complete its id and times."""
        draft = {name: value for name, value in row.document.items() if value is not None}
        draft["_id"] = self._id(row, draft)
        for name in _TIMES:
            if name in draft:
                draft[name] = self._time(row, name, draft[name])
        draft.setdefault("createdAt", self._now)
        draft.setdefault("updatedAt", draft["createdAt"])
        if row.kind == "events" and "attributes" in row.document:
            draft["attributes"] = self._attributes(row)
        return draft

    def _attributes(self, row: SeedEntry) -> Json:
        attributes = row.document["attributes"]
        if json_depth(attributes) > MAX_DEPTH:
            self._problems.at(row, "attributes", f"nested too deeply: expected at most {MAX_DEPTH} levels")
            return None
        return _normal(attributes)

    def _id(self, row: SeedEntry, draft: Document) -> str:
        if "_id" not in draft:
            return self._ids.object_id()
        self._claims.claim(row, "_id", draft["_id"].lower())
        return str(draft["_id"]).lower()

    def _time(self, row: SeedEntry, name: str, text: str) -> str:
        try:
            return read_time(text, self._start)
        except ValueError as error:
            self._problems.at(row, name, f"expected a time, not {excerpt(text)}: {error}")
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
