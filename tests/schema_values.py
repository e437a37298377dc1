"""Hypothesis strategies for a JSON Schema: values that it accepts, and near misses of them.

They know the keywords that our own schemas have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

Schema = Mapping[str, Any]

_TEXTS = st.sampled_from(["", "a", "1", "2026-01-31T12:00:00Z", "a@b", "/x", "\ud800", "ä"])
_NUMBERS = st.integers(-3, 1200) | st.sampled_from([2**64, 0.5, 1.0, -1.0, 1e308, float("inf")])
_SCALARS = st.none() | st.booleans() | _NUMBERS | _TEXTS
_ANY = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXTS, inner, max_size=2),
    max_leaves=4,
)


def values_of(schema: Schema, definitions: Schema) -> st.SearchStrategy[Any]:
    """Return a strategy for values that most probably fit a schema; `definitions` are what it refers to."""
    if "$ref" in schema:
        target = definitions[schema["$ref"].rpartition("/")[2]]
        return st.deferred(lambda: values_of(target, definitions))
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    if "allOf" in schema:
        return values_of(schema["allOf"][0], definitions)
    options = schema.get("anyOf") or schema.get("oneOf") or []
    if options and "properties" not in schema:
        return st.one_of([values_of(option, definitions) for option in options])
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return st.one_of([_of_type(kind, schema, definitions) for kind in kinds]) if kinds else _ANY


@st.composite
def near_misses_of(draw: st.DrawFn, valid: st.SearchStrategy[Any]) -> Any:
    """Draw a value in which one place is changed: left out, added, repeated, or of another type."""
    return _changed(draw, draw(valid))


def _of_type(kind: str, schema: Schema, definitions: Schema) -> st.SearchStrategy[Any]:
    if kind == "object":
        return _objects(schema, definitions)
    if kind == "array":
        items = values_of(schema.get("items", {}), definitions)
        return st.lists(items, min_size=schema.get("minItems", 0), max_size=schema.get("minItems", 0) + 2)
    if kind == "string":
        return _strings(schema)
    if kind in ("integer", "number"):
        low = schema.get("minimum", schema.get("exclusiveMinimum", -3))
        high = schema.get("maximum", schema.get("exclusiveMaximum", low + 1000))
        return _NUMBERS if kind == "number" and low < 0 else st.sampled_from([low, high, (low + high) // 2])
    return {"null": st.none(), "boolean": st.booleans()}[kind]


def _strings(schema: Schema) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(re.compile(schema["pattern"]))
    size = schema.get("minLength", 0)
    return _TEXTS.filter(lambda text: len(text) >= size)


def _objects(schema: Schema, definitions: Schema) -> st.SearchStrategy[dict[str, Any]]:
    properties = {name: values_of(one, definitions) for name, one in schema.get("properties", {}).items()}
    required = {name: properties.pop(name, _ANY) for name in schema.get("required", [])}
    choices = [_choice(schema, one, definitions) for one in schema.get("anyOf") or schema.get("oneOf") or []]
    found = st.fixed_dictionaries(required, optional=properties)
    if isinstance(more := schema.get("additionalProperties"), Mapping):
        names = values_of({"type": "string", **schema.get("propertyNames", {})}, definitions)
        found = st.dictionaries(names, values_of(more, definitions), max_size=2)
    if not choices:
        return found
    return st.tuples(found, st.one_of(choices)).map(lambda both: {**both[0], **both[1]})


def _choice(schema: Schema, option: Schema, definitions: Schema) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for what an option requires of an object, beside what its schema says."""
    limits = {name: one for name, one in option.get("properties", {}).items() if "not" not in one}
    properties = {**schema.get("properties", {}), **limits}
    names = {*option.get("required", ()), *limits}
    return st.fixed_dictionaries({name: values_of(properties[name], definitions) for name in names})


def _changed(draw: st.DrawFn, value: Any) -> Any:
    if not value or not isinstance(value, (dict, list)) or draw(st.integers(0, 5)) == 0:
        return draw(_ANY | _like(value))
    places = sorted(value) if isinstance(value, dict) else range(len(value))
    place = draw(st.sampled_from(places))
    how = draw(st.sampled_from(["change", "change", "change", "leave out", "add"]))
    if isinstance(value, list):
        parts = {"change": [_changed(draw, value[place])], "leave out": [], "add": [value[place]] * 2}[how]
        return [*value[:place], *parts, *value[place + 1 :]]
    if how == "leave out":
        return {name: one for name, one in value.items() if name != place}
    return value | ({f"{place}x": value[place]} if how == "add" else {place: _changed(draw, value[place])})


def _like(value: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values that a careless reader takes for this one."""
    if isinstance(value, bool):
        return st.sampled_from([int(value), str(value).lower()])
    if isinstance(value, (int, float)):
        return st.sampled_from([str(value), -value, value - 1, value + 1, value + 0.5, [value]])
    if isinstance(value, str):
        return st.sampled_from([f"{value}\n", f"\n{value}", value[:-1], value.upper(), f"{value} ", [value]])
    return st.just([value])
