"""One fault as a value: how it is read from a rule, and what it does to a response."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal, get_args, get_type_hints

from msgspec import Meta, Struct, defstruct

from ..errors import SettingsError, SetupError
from ..http.exchange import BODILESS_STATUSES, Headers, RecordedResponse
from ..http.paths import METHOD, PATH, PathPattern, is_path_pattern
from ..node.body_parser import HTTP_TOKEN
from ..node.convert import ConversionError, convert
from ..node.json import Json, stringify, well_formed
from ..text import END, in_any_case, shorten, suggestion
from ..tiledesk.wire import Document

_FRAMING: Final = "|".join(map(in_any_case, ("content-length", "transfer-encoding")))

_Name = Annotated[str, Meta(min_length=1)]
_Ordinal = Annotated[int, Meta(ge=1)]
_Printable = Annotated[str, Meta(pattern=rf"^[^\x00-\x1f\x7f-\x9f]*{END}")]
_Moment = Literal["request", "response", "midway"]
HeaderName = Annotated[str, Meta(pattern=rf"^(?!({_FRAMING}){END}){HTTP_TOKEN}{END}")]
HeaderValue = Annotated[str, Meta(pattern=rf"^[\t\x20-\x7e\x80-\xff]*{END}")]
HeaderFields = Mapping[HeaderName, HeaderValue]
"""Header fields that a tester may set: Latin-1 in a line, none of them about length or transfer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """When something goes wrong, and what. `Faults` describes the fields; errors quote the text of a type."""

    id: str = ""
    method: Annotated[Annotated[str, Meta(pattern=METHOD)] | None, "an HTTP method"] = None
    path: Annotated[PathPattern | None, "a path like /events or /auth/*, no query"] = None
    person: Annotated[_Name | None, "a role, an e-mail address or an id"] = None
    name: Annotated[_Name | None, "the name of an event"] = None
    nth: Annotated[_Ordinal | None, "a number from 1"] = None
    after: Annotated[int, Meta(ge=0), "a number of requests"] = 0
    count: Annotated[_Ordinal | None, "a number from 1"] = None
    probability: Annotated[float, Meta(ge=0, le=1), "a number from 0 to 1"] = 1.0
    seed: Annotated[int | _Printable, "a number or text"] = 0
    latency: Annotated[float, Meta(ge=0, le=86_400), "a number of seconds"] = 0.0
    status: Annotated[Annotated[int, Meta(ge=200, le=599)] | None, "a status from 200 to 599"] = None
    body: Annotated[Any, "JSON, text or bytes"] = None
    headers: Annotated[
        HeaderFields | None,
        "an object of Latin-1 texts in a line, none of them about length or transfer",
    ] = None
    drop: Annotated[_Moment | None, "one of request, response, midway"] = None
    truncate: Annotated[bool | Annotated[int, Meta(ge=0)] | None, "true or a number of bytes"] = None
    garble: Annotated[bool, "true or false"] = False
    drip: Annotated[Annotated[float, Meta(ge=0.001)] | None, "a number of bytes per second"] = None
    hang: Annotated[bool, "true or false"] = False


_TYPES: Final = get_type_hints(Fault, include_extras=True)
"""The type of each field of a rule, annotated with its description in errors."""

del _TYPES["id"]  # which no rule has
_TYPES["path"] = Annotated[Annotated[str, Meta(pattern=PATH)] | None, get_args(_TYPES["path"])[-1]]


class Expression(Struct, frozen=True, forbid_unknown_fields=True):
    """A path as a regular expression, in JSON."""

    regex: str
    flags: Annotated[str, Meta(pattern=f"^[aimsx]*{END}")] = ""


