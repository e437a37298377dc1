"""Two lists of documents, of which each is compared with the one that it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from ..node.json import Json
from .differences import CompareOptions, DifferenceKind, Finding, Place, found
from .identities import IdMap


class Rows:
    """Two lists of documents: each is compared with the one that it is, wherever that stands."""

    def __init__(self, identities: IdMap, rigor: CompareOptions, here: list[Any], there: list[Any]) -> None:
        self._identities: Final = identities
        self._here: Final = [row for row in here if not rigor.own_only or identities.right_of(row["_id"])]
        self._there: Final = [row for row in there if not rigor.own_only or identities.left_of(row["_id"])]

    def compare(
        self, values: Callable[[Json, Json, Place], Iterator[Finding]], place: Place
    ) -> Iterator[Finding]:
        """Yield the differences of two lists; `values` yields those of two documents."""
        pairs = self._pairs()
        for number, other in sorted(pairs.items()):
            yield from values(self._here[number], self._there[other], place.item(number))
        for number in (number for number in range(len(self._here)) if number not in pairs):
            yield found(place.item(number), self._here[number], None, DifferenceKind.ONLY_HERE)
        for number in sorted(set(range(len(self._there))) - set(pairs.values())):
            yield found(place.item(number), None, self._there[number], DifferenceKind.ONLY_THERE)
        order = [other for _, other in sorted(pairs.items())]
        if order != sorted(order):
            yield found(place, order, sorted(order), DifferenceKind.ORDER)

    def _pairs(self) -> dict[int, int]:
        """Return which row there each row here is; rows that nobody has met are paired as they stand."""
        at = {row["_id"].lower(): number for number, row in enumerate(self._there)}
        pairs, strange = {}, []
        for number, row in enumerate(self._here):
            known = self._identities.right_of(row["_id"])
            same = row["_id"].lower() if self._identities.left_of(row["_id"]) is None else None
            partner = at.get(known or same or "")
            if partner is not None:
                pairs[number] = partner
            elif known is None:
                strange.append(number)
        taken = set(pairs.values())
        unmet = (
            number
            for number, row in enumerate(self._there)
            if number not in taken and self._identities.left_of(row["_id"]) is None
        )
        return pairs | dict(zip(strange, unmet, strict=False))


def has_id(item: Json) -> bool:
    """Tell whether a value is a document with an id."""
    return isinstance(item, dict) and isinstance(item.get("_id"), str)
