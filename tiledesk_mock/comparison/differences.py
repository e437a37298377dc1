"""Differences as values: where two answers differ, in which way, and how exactly they are compared."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from ..node.json import Json


class DifferenceKind(str, Enum):
    """In which way two answers differ."""

    VALUE = "value"
    ONLY_HERE = "only here"
    ONLY_THERE = "only there"
    ORDER = "order"
    IDENTITY = "identity"
    FORM = "form"


class Difference(Struct, frozen=True):
    """One place in which two answers differ.

    `path` is where (`body.events[0].id`, `headers.content-type`, `status`), `drift` the known disagreement
    that explains it. The kind `identity` is an id that was another one before, `form` an object on one side
    and its id on the other.
    """

    path: str
    here: Json
    there: Json
    kind: DifferenceKind = DifferenceKind.VALUE
    drift: str | None = None


class CompareOptions(Struct, frozen=True):
    """How exactly answers are compared.

    `key_order`: the order of keys counts. `own_only`: of listed documents only those count that the session
    met before, so that others' events are no difference. `same_people`: names count. `settled`: times before
    this one have to be equal; the others have to be written in the same way. `etags`: an ETag has to be that
    of its body.
    """

    key_order: bool = True
    own_only: bool = False
    same_people: bool = True
    settled: str = ""
    etags: bool = True


class Place(Struct, frozen=True):
    """Where a walk is: the path to it, its key, and the objects that have that key."""

    path: str
    key: str = ""
    here: Json = None
    there: Json = None

    def within(self, key: str, here: Json, there: Json) -> Place:
        """Return the place of a key of two objects."""
        return Place(f"{self.path}.{key}", key, here, there)

    def item(self, number: int) -> Place:
        """Return the place of an item of a list."""
        return replace(self, path=f"{self.path}[{number}]")


class Finding(Struct, frozen=True):
    """A difference, and where it was found."""

    difference: Difference
    place: Place


def found(place: Place, here: Json, there: Json, kind: DifferenceKind = DifferenceKind.VALUE) -> Finding:
    """Return the finding that two values at a place differ."""
    return Finding(Difference(place.path, here, there, kind), place)
