"""Updates of documents: as mongoose's `findByIdAndUpdate` casts them, and as MongoDB applies them.

`upserted` is called with `{new: true, upsert: true}` in mind, which is how Tiledesk calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isnan
from typing import Final

from ..errors import UnexpectedType
from .bson import cast_object_id, order_key
from .json import Json
from .values import is_truthy, normal_number, to_number

Document = dict[str, Json]
Caster = Callable[[Json], Json]
"""Returns a value (never null) as mongoose casts it; raises TypeError if it does not cast it."""

_ID: Final = "_id"
_VERSION: Final = "__v"
_CREATED: Final = "createdAt"
_UPDATED: Final = "updatedAt"
_SET: Final = "$set"
_ON_INSERT: Final = "$setOnInsert"
_CURRENT_DATE: Final = "$currentDate"
_DROPPED: Final = ("__proto__", "constructor", "prototype")
_INHERITED: Final = "hasOwnProperty"
_STAGES: Final = ("$unset", "$project", "$addFields", "$set", "$replaceRoot", "$replaceWith")
_TRUE: Final = (True, "true", 1, "1", "yes")
_FALSE: Final = (False, "false", 0, "0", "no")


class UpdateRefused(ValueError):
    """mongoose or MongoDB refuses an update."""


class _Ignored(Exception):
    """mongoose takes an update for an empty one: what it throws for it has no fields."""


def upserted(
    document: Document | None, key: str, body: Json, casters: Mapping[str, Caster], now: str
) -> Document:
    """Return the document of an id after an update; a document that does not exist is made.

    Args:
        document: the document as it is stored, its fields in order; None if it does not exist.
        key: the id in the path of the PUT.
        body: the update: fields, and operators with fields.
        casters: for each field of the schema, what casts its values. Other fields are dropped.
        now: the time in `createdAt` and `updatedAt`.

    Raises UpdateRefused for a value that is not cast, for an operator or a type that MongoDB refuses, for a
    field in two operators, and for another `_id`. Raises UnexpectedType where mongoose throws at once.
    """
    try:
        operators = _pipeline(body, now) if isinstance(body, list) else _operators(body, casters, now)
    except _Ignored:
        operators = {}
    _check_conflicts(operators)
    changed: Document = {_ID: key} if document is None else dict(document)
    for operator, fields in operators.items():
        if operator == _ON_INSERT and document is not None:
            continue
        if operator not in _OPERATORS:
            raise UpdateRefused(f"MongoDB has no operator {operator} for these fields")
        for name, value in fields.items():
            _OPERATORS[operator](changed, name, value, now)
    if changed.get(_ID) != key:
        raise UpdateRefused("the id of a document can't be changed")
    return changed


def _operators(body: Json, casters: Mapping[str, Caster], now: str) -> dict[str, Document]:
    if not isinstance(body, dict) or _INHERITED in body:
        raise UpdateRefused("mongoose calls the update's own hasOwnProperty")
    update = {name: value for name, value in body.items() if name not in _DROPPED}
    return _cast(_with_defaults(update, now), casters)


def _pipeline(stages: list[Json], now: str) -> dict[str, Document]:
    """Return the operators for a pipeline without stages; raise UpdateRefused for others.

    Raises _Ignored for what mongoose takes for no pipeline.
    """
    for stage in stages:
        if stage is None or (isinstance(stage, str) and stage):
            raise _Ignored
        for name, value in stage.items() if isinstance(stage, dict) else ():
            is_list = name == "$unset"
            if name not in _STAGES or not isinstance(value, list if is_list else (dict, list)):
                raise _Ignored
    if stages:
        raise UpdateRefused("the stages of a pipeline are not emulated")
    return {_SET: {_UPDATED: now}}


def cast_boolean(value: Json) -> bool:
    """Return the boolean that mongoose casts a value to; raise TypeError for others than those it knows."""
    if isinstance(value, (str, int, float)) and value in _TRUE:
        return True
    if isinstance(value, (str, int, float)) and value in _FALSE:
        return False
    raise TypeError("mongoose casts only true, false, 1, 0, yes and no to a boolean")


def cast_number(value: Json) -> float | None:
    """Return the number that mongoose casts a value to, None for empty text; raise TypeError."""
    if isinstance(value, dict):
        value = value.get(_ID)
    if value == "":
        return None
    number = to_number(value) if isinstance(value, str) else value
    if not isinstance(number, (int, float)) or isnan(number):
        raise TypeError("not a number")
    return normal_number(number + 0)  # a boolean becomes 0 or 1


def cast_id(value: Json) -> str:
    """Return the ObjectId that mongoose casts a value to; raise TypeError for a malformed one."""
    key = cast_object_id(value)
    if key is None:
        raise TypeError("not an ObjectId")
    return key


def _with_defaults(update: Document, now: str) -> Document:
    """Add the version and the times, which mongoose takes care of, to an update."""
    if not any(_VERSION in fields for fields in _parts(update)):
        if not isinstance(update.get(_ON_INSERT) or {}, (dict, list)):
            raise UnexpectedType("$setOnInsert is not an object")
        _operator(update, _ON_INSERT)[_VERSION] = 0
    is_current = _UPDATED in _truthy_object(update.get(_CURRENT_DATE))
    changes = _operator(update, _SET)
    if not is_current:
        changes[_UPDATED] = now
        update.pop(_UPDATED, None)
    for fields in (update, changes):
        if is_truthy(fields.get(_CREATED)):
            del fields[_CREATED]
    _operator(update, _ON_INSERT)[_CREATED] = now
    if not changes:
        del update[_SET]
    return update


def _parts(update: Document) -> list[Document]:
    operators = [value for name, value in update.items() if name.startswith("$") and isinstance(value, dict)]
    return [update, *operators]


def _truthy_object(value: Json) -> Document:
    return value if isinstance(value, dict) else {}


def _operator(update: Document, name: str) -> Document:
    """Return the fields of an operator, a copy that is in the update; it is added if it is falsy."""
    fields = update.get(name)
    if is_truthy(fields) and not isinstance(fields, dict):
        raise UpdateRefused(f"the fields of {name} are not an object")
    update[name] = {**fields} if fields else {}
    return update[name]  # type: ignore[no-any-return]


def _cast(update: Document, casters: Mapping[str, Caster]) -> dict[str, Document]:
    """Return the operators with their fields, in mongoose's order, which is from the last to the first.

    mongoose drops the list of an operator: no field is named 0. A few lists reach MongoDB, which refuses
    them. Raises UpdateRefused for those and for a value that is not cast, and _Ignored for an operator
    without an object.
    """
    gathered: Document = {}
    for name, value in reversed(update.items()):
        if name.startswith("$"):
            gathered.setdefault(name, value)
        else:
            gathered.setdefault(_SET, {**update.get(_SET, {})})[name] = value
    operators: dict[str, Document] = {}
    names = [name for name in update if name.startswith("$")]
    for name in reversed(names if _SET in names or _SET not in gathered else [*names, _SET]):
        fields = gathered[name]
        if not is_truthy(fields) or not isinstance(fields, (dict, list)):
            raise _Ignored
        operators[name] = _cast_fields(name, fields, casters) if isinstance(fields, dict) else {}
        if isinstance(fields, list) and (name in (_SET, _ON_INSERT) or (name == _CURRENT_DATE and fields)):
            raise UpdateRefused(f"MongoDB takes no list of fields for {name}")
    return {name: operators[name] for name in gathered if operators[name]}


def _cast_fields(operator: str, fields: Document, casters: Mapping[str, Caster]) -> Document:
    is_cast = operator not in ("$unset", "$rename", _CURRENT_DATE)
    return {
        name: _cast_value(value, casters[name]) if is_cast else value
        for name, value in fields.items()
        if name in casters
    }


def _cast_value(value: Json, caster: Caster) -> Json:
    try:
        return None if value is None else caster(value)
    except TypeError as error:
        raise UpdateRefused(str(error)) from error


def _check_conflicts(operators: dict[str, Document]) -> None:
    """Raise UpdateRefused if two operators have a field in common, as MongoDB does even without effect."""
    names = [name for fields in operators.values() for name in fields]
    names += [target for target in operators.get("$rename", {}).values() if isinstance(target, str)]
    if len(set(names)) != len(names):
        raise UpdateRefused("two operators have a field in common")


def _set(document: Document, name: str, value: Json, _: str) -> None:
    document[name] = value


def _unset(document: Document, name: str, _: Json, __: str) -> None:
    document.pop(name, None)


def _rename(document: Document, name: str, value: Json, _: str) -> None:
    if not isinstance(value, str) or not value:
        raise UpdateRefused("$rename needs a name")
    if name in document:
        document[value] = document.pop(name)


def _set_now(document: Document, name: str, _: Json, now: str) -> None:
    if name != _UPDATED:
        raise UpdateRefused(f"{name} is not a time")
    document[name] = now


def _calculate(operation: Callable[[float, float], float], missing: float) -> Callable[..., None]:
    def apply(document: Document, name: str, value: Json, _: str) -> None:
        before = document.get(name, missing)
        numbers = [item for item in (before, value) if isinstance(item, (int, float))]
        if len(numbers) != 2 or any(isinstance(item, bool) for item in numbers):
            raise UpdateRefused(f"{name} is not a number")
        document[name] = normal_number(operation(*numbers))

    return apply


def _choose(is_kept: Callable[[object, object], bool]) -> Callable[..., None]:
    def apply(document: Document, name: str, value: Json, _: str) -> None:
        if name not in document or not is_kept(order_key(document[name]), order_key(value)):
            document[name] = value

    return apply


_OPERATORS: Final[Mapping[str, Callable[[Document, str, Json, str], None]]] = {
    _SET: _set,
    _ON_INSERT: _set,
    "$unset": _unset,
    "$rename": _rename,
    _CURRENT_DATE: _set_now,
    "$inc": _calculate(lambda before, value: before + value, 0),
    "$mul": _calculate(lambda before, value: before * value, 0),
    "$min": _choose(lambda before, value: before <= value),  # type: ignore[operator]
    "$max": _choose(lambda before, value: before >= value),  # type: ignore[operator]
}