_NOT_UTF8: Final = 0xFF
_GARBLED_STEP: Final = 7
_FIRST_ERROR: Final = 400
_NOT_SHOWN: Final = ("id", "body", "headers")
_LONGEST_VALUE: Final = 60
_EFFECTS: Final = ("latency", "status", "drop", "truncate", "garble", "drip", "hang")
_FLAGS: Final = {"a": re.ASCII, "i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


def read_fault(rule: Mapping[str, Any], path: str) -> Fault:
    """Read a rule as a fault. Raises SettingsError, which names the field below `path`, for a wrong one.

    `person` may be a person of the handle, `path` a regular expression or `{"regex": ..., "flags": ...}`.
    """
    if not isinstance(rule, Mapping):
        raise SettingsError(path, rule, "an object")
    for name in rule:
        if name not in _TYPES:
            raise SetupError(f"{path}: there is no {name!r}: {suggestion(name, _TYPES)}")
    values = {name: _read_field(name, value, path) for name, value in rule.items() if value is not None}
    if all(values.get(name, False) is False for name in _EFFECTS):
        raise SettingsError(path, dict(rule), f"a rule with an effect: {', '.join(_EFFECTS)}")
    return Fault(**values)


def rule_type() -> Any:
    """Return the type of a rule as JSON, for its schema. `read_fault` reads a rule field by field."""
    columns = [(name, _in_schema(kind, name), None) for name, kind in _TYPES.items()]
    rule = defstruct("fault_rule", columns, forbid_unknown_fields=True)
    effects = [
        {"required": [name], "properties": {name: {"not": {"enum": [None, False]}}}} for name in _EFFECTS
    ]
    return Annotated[rule, Meta(title="A fault", extra_json_schema={"anyOf": effects})]


def fault_document(fault: Fault) -> Document:
    """Return a fault as JSON, without the fields that have their default."""
    return {
        field.name: _to_json(value)
        for field in fields(Fault)
        if (value := getattr(fault, field.name)) != field.default
    }


def fault_reason(fault: Fault, response: RecordedResponse | None) -> str | None:
    """Return what a fault does to a response, and when; None if it lets the response be."""
    is_error = (fault.status or 0) >= _FIRST_ERROR or fault.drop or fault.garble or fault.truncate is not None
    if response is not None and not is_error:
        return None
    values = {name: value for name, value in fault_document(fault).items() if name not in _NOT_SHOWN}
    shown = ", ".join(f"{name} {shorten(str(value), _LONGEST_VALUE)}" for name, value in values.items())
    is_delay = response is None and not (fault.drop or fault.hang)
    left = "the client closed the connection before the end of " if is_delay else ""
    return f"{left}{fault.id} ({shown})"


def damaged_response(response: RecordedResponse, fault: Fault) -> RecordedResponse:
    """Return a response with its body garbled and truncated as the fault says."""
    body = response.body
    if fault.garble:
        garbled = bytearray(body)
        garbled[::_GARBLED_STEP] = bytes([_NOT_UTF8]) * len(garbled[::_GARBLED_STEP])
        body = bytes(garbled)
    if fault.truncate is not None:
        body = body[: len(body) // 2 if fault.truncate is True else int(fault.truncate)]
    if body is response.body:
        return response
    return replace(response, body=body, headers=_with_length(response.headers, len(body)))


def fault_response(fault: Fault, own: RecordedResponse) -> RecordedResponse:
    """Return `own`, Tiledesk's response with the fault's status, with the fault's body and headers."""
    headers = without_headers(own.headers, *(fault.headers or {}))
    headers += tuple((fault.headers or {}).items())
    if fault.body is None or own.status in BODILESS_STATUSES:
        return replace(own, headers=headers)
    if isinstance(fault.body, bytes):
        body, content_type = fault.body, "application/octet-stream"
    elif isinstance(fault.body, str):
        body, content_type = well_formed(fault.body).encode(), "text/plain; charset=utf-8"
    else:
        body, content_type = stringify(fault.body).encode(), "application/json; charset=utf-8"
    if not any(name.lower() == "content-type" for name in fault.headers or {}):
        headers = (*without_headers(headers, "Content-Type"), ("Content-Type", content_type))
    return RecordedResponse(own.status, _with_length(without_headers(headers, "ETag"), len(body)), body)


def _in_schema(kind: Any, name: str) -> Any:
    """Return the type of a field that may be null, with its description as msgspec has it."""
    options = kind | Expression | None if name == "path" else kind | None
    return Annotated[options, Meta(description=get_args(kind)[-1])]


def _read_field(name: str, value: Any, path: str) -> Any:
    if name == "path" and isinstance(value, Mapping):
        return read_expression(value, f"{path}.path")
    expected = get_args(_TYPES[name])[-1]
    if (name == "path" and isinstance(value, re.Pattern)) or name == "body":
        if not (is_body(value) if name == "body" else is_path_pattern(value)):
            raise SettingsError(f"{path}.{name}", value, expected)
        return value
    value = getattr(value, "id_user", value) if name == "person" else value
    try:
        return convert(value, _TYPES[name])
    except ConversionError as error:
        raise SettingsError(f"{path}.{name}", value, expected) from error


def read_expression(value: Mapping[str, Any], path: str) -> re.Pattern[str]:
    """Return a regular expression in JSON. Raises SettingsError, which names the `path`, for a wrong one."""
    try:
        rule = convert(dict(value), Expression)
        flags = reduce(or_, (_FLAGS[letter] for letter in rule.flags), re.RegexFlag(0))
        return re.compile(rule.regex, flags)
    except (ConversionError, re.error, OverflowError, RecursionError) as error:
        expected = f'{{"regex": ..., "flags": some of {"".join(_FLAGS)}}}'
        raise SettingsError(path, dict(value), expected) from error


def path_document(path: PathPattern) -> Json:
    """Return the pattern of a path as JSON."""
    if isinstance(path, str):
        return path
    flags = "".join(letter for letter, flag in _FLAGS.items() if path.flags & flag)
    return {"regex": path.pattern, "flags": flags} if flags else {"regex": path.pattern}


def _to_json(value: Any) -> Json:
    if isinstance(value, re.Pattern):
        return path_document(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return dict(value) if isinstance(value, Mapping) else value


def is_body(value: object) -> bool:
    """Return whether a value is JSON, text or bytes."""
    try:
        return isinstance(value, bytes) or bool(json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        return False


def _with_length(headers: Headers, length: int) -> Headers:
    return (*without_headers(headers, "Content-Length"), ("Content-Length", str(length)))


def without_headers(headers: Headers, *names: str) -> Headers:
    """Return header fields but for those with these names, in any case."""
    lowered = {name.lower() for name in names}
    return tuple((name, value) for name, value in headers if name.lower() not in lowered)
