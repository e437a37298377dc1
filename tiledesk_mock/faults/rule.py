"""One fault as a value, and how it is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from ..errors import SettingsError, SetupError
from ..http.paths import PathPattern, is_http_method, is_path_pattern
from ..node.body_parser import HTTP_TOKEN
from ..node.json import Json
from ..text import suggestion
from ..tiledesk.wire import Document

DROPS: Final = ("request", "answer", "midway")

_NAME: Final = re.compile(HTTP_TOKEN)
_FIELD: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
"""Header fields without which, or with others, nobody knows where an answer ends."""

_FLAGS: Final = {"a": re.ASCII, "i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """When something goes wrong, and what: the words are explained at `Faults`."""

    id: str = ""
    method: str | None = None
    path: PathPattern | None = None
    person: str | None = None
    name: str | None = None
    nth: int | None = None
    after: int = 0
    count: int | None = None
    probability: float = 1.0
    seed: int | str = 0
    latency: float = 0.0
    status: int | None = None
    body: Json | bytes = None
    headers: Mapping[str, str] | None = None
    drop: str | None = None
    truncate: bool | int | None = None
    garble: bool = False
    drip: float | None = None
    hang: bool = False


def read_fault(rule: Mapping[str, Any], path: str) -> Fault:
    """Read a rule as a fault; raise SettingsError, which names the place `where`, for what is none."""
    if not isinstance(rule, Mapping):
        raise SettingsError(path, rule, "an object")
    given = {name: _plainly(path, name, value) for name, value in rule.items() if value is not None}
    for name, value in given.items():
        if name not in _CHECKS:
            raise SetupError(f"{path}: there is no {name!r}: {suggestion(name, _CHECKS)}")
        check, expected = _CHECKS[name]
        if not check(value):
            raise SettingsError(f"{path}.{name}", value, expected)
    if all(given.get(name, False) is False for name in _EFFECTS):
        raise SettingsError(path, dict(rule), f"a rule that does something: {', '.join(_EFFECTS)}")
    return Fault(**given)


def fault_document(fault: Fault) -> Document:
    """Return a fault as JSON, without what is not set."""
    default = Fault()
    set_fields = {
        column.name: getattr(fault, column.name)
        for column in fields(Fault)
        if getattr(fault, column.name) != getattr(default, column.name)
    }
    return {name: _plain(value) for name, value in set_fields.items()}


def _plainly(where: str, name: str, value: Any) -> Any:
    """Return the id of a person of the handle, and the expression that JSON writes as `{"regex": ...}`."""
    if name == "path" and isinstance(value, Mapping):
        return _expression(value, f"{where}.path")
    return getattr(value, "id_user", value) if name == "person" else value


def _expression(value: Mapping[str, Any], where: str) -> re.Pattern[str]:
    """Read `{"regex": "^/auth", "flags": "i"}`; raise SettingsError for what is no expression."""
    try:
        flags = sum(_FLAGS[letter] for letter in value.get("flags", ""))
        return re.compile(value["regex"], flags)
    except (KeyError, TypeError, re.error) as error:
        expected = f'{{"regex": ..., "flags": some of {"".join(_FLAGS)}}}'
        raise SettingsError(where, dict(value), expected) from error


def _plain(value: Any) -> Json:
    if isinstance(value, re.Pattern):
        flags = "".join(letter for letter, flag in _FLAGS.items() if value.flags & flag)
        return {"regex": value.pattern, "flags": flags} if flags else {"regex": value.pattern}
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return dict(value) if isinstance(value, Mapping) else value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_number(value: object, low: float = 0, high: float = float("inf")) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


def _is_count(value: object, low: int = 0, high: float = float("inf")) -> bool:
    return isinstance(value, int) and _is_number(value, low, high)


def _is_seed(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and value.isprintable())


def _is_headers(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        _is_like(_NAME, name) and _is_like(_FIELD, text) and name.lower() not in _FRAMING
        for name, text in value.items()
    )


def _is_like(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_body(value: object) -> bool:
    if isinstance(value, bytes):
        return True
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


_CHECKS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "method": (is_http_method, "an HTTP method"),
    "path": (
        lambda value: value is not None and is_path_pattern(value),
        "a path like /events or /auth/*, no query",
    ),
    "person": (_is_text, "a role, an e-mail address or an id"),
    "name": (_is_text, "the name of an event"),
    "nth": (lambda value: _is_count(value, 1), "a number from 1"),
    "after": (_is_count, "a number of requests"),
    "count": (lambda value: _is_count(value, 1), "a number from 1"),
    "probability": (lambda value: _is_number(value, 0, 1), "a number from 0 to 1"),
    "seed": (_is_seed, "a number or text"),
    "latency": (lambda value: _is_number(value, 0, 86_400), "a number of seconds"),
    "status": (lambda value: _is_count(value, 200, 599), "a status from 200 to 599"),
    "body": (_is_body, "JSON, text or bytes"),
    "headers": (_is_headers, "an object of Latin-1 texts in a line, none of them about length or transfer"),
    "drop": (lambda value: value in DROPS, f"one of {', '.join(DROPS)}"),
    "truncate": (lambda value: isinstance(value, bool) or _is_count(value), "true or a number of bytes"),
    "garble": (lambda value: isinstance(value, bool), "true or false"),
    "drip": (lambda value: _is_number(value, 0.001), "a number of bytes per second"),
    "hang": (lambda value: isinstance(value, bool), "true or false"),
}

_EFFECTS: Final = ("latency", "status", "drop", "truncate", "garble", "drip", "hang")
