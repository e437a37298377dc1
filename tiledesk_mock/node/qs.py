"""Bracketed names made objects and arrays: how qs nests values, and merges what meets at one name.

A JavaScript array may be sparse and may outgrow its limit; it is then an object whose keys are indexes.
"""

from __future__ import annotations

import re
from typing import Final, cast

from msgspec import Struct

from ..errors import UnreadableBody
from .json import Json, in_property_order
from .numbers import number_text

_PROTOTYPE: Final = "__proto__"
_DIGITS: Final = re.compile(r"(?:0|[1-9][0-9]*)\Z")

_HOLE: Final = object()
"""What a sparse array has where nothing was put."""


class Limits(Struct, frozen=True):
    """How deep brackets nest (`strict`: deeper is an error), and how long an array may become."""

    depth: int
    array: int
    strict: bool


class _Overflow(dict[str, Json]):
    """An array that outgrew the limit and became an object; what is appended goes behind its `last` index."""

    def __init__(self, items: dict[str, Json], last: int) -> None:
        super().__init__(items)
        self.last = last

    def append(self, item: Json) -> None:
        self.last = int(float(self.last) + 1)
        self[number_text(self.last)] = item


def nested(segments: list[str], leaf: Json, limits: Limits) -> Json:
    """Wrap the value `leaf` in what its name's segments (`a`, `[b]`, `[]`) say."""
    for segment in reversed(segments):
        if segment != "[]":
            leaf = _member(segment, leaf, limits)
        elif not isinstance(leaf, _Overflow):
            leaf = combine([], leaf, limits)
    return leaf


def _member(segment: str, leaf: Json, limits: Limits) -> Json:
    bracketed = segment.startswith("[") and segment.endswith("]")
    name = segment[1:-1] if bracketed else segment
    if not (bracketed and _is_index(name)):
        return {} if name == _PROTOTYPE else {name: leaf}
    index = int(name)
    if index >= limits.array:
        return _Overflow({name: leaf}, index)
    return [_HOLE] * index + [leaf]


def _is_index(name: str) -> bool:
    return bool(_DIGITS.match(name)) and number_text(float(name)) == name


def combine(first: Json, second: Json, limits: Limits) -> Json:
    """Return the values of one name given twice."""
    if isinstance(first, _Overflow):
        first.append(second)
        return first
    return _limited(_as_list(first) + _as_list(second), limits)


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _limited(items: list[Json], limits: Limits) -> Json:
    if len(items) <= limits.array:
        return items
    return _Overflow(_as_object(items), len(items) - 1)


def _as_object(items: list[Json]) -> dict[str, Json]:
    return {str(index): item for index, item in enumerate(items) if item is not _HOLE}


def merge(target: Json, source: Json, limits: Limits) -> Json:
    """Return `target` with `source` merged into it."""
    if source == "":
        return target
    if isinstance(source, str):
        return _merge_text(target, source, limits)
    if not isinstance(target, (list, dict)):
        return _merge_behind(target, source, limits)
    if isinstance(target, list) and isinstance(source, list):
        return _merge_lists(target, source, limits)
    return _merge_objects(target, source, limits)


def _merge_text(target: Json, source: str, limits: Limits) -> Json:
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


def _merge_behind(target: Json, source: Json, limits: Limits) -> Json:
    if isinstance(source, _Overflow):
        shifted = {"0": target} | {number_text(float(key) + 1): item for key, item in source.items()}
        return _Overflow(shifted, source.last + 1)
    return _limited([target, *_as_list(source)], limits)


def _merge_lists(target: list[Json], source: list[Json], limits: Limits) -> Json:
    for index, item in enumerate(source):
        if item is _HOLE:
            continue
        if index >= len(target):
            target += [_HOLE] * (index - len(target)) + [item]
        elif target[index] is _HOLE:
            target[index] = item
        elif isinstance(target[index], (list, dict)) and isinstance(item, (list, dict)):
            target[index] = merge(target[index], item, limits)
        else:
            target.append(item)
    return target


