"""Bracketed names made objects and arrays: how qs nests values, and merges what meets at one name.

A JavaScript array may be sparse and may outgrow its limit; it is then an object whose keys are indexes.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from .doubles import number_text
from .javascript import in_property_order
from .model import Json

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
