"""Seed entries as documents of Tiledesk: with an id, with its times and JavaScript's numbers."""

from __future__ import annotations

from typing import Final

from ..domain.clock import iso
from ..domain.doubles import normal_number
from ..domain.ids import Ids
from ..domain.javascript import DEEPEST, depth, in_property_order
from ..domain.model import Json
from ..domain.wire import Document
from .seed_problems import Claims, Problems, Row, shown
from .seed_times import read_time

_TIMES: Final = ("createdAt", "updatedAt", "last_login_at")


class Drafts:
    """Makes the documents; `start` is the time that relative times count from, in milliseconds since 1970."""

    def __init__(self, start: int, ids: Ids, claims: Claims, problems: Problems) -> None:
        self._start: Final = start
        self._now: Final = iso(start)
        self._ids: Final = ids
        self._claims: Final = claims
        self._problems: Final = problems

    def draft(self, row: Row) -> Document:
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

    def _attributes(self, row: Row) -> Json:
        attributes = row.document["attributes"]
        if depth(attributes) > DEEPEST:
            self._problems.at(row, "attributes", f"nested too deeply: expected at most {DEEPEST} levels")
            return None
        return _normal(attributes)

    def _id(self, row: Row, draft: Document) -> str:
        if "_id" not in draft:
            return self._ids.object_id()
        self._claims.claim(row, "_id", draft["_id"].lower())
        return str(draft["_id"]).lower()

    def _time(self, row: Row, name: str, text: str) -> str:
        try:
            return read_time(text, self._start)
        except ValueError as error:
            self._problems.at(row, name, f"expected a time, not {shown(text)}: {error}")
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