def _merge_objects(target: Json, source: Json, limits: Limits) -> Json:
    merged = _as_object(target) if isinstance(target, list) else target
    for key, item in (_as_object(source) if isinstance(source, list) else source).items():
        merged[key] = merge(merged[key], item, limits) if key in merged else item
        merged = _followed(merged, source, key)
    return merged


def _followed(merged: dict[str, Json], source: Json, key: str) -> dict[str, Json]:
    """Keep count of the last index while an overflown array is merged into an object, or one into it."""
    if isinstance(source, _Overflow) and not isinstance(merged, _Overflow):
        merged = _Overflow(merged, source.last)
    if isinstance(merged, _Overflow) and _is_index(key):
        merged.last = max(merged.last, int(key))
    return merged


def compact(value: Json) -> Json:
    """Return the value with arrays that have no holes, and keys in JavaScript's order."""
    if isinstance(value, list):
        return [compact(item) for item in value if item is not _HOLE]
    if isinstance(value, dict):
        return in_property_order([(key, compact(item)) for key, item in value.items()])
    return value


_PARAMETER_LIMIT: Final = 1000
_FORM_ARRAY_LIMIT: Final = 100

_OPENING: Final = re.compile("%5B", re.IGNORECASE)
_CLOSING: Final = re.compile("%5D", re.IGNORECASE)
_SEGMENT: Final = re.compile(r"\[[^\[\]]*\]")
_ESCAPES: Final = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9a-fA-F]{2})")

_QUERY_LIMITS: Final = Limits(depth=5, array=20, strict=False)


def parse_query(text: str) -> dict[str, Json]:
    """Read a query string (without `?`) as Express 4 does: `a[b]=1` nests, five levels deep at most."""
    return _parse(text, _QUERY_LIMITS)


def parse_form(text: str) -> dict[str, Json]:
    """Read a form's body as body-parser does with `extended: true`: 32 levels, 1000 parameters.

    Raises UnreadableBody for more of either.
    """
    separators = text.count("&")
    if separators >= _PARAMETER_LIMIT:
        raise UnreadableBody
    return _parse(text, Limits(depth=32, array=max(_FORM_ARRAY_LIMIT, separators), strict=True))


def _parse(text: str, limits: Limits) -> dict[str, Json]:
    if not text:
        return {}
    read: Json = {}
    for key, value in in_property_order(list(_values(text, limits).items())).items():
        if key:
            read = merge(read, nested(_segments(key, limits), value, limits), limits)
    return cast("dict[str, Json]", compact(read))


def _values(text: str, limits: Limits) -> dict[str, Json]:
    values: dict[str, Json] = {}
    clean = _CLOSING.sub("]", _OPENING.sub("[", text))
    for part in clean.split("&")[:_PARAMETER_LIMIT]:
        key, value = _split(part)
        values[key] = combine(values[key], value, limits) if key in values else value
    return values


def _split(part: str) -> tuple[str, str]:
    bracket = part.find("]=")
    position = part.find("=") if bracket < 0 else bracket + 1
    if position < 0:
        return _decoded(part), ""
    return _decoded(part[:position]), _decoded(part[position + 1 :])


def _decoded(text: str) -> str:
    text = text.replace("+", " ")
    if "%" not in text or _BAD_ESCAPE.search(text):
        return text
    try:
        return _ESCAPES.sub(lambda run: bytes.fromhex(run[0].replace("%", "")).decode(), text)
    except UnicodeDecodeError:
        return text


def _segments(key: str, limits: Limits) -> list[str]:
    found = list(_SEGMENT.finditer(key))
    if not found:
        return [key]
    parent = key[: found[0].start()]
    segments = [parent] if parent else []
    segments += [segment[0] for segment in found[: limits.depth]]
    if len(found) > limits.depth:
        if limits.strict:
            raise UnreadableBody
        segments.append(f"[{key[found[limits.depth].start() :]}]")
    return segments
