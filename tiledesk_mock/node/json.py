"""JSON values, and JavaScript's `JSON.parse` and `JSON.stringify`."""

from __future__ import annotations

import gc
import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, NoReturn

import msgspec
from msgspec import UNSET, UnsetType

from .values import normal_number, number_text

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict."""


Absent = UnsetType
ABSENT: Final = UNSET
"""A missing field; null is a value."""

MAX_DEPTH: Final = 200
"""The deepest nesting that is parsed. MongoDB stores no deeper; Python's stack holds far more."""

_INDEX: Final = re.compile(r"(?:0|[1-9][0-9]{0,9})\Z")
_LARGEST_INDEX: Final = 2**32 - 2
_MAY_HAVE_INDEX_KEY: Final = re.compile(r'"(?:[0-9]|\\u003[0-9])+"[ \t\r\n]*:')

_EXACT_DIGITS: Final = 15

_POINT_ZERO: Final = re.compile(r"\.0(?=[,}\]]|\Z)")
_PADDED_EXPONENT: Final = re.compile(r"e-0[0-9](?=[,}\]]|\Z)")
LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_STRING_OR_NUMBER: Final = re.compile(r'"(?:[^"\\]|\\.)*"|-?Infinity|NaN')
_OUTSIDE_JSON: Final = {"Infinity": "1e999", "-Infinity": "-1e999", "NaN": "null"}
_EXACT_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def parse_json(text: str) -> Json:
    """Parse JSON as `JSON.parse` does.

    Raises ValueError if the text is not JSON, or is nested deeper than `MAX_DEPTH` levels.
    """
    decoder = _ORDERING_DECODER if _MAY_HAVE_INDEX_KEY.search(text) else _DECODER
    try:
        value = decoder.decode(text)
    except RecursionError:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and json_depth(value) > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    return value


def load_json(text: bytes, *, constants: bool = True) -> Json:
    """Return what `json.loads` returns, in half of the time.

    `constants` is whether NaN and Infinity are read, which are not JSON. Raises ValueError or RecursionError.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):  # as for 1e999 and half of a surrogate pair, which are JSON
        return json.loads(text, parse_constant=None if constants else _refuse_constant)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause Python's garbage collector while very many values are made, which takes up to half of the time.

    It would look through all of them again and again, and find none to free.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def json_depth(value: Json) -> int:
    """Return how many levels of arrays and objects `value` has; 0 for a scalar."""
    levels = 0
    level = [value]
    while level := [item for item in level if isinstance(item, (list, dict))]:
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
        levels += 1
    return levels


def _parse_integer(text: str) -> float:
    return int(text) if len(text) <= _EXACT_DIGITS and text != "-0" else _parse_float(text)


def _parse_float(text: str) -> float:
    return normal_number(float(text))


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def in_property_order(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return an object with JavaScript's order of keys: array indexes ascending, then the others."""
    members = dict(pairs)
    indexes = [key for key in members if _INDEX.match(key) and int(key) <= _LARGEST_INDEX]
    if not indexes:
        return members
    ordered = {key: members.pop(key) for key in sorted(indexes, key=int)}
    return ordered | members


_decoder: Final = partial(
    json.JSONDecoder, parse_int=_parse_integer, parse_float=_parse_float, parse_constant=_refuse_constant
)
_DECODER: Final = _decoder()
_ORDERING_DECODER: Final = _decoder(object_pairs_hook=in_property_order)


def stringify(value: Json) -> str:
    """Return a value as JSON, as `JSON.stringify` writes it.

    Python's encoder is ten times as fast as `_encode`, and differs only in a few numbers and in lone
    surrogates. So it goes first, and its result is searched for those.
    """
    try:
        text = _ENCODE(value)
    except ValueError:  # NaN or an infinity
        return _encode(value)
    if _POINT_ZERO.search(text) or _PADDED_EXPONENT.search(text):
        return _encode(value)
    return text if text.isascii() else LONE_SURROGATE.sub(_escape, text)


def exact_json(value: Json) -> bytes:
    """Return JSON from which a reader gets the same value, infinities too, which are null in `stringify`."""
    return with_infinities(_EXACT_ENCODE(value)).encode(errors="backslashreplace")  # for lone surrogates


def indented_json(compact: bytes) -> bytes:
    """Return what `exact_json` returns with each element on a line of its own; raise ValueError for no JSON.

    msgspec does not read the values, and takes a thirteenth of the time of Python's encoder, which makes a
    text of each element. It refuses halves of surrogate pairs.
    """
    try:
        return msgspec.json.format(compact, indent=1)
    except (msgspec.DecodeError, RecursionError):
        text = json.dumps(json.loads(compact), ensure_ascii=False, indent=1)
        return with_infinities(text).encode(errors="backslashreplace")


def with_infinities(text: str) -> str:
    """Return JSON of Python with infinities as numbers that readers read as infinite, and NaN as null."""
    if "Infinity" in text or "NaN" in text:
        return _STRING_OR_NUMBER.sub(lambda match: _OUTSIDE_JSON.get(match[0], match[0]), text)
    return text


def well_formed(text: str) -> str:
    """Return a text with U+FFFD in place of halves of surrogate pairs, as Node writes them in UTF-8."""
    return LONE_SURROGATE.sub("\ufffd", text)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _encode(value: Json) -> str:
    if isinstance(value, dict):
        return f"{{{','.join(f'{_quote(key)}:{_encode(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_encode, value))}]"
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "null"
    return number_text(value)


def _quote(text: str) -> str:
    return LONE_SURROGATE.sub(_escape, _ENCODE(text))
