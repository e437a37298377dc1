"""Conditions on an event's project user, as MongoDB applies them.

`None` stands for an event without project user: `$ne`, `$nin` and `$not` let it through.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Protocol

from msgspec import Struct

from ..errors import NoResponse
from ..node.bson import cast_object_id
from ..node.inspect import inspect
from ..node.json import Json


class Condition(Protocol):
    """A condition on the `project_user` of an event."""

    @property
    def single_id(self) -> str | None:
        """Return the one id that the condition lets through, if it is that simple."""

    def matches(self, project_user: str | None) -> bool:
        """Tell whether an event of that project user passes."""


class OneOf(Struct, frozen=True):
    """The project user is one of `ids`: `$eq` and `$in`."""

    ids: tuple[str, ...]

    @property
    def single_id(self) -> str | None:
        """Return the id, if it is one only."""
        return self.ids[0] if len(set(self.ids)) == 1 else None

    def matches(self, project_user: str | None) -> bool:
        """Tell whether the project user is there and among the ids."""
        return project_user in self.ids


class EachOf(Struct, frozen=True):
    """The project user is all of `ids` at once, which only one can be: `$all`."""

    ids: tuple[str, ...]

    @property
    def single_id(self) -> str | None:
        """Return the id, if it is one only."""
        return self.ids[0] if len(set(self.ids)) == 1 else None

    def matches(self, project_user: str | None) -> bool:
        """Tell whether every id is the project user's; of no ids, none is."""
        return bool(self.ids) and all(project_user == id_ for id_ in self.ids)


class Compared(Struct, frozen=True):
    """The project user is there and its id sorts before or behind `id`: `$gt`, `$gte`, `$lt`, `$lte`."""

    operator: str
    id: str

    @property
    def single_id(self) -> None:
        """Return nothing: a range lets many through."""

    def matches(self, project_user: str | None) -> bool:
        """Tell whether the project user is in the range."""
        if project_user is None:
            return False
        if project_user == self.id:
            return self.operator in ("$gte", "$lte")
        return (project_user > self.id) == (self.operator in ("$gt", "$gte"))


class Exists(Struct, frozen=True):
    """The event has a project user, or has none: `$exists`, and `$type` too."""

    expected: bool

    @property
    def single_id(self) -> None:
        """Return nothing: any id is let through, or none."""

    def matches(self, project_user: str | None) -> bool:
        """Tell whether the project user's presence is as expected."""
        return (project_user is not None) == self.expected


class Every(Struct, frozen=True):
    """All of the conditions hold; with none of them, anything passes."""

    conditions: tuple[Condition, ...]

    @property
    def single_id(self) -> str | None:
        """Return the id of the only condition, if that is so simple."""
        return self.conditions[0].single_id if len(self.conditions) == 1 else None

    def matches(self, project_user: str | None) -> bool:
        """Tell whether all hold."""
        return all(condition.matches(project_user) for condition in self.conditions)


class Not(Struct, frozen=True):
    """The condition does not hold: `$not`, `$ne`, `$nin`."""

    condition: Condition

    @property
    def single_id(self) -> None:
        """Return nothing: everything but something is let through."""

    def matches(self, project_user: str | None) -> bool:
        """Tell whether the condition fails."""
        return not self.condition.matches(project_user)


_REFERENCE_KEYS: Final = ("$ref", "$id", "$db")
_TRUE: Final = ("true", "1", "yes")
_FALSE: Final = ("false", "0", "no")
_OBJECT_ID_TYPE: Final = "objectId"
_OTHER_TYPES: Final = re.compile(
    "double|string|object|array|binData|undefined|bool|date|null|regex|dbPointer|javascript|symbol"
    "|javascriptWithScope|int|timestamp|long|decimal|minKey|maxKey|number"
)


def parse_condition(value: Json) -> Condition:
    """Read the query parameter `project_user` as mongoose casts it.

    Raises NoResponse for what mongoose or MongoDB refuses: Tiledesk gives no answer then.
    """
    if isinstance(value, dict) and any(map(_is_operator, value)):
        return _every(value, _WITH_NOT)
    return _one_of(value)


def _is_operator(key: str) -> bool:
    return key.startswith("$") and key not in _REFERENCE_KEYS


def _every(operators: dict[str, Json], readers: dict[str, Callable[[Json], Condition]]) -> Condition:
    for operator in operators:
        if operator not in readers:
            raise NoResponse(f"project_user: mongoose can't use {operator}")
    return Every(tuple(readers[operator](value) for operator, value in operators.items()))


def _id(value: Json) -> str:
    read = cast_object_id(value)
    if read is None:
        raise NoResponse(f"project_user: {inspect(value)} is no ObjectId")
    return read


def _one(value: Json) -> Condition:
    return OneOf((_id(value),))


def _one_of(value: Json) -> Condition:
    return OneOf(tuple(_id(item) for item in (value if isinstance(value, list) else [value])))


def _each_of(value: Json) -> Condition:
    return EachOf(tuple(_id(item) for item in (value if isinstance(value, list) else [value])))


def _exists(value: Json) -> Condition:
    if value is True or value in _TRUE:
        return Exists(True)
    if value in _FALSE:
        return Exists(False)
    raise NoResponse(f"project_user: $exists can't be {inspect(value)}")


def _type(value: Json) -> Condition:
    types = value if isinstance(value, list) else [value]
    for name in types:
        if name != _OBJECT_ID_TYPE and not (isinstance(name, str) and _OTHER_TYPES.fullmatch(name)):
            raise NoResponse(f"project_user: {inspect(name)} is no type of MongoDB's")
    return Exists(True) if _OBJECT_ID_TYPE in types else EachOf(())


def _not(value: Json) -> Condition:
    if not isinstance(value, dict) or not _is_operator(next(iter(value), "")):
        raise NoResponse("project_user: $not needs operators")
    return Not(_every(value, _OPERATORS))


def _compared(operator: str) -> Callable[[Json], Condition]:
    return lambda value: Compared(operator, _id(value))


_OPERATORS: Final[dict[str, Callable[[Json], Condition]]] = {
    "$eq": _one,
    "$ne": lambda value: Not(_one(value)),
    "$in": _one_of,
    "$nin": lambda value: Not(_one_of(value)),
    "$all": _each_of,
    "$exists": _exists,
    "$type": _type,
    **{operator: _compared(operator) for operator in ("$gt", "$gte", "$lt", "$lte")},
}
_WITH_NOT: Final = {**_OPERATORS, "$not": _not}
