"""One fault as a value, and how it is read from a rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from ..errors import SettingsError, SetupError
from ..http.paths import PathPattern, is_http_method, is_path_pattern
from ..node.body_parser import HTTP_TOKEN
from ..node.convert import describe
from ..node.json import Json
from ..text import suggestion
from ..tiledesk.wire import Document

_FLAGS: Final = {"a": re.ASCII, "i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}

_PROBABILITY: Final = Meta(ge=0, le=1, description="a number from 0 to 1")
_SECONDS: Final = Meta(ge=0, le=86_400, description="a number of seconds")
_BYTES_PER_SECOND: Final = "a number of bytes per second"

Method = Annotated[str, Meta(description="an HTTP method")]
PersonName = Annotated[str, Meta(min_length=1, description="a role, an e-mail address or an id")]
EventName = Annotated[str, Meta(min_length=1, description="the name of an event")]
Ordinal = Annotated[int, Meta(ge=1, description="a number from 1")]
RequestCount = Annotated[int, Meta(ge=0, description="a number of requests")]
Probability = Annotated[int, _PROBABILITY] | Annotated[float, _PROBABILITY]
RandomSeed = Annotated[
    int | Annotated[str, Meta(pattern=r"\A[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*\Z")],
    Meta(description="a number or text"),
]
Seconds = Annotated[int, _SECONDS] | Annotated[float, _SECONDS]
Status = Annotated[int, Meta(ge=200, le=599, description="a status from 200 to 599")]
HeaderName = Annotated[str, Meta(pattern=rf"\A(?!(?i:content-length|transfer-encoding)\Z){HTTP_TOKEN}\Z")]
HeaderValue = Annotated[str, Meta(pattern=r"\A[\t\x20-\x7e\x80-\xff]*\Z")]
FaultHeaders = Annotated[
    Mapping[HeaderName, HeaderValue],
    Meta(description="an object of Latin-1 texts in a line, none of them about length or transfer"),
]
Truncation = Annotated[bool | Annotated[int, Meta(ge=0)], Meta(description="true or a number of bytes")]
Speed = (
    Annotated[int, Meta(ge=1, description=_BYTES_PER_SECOND)]
    | Annotated[float, Meta(ge=0.001, description=_BYTES_PER_SECOND)]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """When something goes wrong, and what. `Faults` describes the fields."""

    id: str = ""
    method: Method | None = None
    path: PathPattern | None = None
    person: PersonName | None = None
    name: EventName | None = None
    nth: Ordinal | None = None
    after: RequestCount = 0
    count: Ordinal | None = None
    probability: Probability = 1.0
    seed: RandomSeed = 0
    latency: Seconds = 0.0
    status: Status | None = None
    body: Json | bytes = None
    headers: FaultHeaders | None = None
    drop: Literal["request", "response", "midway"] | None = None
    truncate: Truncation | None = None
    garble: bool = False
    drip: Speed | None = None
    hang: bool = False


_EFFECTS: Final = ("latency", "status", "drop", "truncate", "garble", "drip", "hang")


def read_fault(rule: Mapping[str, Any], path: str) -> Fault:
    """Read a rule as a fault. Raises SettingsError, which names the field below `path`, for a wrong one.

    `person` may be a person of the handle, `path` a regular expression or `{"regex": ..., "flags": ...}`.
    """
    if not isinstance(rule, Mapping):
        raise SettingsError(path, rule, "an object")
    values = {name: _read_field(name, value, path) for name, value in rule.items() if value is not None}
    if all(values.get(name, False) is False for name in _EFFECTS):
        raise SettingsError(path, dict(rule), f"a rule that does something: {', '.join(_EFFECTS)}")
    return Fault(**values)


def fault_document(fault: Fault) -> Document:
    """Return a fault as JSON, without the fields that have their default."""
    return {
        field.name: _to_json(value)
        for field in fields(Fault)
        if (value := getattr(fault, field.name)) != field.default
    }


def _read_field(name: str, value: Any, path: str) -> Any:
    if name not in _TYPES:
        raise SetupError(f"{path}: there is no {name!r}: {suggestion(name, _TYPES)}")
    if name == "path" and isinstance(value, Mapping):
        return _expression(value, f"{path}.path")
    value = getattr(value, "id_user", value) if name == "person" else value
    try:
        read = msgspec.convert(value, _TYPES[name])
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise SettingsError(f"{path}.{name}", value, describe(_TYPES[name])) from error
    if name in _CHECKS and not _CHECKS[name](read):
        raise SettingsError(f"{path}.{name}", value, describe(_TYPES[name]))
    return read


def _expression(value: Mapping[str, Any], path: str) -> re.Pattern[str]:
    """Read `{"regex": "^/auth", "flags": "i"}`. Raises SettingsError if it is not a regular expression."""
    try:
        flags = sum(_FLAGS[letter] for letter in value.get("flags", ""))
        return re.compile(value["regex"], flags)
    except (KeyError, TypeError, re.error) as error:
        expected = f'{{"regex": ..., "flags": some of {"".join(_FLAGS)}}}'
        raise SettingsError(path, dict(value), expected) from error


def _to_json(value: Any) -> Json:
    if isinstance(value, re.Pattern):
        flags = "".join(letter for letter, flag in _FLAGS.items() if value.flags & flag)
        return {"regex": value.pattern, "flags": flags} if flags else {"regex": value.pattern}
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return dict(value) if isinstance(value, Mapping) else value


def _is_body(value: object) -> bool:
    if isinstance(value, bytes):
        return True
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _without_none(kind: Any) -> Any:
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return Union[tuple(one for one in options if one is not NoneType)]  # noqa: UP007  (made of a tuple)


_CHECKS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "method": is_http_method,
    "path": is_path_pattern,
    "body": _is_body,
}
"""The fields that need more than a type."""

_TYPES: Final[Mapping[str, Any]] = {
    name: _without_none(kind)
    for name, kind in get_type_hints(Fault, include_extras=True).items()
    if name != "id"
} | {
    "path": Annotated[Any, Meta(description="a path like /events or /auth/*, no query")],
    "body": Annotated[Any, Meta(description="JSON, text or bytes")],
}
"""The types of the fields that a rule has. Those of `path` and `body` are not types of JSON."""
