"""The order in which MongoDB sorts documents, where values have different types.

See https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any, Final

import bson
from bson import ObjectId

Document = dict[str, Any]

_MISSING: Final = object()
_EMPTY: Final = object()
"""An empty array: it comes before null."""

_EMPTY_RANK, _NULL_RANK, _OTHER_RANK = 4, 5, 60
_RANKS: Final[tuple[tuple[type | tuple[type, ...], int], ...]] = (
    (bool, 40),  # before the numbers: Python's booleans are some
    ((int, float, bson.Int64, bson.Decimal128), 10),
    (str, 15),
    (dict, 20),
    (list, 25),
    ((bytes, bson.Binary), 30),
    (ObjectId, 35),
    (datetime.datetime, 45),
    (bson.Timestamp, 47),
    (bson.Regex, 50),
)


def sort_documents(documents: list[Document], keys: Mapping[str, Any]) -> list[Document]:
    """Return documents in the order of `keys`, each with a direction of 1 or -1. Ties keep their order."""
    for field, direction in reversed(list(keys.items())):
        if not isinstance(direction, dict):
            documents = _sorted_by(documents, field, ascending=int(direction) > 0)
    return documents


def _sorted_by(documents: list[Document], field: str, *, ascending: bool) -> list[Document]:
    choose = min if ascending else max

    def key(document: Document) -> tuple[Any, ...]:
        return choose(_comparable(value) for value in _values_at(document, field))

    return sorted(documents, key=key, reverse=not ascending)


def _rank(value: Any) -> int:
    if value is _EMPTY:
        return _EMPTY_RANK
    if value is _MISSING or value is None:
        return _NULL_RANK
    return next((rank for kinds, rank in _RANKS if isinstance(value, kinds)), _OTHER_RANK)


def _comparable(value: Any) -> tuple[Any, ...]:
    """Return a tuple that compares with others as MongoDB compares the values."""
    rank = _rank(value)
    if rank in (_EMPTY_RANK, _NULL_RANK):
        return (rank,)
    if isinstance(value, dict):
        return (rank, tuple((_rank(item), key, _comparable(item)) for key, item in value.items()))
    if isinstance(value, list):
        return (rank, tuple(map(_comparable, value)))
    return (rank, _scalar(value, rank))


def _scalar(value: Any, rank: int) -> Any:
    if isinstance(value, ObjectId):
        return value.binary
    if isinstance(value, str):
        return value.encode("utf8", "surrogatepass")
    if isinstance(value, bson.Timestamp):
        return (value.time, value.inc)
    if isinstance(value, bson.Regex):
        return value.pattern
    return repr(value) if rank == _OTHER_RANK else value


def _values_at(document: Document, path: str) -> list[Any]:
    """Return all values at a dotted path. Arrays on the way stand for each of their elements."""
    found: list[Any] = [document]
    for part in path.split("."):
        found = [value for item in found for value in _step(item, part)]
    values = [value for item in found for value in _elements(item)]
    return values or [_MISSING]


def _step(value: Any, part: str) -> Iterator[Any]:
    if isinstance(value, dict):
        if part in value:
            yield value[part]
    elif isinstance(value, list):
        if part.isdigit() and int(part) < len(value):
            yield value[int(part)]
        for element in value:
            if isinstance(element, dict) and part in element:
                yield element[part]
            elif not isinstance(element, dict) and not part.isdigit():
                yield None


def _elements(value: Any) -> list[Any]:
    return (value or [_EMPTY]) if isinstance(value, list) else [value]
