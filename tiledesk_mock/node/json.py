"""JSON values, and `JSON.parse` and `JSON.stringify` as JavaScript has them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final, NoReturn

from .numbers import normal_number, number_text

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict."""


class Absent(Enum):
    """Tells a field that was not given from one that is null."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent.ABSENT

MAX_DEPTH: Final = 200
"""Levels of nesting that are read; MongoDB stores no more, and Python would run out of stack far beyond."""

_INDEX: Final = re.compile(r"(?:0|[1-9][0-9]{0,9})\Z")
_LARGEST_INDEX: Final = 2**32 - 2
_MAY_HAVE_INDEX_KEY: Final = re.compile(r'"(?:[0-9]|\\u003[0-9])+"[ \t\r\n]*:')

_EXACT_DIGITS: Final = 15

_POINT_ZERO: Final = re.compile(r"\.0(?=[,}\]]|\Z)")
_PADDED_EXPONENT: Final = re.compile(r"e-0[0-9](?=[,}\]]|\Z)")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def parse_json(text: str) -> Json:
    """Read JSON as `JSON.parse` does.

    Raises ValueError for what is no JSON, and for what is nested deeper than `MAX_DEPTH` levels.
    """
    decoder = _ORDERING if _MAY_HAVE_INDEX_KEY.search(text) else _PLAIN
    try:
        value = decoder.decode(text)
    except RecursionError:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and json_depth(value) > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    return value


def json_depth(value: Json) -> int:
    """Return how many levels of arrays and objects `value` has; 0 for a text or a number."""
    levels = 0
    level = [value]
    while level := [item for item in level if isinstance(item, (list, dict))]:
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
        levels += 1
    return levels


def _read_integer(text: str) -> float:
    if len(text) <= _EXACT_DIGITS and text != "-0":
        return int(text)
    return normal_number(float(text))


def _read_float(text: str) -> float:
    return normal_number(float(text))


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def in_property_order(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return an object with JavaScript's order of keys: array indexes ascending, then the rest as given."""
    read = dict(pairs)
    indexes = [key for key in read if _INDEX.match(key) and int(key) <= _LARGEST_INDEX]
    if not indexes:
        return read
    ordered = {key: read.pop(key) for key in sorted(indexes, key=int)}
    return ordered | read


_PLAIN: Final = json.JSONDecoder(
    parse_int=_read_integer, parse_float=_read_float, parse_constant=_refuse_constant
)
_ORDERING: Final = json.JSONDecoder(
    parse_int=_read_integer,
    parse_float=_read_float,
    parse_constant=_refuse_constant,
    object_pairs_hook=in_property_order,
)


def stringify(value: Json) -> str:
    """Write JSON as `JSON.stringify` does.

    Python's own encoder is ten times as fast as ours and differs in a few numbers and in halves of surrogate
    pairs only; so it goes first, and what it wrote is looked through for those.
    """
    try:
        text = _ENCODE(value)
    except ValueError:
        return "".join(_pieces(value))
    if _POINT_ZERO.search(text) or _PADDED_EXPONENT.search(text):
        return "".join(_pieces(value))
    return text if text.isascii() else _LONE_SURROGATE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _pieces(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        yield "{"
        for position, (key, item) in enumerate(value.items()):
            yield f"{',' if position else ''}{_text(key)}:"
            yield from _pieces(item)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for position, item in enumerate(value):
            yield "," if position else ""
            yield from _pieces(item)
        yield "]"
    else:
        yield _scalar(value)


def _scalar(value: Json) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "null"
    return number_text(value)


def _text(text: str) -> str:
    return _LONE_SURROGATE.sub(_escape, _ENCODE(text))
