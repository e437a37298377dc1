"""Query strings and forms as qs parses them: bracketed names become objects and arrays.

An array of qs may be sparse. One that grows longer than the limit becomes an object with the indexes as keys.
"""

from __future__ import annotations

import re
from typing import Final, cast

from msgspec import Struct

from ..errors import TooManyParameters, UnreadableBody
from .json import Json, in_property_order
from .values import number_text

_PARAMETER_LIMIT: Final = 1000
_FORM_ARRAY_LIMIT: Final = 100

_OPENING: Final = re.compile("%5B", re.IGNORECASE)
_CLOSING: Final = re.compile("%5D", re.IGNORECASE)
_SEGMENT: Final = re.compile(r"\[[^\[\]]*\]")
_ESCAPES: Final = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9a-fA-F]{2})")

_PROTOTYPE: Final = "__proto__"
_DIGITS: Final = re.compile(r"(?:0|[1-9][0-9]*)\Z")

_HOLE: Final = object()
"""An item that a sparse array does not have."""


class _Limits(Struct, frozen=True):
    """How deep brackets may nest (with `strict`, deeper ones are an error), and the longest array."""

    depth: int
    array: int
    strict: bool


_QUERY_LIMITS: Final = _Limits(depth=5, array=20, strict=False)


class _Overflow(dict[str, Json]):
    """An object that was an array until it outgrew the limit; items are appended after its `last` index."""

    def __init__(self, items: dict[str, Json], last: int) -> None:
        super().__init__(items)
        self.last = last

    def append(self, item: Json) -> None:
        self.last = int(float(self.last) + 1)
        self[number_text(self.last)] = item


def parse_query(text: str) -> dict[str, Json]:
    """Parse a query string (without `?`) as Express 4 does: `a[b]=1` nests, at most five levels deep."""
    return _parse(text, _QUERY_LIMITS)


def parse_form(text: str) -> dict[str, Json]:
    """Parse a form's body as body-parser does with `extended: true`.

    Raises TooManyParameters for more than 1000 of them, UnreadableBody for more than 32 levels.
    """
    separators = text.count("&")
    if separators >= _PARAMETER_LIMIT:
        raise TooManyParameters
    return _parse(text, _Limits(depth=32, array=max(_FORM_ARRAY_LIMIT, separators), strict=True))


def _parse(text: str, limits: _Limits) -> dict[str, Json]:
    if not text:
        return {}
    parsed: Json = {}
    for key, value in in_property_order(list(_values(text, limits).items())).items():
        if key:
            parsed = _merge(parsed, _nested(_segments(key, limits), value, limits), limits)
    return cast("dict[str, Json]", _compact(parsed))


def _values(text: str, limits: _Limits) -> dict[str, Json]:
    values: dict[str, Json] = {}
    clean = _CLOSING.sub("]", _OPENING.sub("[", text))
    for part in clean.split("&")[:_PARAMETER_LIMIT]:
        key, value = _split(part)
        values[key] = _combine(values[key], value, limits) if key in values else value
    return values


def _split(part: str) -> tuple[str, str]:
    bracket = part.find("]=")
    position = part.find("=") if bracket < 0 else bracket + 1
    if position < 0:
        return _decode(part), ""
    return _decode(part[:position]), _decode(part[position + 1 :])


def _decode(text: str) -> str:
    return decoded_component(text.replace("+", " "))


def decoded_component(text: str) -> str:
    """Return the text as decodeURIComponent decodes it; as it is where that throws."""
    if "%" not in text or _BAD_ESCAPE.search(text):
        return text
    try:
        return _ESCAPES.sub(lambda run: bytes.fromhex(run[0].replace("%", "")).decode(), text)
    except UnicodeDecodeError:
        return text


def _segments(key: str, limits: _Limits) -> list[str]:
    found = list(_SEGMENT.finditer(key))
    if not found:
        return [key]
    parent = key[: found[0].start()]
    segments = [parent] if parent else []
    segments += [segment[0] for segment in found[: limits.depth]]
    if len(found) > limits.depth:
        if limits.strict:
            raise UnreadableBody("a parameter of its form has more than 32 levels")
        segments.append(f"[{key[found[limits.depth].start() :]}]")
    return segments


