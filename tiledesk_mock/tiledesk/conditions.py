"""Conditions on an id, as MongoDB applies them: on the project user of an event, the `_id` of a user, a uuid.

`None` stands for a document without that id, which `$ne`, `$nin` and `$not` let through.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from ..errors import NoResponse
from ..node.bson import cast_object_id, cast_string
from ..node.inspect import inspect
from ..node.json import Json


class Condition(Struct, frozen=True):
    """A condition on an id.

    `matches` returns whether it matches an id or None; `single_id` is the only id that matches, or None if
    others may match, too.
    """

    matches: Callable[[str | None], bool]
    single_id: str | None = None


_REFERENCE_KEYS: Final = ("$ref", "$id", "$db")
_TRUE: Final = (True, "true", "1", "yes")  # 1 is equal to True
_FALSE: Final = (None, False, "false", "0", "no")
_TYPES: Final = re.compile(
    "objectId|double|string|object|array|binData|undefined|bool|date|null|regex|dbPointer|javascript|symbol"
    "|javascriptWithScope|int|timestamp|long|decimal|minKey|maxKey|number"
)


def parse_condition(value: Json) -> Condition:
    """Parse a condition on an ObjectId as mongoose casts it.

    Raises NoResponse for a value that mongoose or MongoDB refuses: Tiledesk does not respond then.
    """
    return _ObjectIds().parse(value)


def parse_text_condition(value: Json) -> Condition:
    """Parse a condition on an id that is any text; raise NoResponse for a value that mongoose refuses."""
    return _Texts().parse(value)


def _is_operator(key: str) -> bool:
    return key.startswith("$") and key not in _REFERENCE_KEYS


def _one_of(*ids: str | None) -> Condition:
    return Condition(lambda one: one in ids, ids[0] if len(set(ids)) == 1 else None)


def _negated(condition: Condition) -> Condition:
    return Condition(lambda one: not condition.matches(one))


class _ObjectIds:
    """Parses conditions on ObjectIds."""

    bson_type = "objectId"

    def cast(self, value: Json) -> str | None:
        """Return the id that mongoose casts a value to, None if it does not."""
        return cast_object_id(value)

    def parse(self, value: Json) -> Condition:
        """Parse operators, or a value or list of values."""
        if isinstance(value, dict) and any(map(_is_operator, value)):
            return self._every(value, {**self._operators(), "$not": self._not})
        return self._in(value)

    def _every(
        self, operators: dict[str, Json], parsers: dict[str, Callable[[Json], Condition]]
    ) -> Condition:
        for name in operators:
            if name not in parsers:
                raise NoResponse(f"mongoose can't use {name}")
        conditions = [parsers[name](value) for name, value in operators.items()]
        if len(conditions) == 1:
            return conditions[0]
        return Condition(lambda one: all(condition.matches(one) for condition in conditions))

    def _operators(self) -> dict[str, Callable[[Json], Condition]]:
        return {
            "$eq": self._eq,
            "$ne": lambda value: _negated(self._eq(value)),
            "$in": self._in,
            "$nin": lambda value: _negated(self._in(value)),
            "$all": self._all,
            "$exists": self._exists,
            "$type": self._type,
            "$gt": lambda value: self._comparing(operator.gt, value),
            "$gte": lambda value: self._comparing(operator.ge, value),
            "$lt": lambda value: self._comparing(operator.lt, value),
            "$lte": lambda value: self._comparing(operator.le, value),
        }

    def _id(self, value: Json) -> str | None:
        if value is None:
            return None
        cast = self.cast(value)
        if cast is None:
            raise NoResponse(f"{inspect(value)} is no {self.bson_type}")
        return cast

    def _eq(self, value: Json) -> Condition:
        return _one_of(self._id(value))

    def _in(self, value: Json) -> Condition:
        return _one_of(*(self._id(item) for item in (value if isinstance(value, list) else [value])))

    def _all(self, value: Json) -> Condition:
        # A document has one such id, which cannot be several.
        condition = self._in(value)
        return condition if condition.single_id else _one_of()

    def _exists(self, value: Json) -> Condition:
        if value in _TRUE:
            return Condition(lambda one: one is not None)
        if value in _FALSE:
            return Condition(lambda one: one is None)
        raise NoResponse(f"$exists can't be {inspect(value)}")

    def _type(self, value: Json) -> Condition:
        types = value if isinstance(value, list) else [value]
        for name in types:
            if not (isinstance(name, str) and _TYPES.fullmatch(name)):
                raise NoResponse(f"{inspect(name)} is not a type of MongoDB")
        return self._exists(True) if self.bson_type in types else _one_of()

    def _not(self, value: Json) -> Condition:
        if not isinstance(value, dict) or not _is_operator(next(iter(value), "")):
            raise NoResponse("$not needs operators")
        return _negated(self._every(value, self._operators()))

    def _comparing(self, compare: Callable[[Any, Any], bool], value: Json) -> Condition:
        cast = self._id(value)
        return Condition(lambda one: None not in (one, cast) and compare(one, cast))


class _Texts(_ObjectIds):
    """Parses conditions on texts."""

    bson_type = "string"

    def cast(self, value: Json) -> str | None:
        """Return the text that mongoose casts a value to, None if it does not."""
        try:
            return cast_string(value)
        except TypeError:
            return None
