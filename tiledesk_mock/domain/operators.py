"""The query parameter `project_user`: an id, several, or operators, as mongoose casts them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ..errors import NeverAnswered
from .conditions import Compared, Condition, EachOf, Every, Exists, Not, OneOf
from .ids import cast_object_id
from .inspection import inspect
from .model import Json

_REFERENCE_KEYS: Final = ("$ref", "$id", "$db")
_TRUE: Final = ("true", "1", "yes")
_FALSE: Final = ("false", "0", "no")
_OBJECT_ID_TYPE: Final = "objectId"
_OTHER_TYPES: Final = re.compile(
    "double|string|object|array|binData|undefined|bool|date|null|regex|dbPointer|javascript|symbol"
    "|javascriptWithScope|int|timestamp|long|decimal|minKey|maxKey|number"
)


def read_condition(value: Json) -> Condition:
    """Read the query parameter `project_user` as mongoose casts it.

    Raises NeverAnswered for what mongoose or MongoDB refuses: Tiledesk gives no answer then.
    """
    if isinstance(value, dict) and any(map(_is_operator, value)):
        return _every(value, _WITH_NOT)
    return _one_of(value)


def _is_operator(key: str) -> bool:
    return key.startswith("$") and key not in _REFERENCE_KEYS


def _every(operators: dict[str, Json], readers: dict[str, Callable[[Json], Condition]]) -> Condition:
    for operator in operators:
        if operator not in readers:
            raise NeverAnswered(f"project_user: mongoose can't use {operator}")
    return Every(tuple(readers[operator](value) for operator, value in operators.items()))


def _id(value: Json) -> str:
    read = cast_object_id(value)
    if read is None:
        raise NeverAnswered(f"project_user: {inspect(value)} is no ObjectId")
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
    raise NeverAnswered(f"project_user: $exists can't be {inspect(value)}")


def _type(value: Json) -> Condition:
    types = value if isinstance(value, list) else [value]
    for name in types:
        if name != _OBJECT_ID_TYPE and not (isinstance(name, str) and _OTHER_TYPES.fullmatch(name)):
            raise NeverAnswered(f"project_user: {inspect(name)} is no type of MongoDB's")
    return Exists(True) if _OBJECT_ID_TYPE in types else EachOf(())


def _not(value: Json) -> Condition:
    if not isinstance(value, dict) or not _is_operator(next(iter(value), "")):
        raise NeverAnswered("project_user: $not needs operators")
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
