"""Conditions on an id, as MongoDB applies them: on the project user of an event, on the `_id` of a user.

`None` stands for a document without that id, which `$ne`, `$nin` and `$not` let through.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from ..errors import NoResponse
from ..node.bson import cast_object_id
from ..node.inspect import inspect
from ..node.json import Json


class Condition(Struct, frozen=True):
    """A condition on the `project_user` of an event.

    `matches` returns whether it matches a project user's id or None; `single_id` is the only id that matches,
    or None if others may match, too.
    """

    matches: Callable[[str | None], bool]
    single_id: str | None = None


_REFERENCE_KEYS: Final = ("$ref", "$id", "$db")
_TRUE: Final = (True, "true", "1", "yes")  # 1 is equal to True
_FALSE: Final = (None, False, "false", "0", "no")
_OBJECT_ID_TYPE: Final = "objectId"
_OTHER_TYPES: Final = re.compile(
    "double|string|object|array|binData|undefined|bool|date|null|regex|dbPointer|javascript|symbol"
    "|javascriptWithScope|int|timestamp|long|decimal|minKey|maxKey|number"
)


def parse_condition(value: Json) -> Condition:
    """Parse the query parameter `project_user` as mongoose casts it.

    Raises NoResponse for a value that mongoose or MongoDB refuses: Tiledesk does not respond then.
    """
    if isinstance(value, dict) and any(map(_is_operator, value)):
        return _every(value, _WITH_NOT)
    return _in(value)


def _is_operator(key: str) -> bool:
    return key.startswith("$") and key not in _REFERENCE_KEYS


def _every(operators: dict[str, Json], parsers: dict[str, Callable[[Json], Condition]]) -> Condition:
    for name in operators:
        if name not in parsers:
            raise NoResponse(f"project_user: mongoose can't use {name}")
    conditions = [parsers[name](value) for name, value in operators.items()]
    if len(conditions) == 1:
        return conditions[0]
    return Condition(lambda user: all(condition.matches(user) for condition in conditions))


def _id(value: Json) -> str | None:
    if value is None:
        return None
    cast = cast_object_id(value)
    if cast is None:
        raise NoResponse(f"project_user: {inspect(value)} is not an ObjectId")
    return cast


def _one_of(*ids: str | None) -> Condition:
    return Condition(lambda user: user in ids, ids[0] if len(set(ids)) == 1 else None)


def _eq(value: Json) -> Condition:
    return _one_of(_id(value))


def _in(value: Json) -> Condition:
    return _one_of(*(_id(item) for item in (value if isinstance(value, list) else [value])))


def _all(value: Json) -> Condition:
    # An event has one project user, which cannot be several ids.
    condition = _in(value)
    return condition if condition.single_id else _one_of()


def _negated(condition: Condition) -> Condition:
    return Condition(lambda user: not condition.matches(user))


def _exists(value: Json) -> Condition:
    if value in _TRUE:
        return Condition(lambda user: user is not None)
    if value in _FALSE:
        return Condition(lambda user: user is None)
    raise NoResponse(f"project_user: $exists can't be {inspect(value)}")


def _type(value: Json) -> Condition:
    types = value if isinstance(value, list) else [value]
    for name in types:
        if name != _OBJECT_ID_TYPE and not (isinstance(name, str) and _OTHER_TYPES.fullmatch(name)):
            raise NoResponse(f"project_user: {inspect(name)} is not a type of MongoDB")
    return _exists(True) if _OBJECT_ID_TYPE in types else _one_of()


def _not(value: Json) -> Condition:
    if not isinstance(value, dict) or not _is_operator(next(iter(value), "")):
        raise NoResponse("project_user: $not needs operators")
    return _negated(_every(value, _OPERATORS))


def _comparing(compare: Callable[[Any, Any], bool]) -> Callable[[Json], Condition]:
    def parse(value: Json) -> Condition:
        cast = _id(value)
        return Condition(lambda user: None not in (user, cast) and compare(user, cast))

    return parse


_OPERATORS: Final[dict[str, Callable[[Json], Condition]]] = {
    "$eq": _eq,
    "$ne": lambda value: _negated(_eq(value)),
    "$in": _in,
    "$nin": lambda value: _negated(_in(value)),
    "$all": _all,
    "$exists": _exists,
    "$type": _type,
    "$gt": _comparing(operator.gt),
    "$gte": _comparing(operator.ge),
    "$lt": _comparing(operator.lt),
    "$lte": _comparing(operator.le),
}
_WITH_NOT: Final = {**_OPERATORS, "$not": _not}
