"""Where two JSON values differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from msgspec import Struct

from ..node.json import ABSENT, Absent, Json
from ..node.json_text import JsonPath, path_text
from ..redaction.masking import masked_json, masked_value
from ..redaction.names import is_secret_name, may_be_secret
from ..text import number_of, shorten


class DifferenceKind(str, Enum):
    """In which way two values differ."""

    VALUE = "value"
    ONLY_LEFT = "only here"
    ONLY_RIGHT = "only there"
    LENGTH = "length"
    """One list is longer. The values are texts such as `2 items`."""
    ORDER = "order"
    IDENTITY = "identity"
    """An id that was paired with another id before."""
    FORM = "form"
    """An object on one side, and its id on the other."""
    UNDECIDED = "undecided"
    """A condition is mistaken: it neither accepts nor refuses the value."""


class Difference(Struct, frozen=True):
    """A path at which two values differ. One of them is ABSENT if that side has nothing there.

    `parents` are the objects that have the last key of the path, where a JsonDiff says so. `drift` is the id
    of the known drift that explains the difference of two responses.
    """

    path: JsonPath
    left: Json | Absent
    right: Json | Absent
    kind: DifferenceKind = DifferenceKind.VALUE
    note: str = ""
    parents: tuple[Json, Json] = (None, None)
    drift: str | None = None

    @property
    def path_text(self) -> str:
        """Return the path as messages write it: `body.items[0].price`."""
        return path_text(self.path)

    @property
    def is_secret(self) -> bool:
        """Return whether one of the values is secret by a name in the path."""
        values = (value for value in (self.left, self.right) if value is not ABSENT)
        return any(map(is_secret_name, self._names)) and any(
            may_be_secret(value, *self._names) for value in values
        )

    def masked(self, value: Json | Absent) -> Json:
        """Return the value of one side with its secrets masked; None if it is ABSENT."""
        if value is ABSENT:
            return None
        return masked_value(value, *self._names) if self.is_secret else masked_json(value)

    @property
    def _names(self) -> list[str]:
        return [part for part in self.path if isinstance(part, str)]

    def masked_text(self, value: Json | Absent, limit: int) -> str:
        """Return the value of one side as masked JSON, of at most `limit` characters."""
        if value is ABSENT:
            return "nothing"
        return shorten(json.dumps(self.masked(value), ensure_ascii=False), limit)


class JsonDiff:
    """Finds the differences of two JSON values. Subclasses decide which values count as equal."""

    def values(self, left: Any, right: Any, path: JsonPath) -> Iterator[Difference]:
        """Yield the differences of two values at a path; ABSENT is a value that a side does not have."""
        if left is ABSENT or right is ABSENT:
            if left is not right:
                kind = DifferenceKind.ONLY_LEFT if right is ABSENT else DifferenceKind.ONLY_RIGHT
                yield Difference(path, left, right, kind)
        elif isinstance(left, dict) and isinstance(right, dict):
            yield from self.objects(left, right, path)
        elif isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
            yield from self.lists(left, right, path)
        else:
            yield from self.scalars(left, right, path)

    def objects(
        self, left: Mapping[str, Any], right: Mapping[str, Any], path: JsonPath
    ) -> Iterator[Difference]:
        """Yield the differences of two objects, in the order of the left one's keys."""
        for key in {**left, **right}:
            yield from self.values(left.get(key, ABSENT), right.get(key, ABSENT), (*path, key))

    def lists(self, left: Sequence[Any], right: Sequence[Any], path: JsonPath) -> Iterator[Difference]:
        """Yield the differences of two lists, item by item."""
        if len(left) != len(right):
            lengths = number_of(len(left), "item"), number_of(len(right), "item")
            yield Difference(path, *lengths, kind=DifferenceKind.LENGTH)
        for index, (mine, other) in enumerate(zip(left, right, strict=False)):
            yield from self.values(mine, other, (*path, index))

    def scalars(self, left: Any, right: Any, path: JsonPath) -> Iterator[Difference]:
        """Yield the difference of two values that are not both objects or both lists."""
        if not is_same(left, right):
            yield Difference(path, left, right)


def is_same(left: Json, right: Json) -> bool:
    """Compare two values as JavaScript's `===` does."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)