def _nested(segments: list[str], leaf: Json, limits: _Limits) -> Json:
    """Return `leaf` in the objects and arrays that the segments of its name (`a`, `[b]`, `[]`) stand for."""
    for segment in reversed(segments):
        if segment != "[]":
            leaf = _member(segment, leaf, limits)
        elif not isinstance(leaf, _Overflow):
            leaf = _combine([], leaf, limits)
    return leaf


def _member(segment: str, leaf: Json, limits: _Limits) -> Json:
    bracketed = segment.startswith("[") and segment.endswith("]")
    name = segment[1:-1] if bracketed else segment
    if not (bracketed and _is_index(name)):
        return {} if name == _PROTOTYPE else {name: leaf}
    index = int(name)
    if index >= limits.array:
        return _Overflow({name: leaf}, index)
    return [_HOLE] * index + [leaf]


def _is_index(name: str) -> bool:
    return _DIGITS.match(name) is not None and number_text(float(name)) == name


def _combine(first: Json, second: Json, limits: _Limits) -> Json:
    """Return the values of a name that occurs twice."""
    if isinstance(first, _Overflow):
        first.append(second)
        return first
    return _limited(_as_list(first) + _as_list(second), limits)


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _limited(items: list[Json], limits: _Limits) -> Json:
    if len(items) <= limits.array:
        return items
    return _Overflow(_as_object(items), len(items) - 1)


def _as_object(items: list[Json]) -> dict[str, Json]:
    return {str(index): item for index, item in enumerate(items) if item is not _HOLE}


def _merge(target: Json, source: Json, limits: _Limits) -> Json:
    if source == "":
        return target
    if isinstance(source, str):
        return _merge_text(target, source, limits)
    if not isinstance(target, (list, dict)):
        return _merge_into_scalar(target, source, limits)
    if isinstance(target, list) and isinstance(source, list):
        return _merge_lists(target, source, limits)
    return _merge_objects(target, source, limits)


def _merge_text(target: Json, source: str, limits: _Limits) -> Json:
    if isinstance(target, _Overflow):
        target.append(source)
    elif isinstance(target, list):
        if len(target) > limits.array:
            return _Overflow(_as_object([*target, source]), len(target))
        target.append(source)
    elif not isinstance(target, dict):
        return [target, source]
    elif source != _PROTOTYPE:
        target[source] = True
    return target


def _merge_into_scalar(target: Json, source: Json, limits: _Limits) -> Json:
    if isinstance(source, _Overflow):
        shifted = {"0": target} | {number_text(float(key) + 1): item for key, item in source.items()}
        return _Overflow(shifted, source.last + 1)
    return _limited([target, *_as_list(source)], limits)


def _merge_lists(target: list[Json], source: list[Json], limits: _Limits) -> Json:
    for index, item in enumerate(source):
        if item is _HOLE:
            continue
        if index >= len(target):
            target += [_HOLE] * (index - len(target)) + [item]
        elif target[index] is _HOLE:
            target[index] = item
        elif isinstance(target[index], (list, dict)) and isinstance(item, (list, dict)):
            target[index] = _merge(target[index], item, limits)
        else:
            target.append(item)
    return target


def _merge_objects(target: Json, source: Json, limits: _Limits) -> Json:
    merged = _as_object(target) if isinstance(target, list) else target
    for key, item in (_as_object(source) if isinstance(source, list) else source).items():
        merged[key] = _merge(merged[key], item, limits) if key in merged else item
        if isinstance(source, _Overflow) and not isinstance(merged, _Overflow):
            merged = _Overflow(merged, source.last)
        if isinstance(merged, _Overflow) and _is_index(key):
            merged.last = max(merged.last, int(key))
    return merged


def _compact(value: Json) -> Json:
    """Return the value without holes in arrays, and with keys in JavaScript's order."""
    if isinstance(value, list):
        return [_compact(item) for item in value if item is not _HOLE]
    if isinstance(value, dict):
        return in_property_order([(key, _compact(item)) for key, item in value.items()])
    return value
