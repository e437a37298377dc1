"""JSON values read as typed values, with every error named by its path."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, UnsetType
from msgspec.structs import fields

from ..text import shorten, suggestion
from .json import Json

T = TypeVar("T")

_EXCERPT_LENGTH: Final = 63

_MOST_LISTED: Final = 20
"""Of a Struct with more fields, errors show the description rather than the names."""

_WORDS: Final[Mapping[Any, str]] = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    NoneType: "null",
    list: "a list",
    tuple: "a list",
    dict: "an object",
    Mapping: "an object",
    Any: "a JSON value",
}


class ConversionError(ValueError):
    """A value that does not have the type it should have.

    `path` leads to it (`users[0].email`, empty for the whole value), `problem` says what was expected there.
    `others` are the further errors of the same value.
    """

    def __init__(self, path: str, problem: str, others: tuple[ConversionError, ...] = ()) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path: Final = path
        self.problem: Final = problem
        self.others: Final = others


def convert(value: Json, kind: type[T]) -> T:
    """Return a JSON value as `kind`: a Struct, a list of them, or any other type that msgspec converts to.

    The description of a type (`Meta(description=...)`) says in errors what was expected, and an unknown field
    of a Struct with `forbid_unknown_fields` gets a suggestion. A number like 1.0 is a whole number, as in
    JSON Schema. Raises ConversionError with everything that is wrong.
    """
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        check = _Check()
        mended = check.mend(value, kind, "")
        if not check.errors:
            return msgspec.convert(mended, kind)
        first, *others = check.errors
        raise ConversionError(first.path, first.problem, tuple(others)) from error


def excerpt(value: Json) -> str:
    """Return a value as messages show it: as JSON, cut off if it is long."""
    return shorten(json.dumps(value, ensure_ascii=False, default=str), _EXCERPT_LENGTH)


def describe(kind: Any) -> str:
    """Return what a value of a type is in plain English: its description, or what follows from the type."""
    kind = _without_unset(kind)
    if (description := _description(kind)) is not None:
        return description
    kind = _bare(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(describe(option) for option in arguments))
    if origin is Literal:
        return f"one of {', '.join(map(str, arguments))}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"one of {', '.join(str(member.value) for member in kind)}"
    return _WORDS.get(dict if _struct(kind) else origin or kind, "another value")


def type_options(kind: Any) -> list[Any]:
    """Return the types that a type stands for: the members of a union, without their annotations."""
    kind = _bare(kind)
    if get_origin(kind) in (Union, UnionType):
        return [option for one in get_args(kind) for option in type_options(one)]
    return [kind]


class _Check:
    """Collects all errors of a value that msgspec refuses: msgspec itself reports the first only."""

    def __init__(self) -> None:
        self.errors: Final[list[ConversionError]] = []

    def mend(self, value: Json, kind: Any, path: str) -> Json:
        """Add the errors of `value` to `errors`; return it with numbers as the type has them."""
        if _refusal(value, kind) is None:
            return value
        before = len(self.errors)
        mended = self._mend_parts(value, kind, path)
        if len(self.errors) == before and (refusal := _refusal(mended, kind)) is not None:
            is_rule = isinstance(value, dict) and _struct(kind)  # of the Struct's own __post_init__
            problem = f"expected {describe(kind)}{_limits(kind)}, not {excerpt(value)}"
            self._add(path, refusal if is_rule else problem)
        return mended

    def _mend_parts(self, value: Json, kind: Any, path: str) -> Json:
        if isinstance(value, float):
            return int(value) if value.is_integer() and int in type_options(kind) else value
        if type(value) is int and float in type_options(kind):  # True is an int, too
            return _as_float(value)
        if isinstance(value, list):
            item = _parameter(kind, (list, tuple), 0)
            return [self.mend(one, item, f"{path}[{index}]") for index, one in enumerate(value)]
        if not isinstance(value, dict):
            return value
        struct = _struct(kind)
        if struct is not None:
            return self._mend_object(value, kind, struct, path)
        item = _parameter(kind, (dict, Mapping), 1)
        return {name: self.mend(one, item, _joined(path, name)) for name, one in value.items()}

    def _mend_object(self, value: dict[str, Json], kind: Any, struct: type[Struct], path: str) -> Json:
        types = {field.encode_name: field.type for field in fields(struct)}
        for field in fields(struct):
            if field.required and field.encode_name not in value:
                self._add(_joined(path, field.encode_name), f"missing; expected {describe(field.type)}")
        if struct.__struct_config__.forbid_unknown_fields:
            is_long = len(types) > _MOST_LISTED and _description(kind) is not None
            otherwise = f"expected {describe(kind)}" if is_long else None
            for name in [name for name in value if name not in types]:
                self._add(_joined(path, name), f"unknown; {suggestion(str(name), types, otherwise)}")
        return {
            name: self.mend(one, types[name], _joined(path, name))
            for name, one in value.items()
            if name in types
        }

    def _add(self, path: str, problem: str) -> None:
        self.errors.append(ConversionError(path, problem))


def _as_float(value: int) -> float:
    """Return a number as JavaScript reads it: infinite if it is too large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _refusal(value: Json, kind: Any) -> str | None:
    """Return msgspec's message for a value that is not of a type; None if it is."""
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        # msgspec looks a key up as UTF-8, which half of a surrogate pair has none of.
        return str(error)
    return None


def _limits(kind: Any) -> str:
    """Return the limits of a number, unless the description contains them."""
    words = {"ge": "at least {}", "gt": "more than {}", "le": "at most {}", "lt": "less than {}"}
    kind = _without_unset(kind)
    found = [
        text.format(limit)
        for note in _notes(kind)
        for name, text in words.items()
        if (limit := getattr(note, name)) is not None
    ]
    return f" of {' and '.join(found)}" if found and _description(kind) is None else ""


def _notes(kind: Any) -> list[Meta]:
    return [note for note in getattr(kind, "__metadata__", ()) if isinstance(note, Meta)]


def _description(kind: Any) -> str | None:
    return next((note.description for note in reversed(_notes(kind)) if note.description is not None), None)


def _without_unset(kind: Any) -> Any:
    """Return the type of a field that may be left out, as one that may not."""
    if get_origin(kind) not in (Union, UnionType):
        return kind
    rest = tuple(option for option in get_args(kind) if option is not UnsetType)
    return Union[rest]  # noqa: UP007  (made of a tuple)


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _struct(kind: Any) -> type[Struct] | None:
    return next(
        (one for one in type_options(kind) if isinstance(one, type) and issubclass(one, Struct)), None
    )


def _parameter(kind: Any, origins: tuple[Any, ...], index: int) -> Any:
    """Return the type of a container's items."""
    arguments = (get_args(option) for option in type_options(kind) if get_origin(option) in origins)
    return next((found[index] for found in arguments), Any)


def _joined(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)
