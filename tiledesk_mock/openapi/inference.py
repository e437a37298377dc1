"""JSON Schemas of JSON values, inferred from samples that the code itself has made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os.path import commonprefix
from typing import Final

from msgspec import Struct

from ..node.json import Json
from ..tiledesk.wire import Document

Schema = Document

_TYPES: Final[dict[type, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    list: "array",
    dict: "object",
}
_SHORTEST_PREFIX: Final = 8
_SPECIAL: Final = re.compile(r"[\\^$.*+?()\[\]{}|/]")


class Part(Struct, frozen=True):
    """Stands in a sample for a value with a known `schema`."""

    schema: Schema


def inferred(samples: Sequence[Json], *, exact: bool = False) -> Schema:
    """Return a schema of some JSON values; what has samples of every type is any JSON.

    Objects have no other fields than the samples. With `exact`, texts and booleans are those of the samples
    if all are equal, and texts begin as all samples do.
    """
    parts = [sample for sample in samples if isinstance(sample, Part)]
    if parts:
        return parts[0].schema
    kinds = list(dict.fromkeys(_TYPES[type(sample)] for sample in samples))
    if set(kinds) >= set(_TYPES.values()) - {"integer", "number"}:
        return {}
    if len(kinds) == 1:
        return _of_one_type(kinds[0], samples, exact=exact)
    return {"type": kinds}


def _of_one_type(kind: str, samples: Sequence[Json], *, exact: bool) -> Schema:
    if kind == "object":
        return _object(samples, exact=exact)
    if kind == "array":
        items = [item for sample in samples for item in sample]
        return (
            {"type": "array", "items": inferred(items, exact=exact)}
            if items
            else {"type": "array", "items": {}}
        )
    return {"type": kind} | (_exact(samples) if exact else {})


def _object(samples: Sequence[Document], *, exact: bool) -> Schema:
    names = dict.fromkeys(name for sample in samples for name in sample)
    properties = {
        name: inferred([sample[name] for sample in samples if name in sample], exact=exact) for name in names
    }
    required = [name for name in names if all(name in sample for sample in samples)]
    return closed_object(properties, required)


def closed_object(properties: Document, required: Sequence[str]) -> Schema:
    """Return the schema of an object without other fields than these."""
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": [*required]} if required else {})


def _exact(samples: Sequence[Json]) -> Schema:
    first = samples[0]
    if isinstance(first, (str, bool)) and all(sample == first for sample in samples):
        return {"const": first}
    prefix = commonprefix(samples) if isinstance(first, str) else ""  # noqa: RUF071  (of texts, not of paths)
    # Not `re.escape`: it escapes blanks, and ECMA-262, whose expressions these are, takes that for an error.
    return {"pattern": "^" + _SPECIAL.sub(r"\\\g<0>", prefix)} if len(prefix) >= _SHORTEST_PREFIX else {}


def fits(value: Json, schema: Schema) -> bool:
    """Return whether a value fits a schema that was inferred from samples, without Parts."""
    if "type" not in schema:
        return True
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if _TYPES[type(value)] not in kinds:
        return False
    if isinstance(value, dict):
        return _object_fits(value, schema)
    if isinstance(value, list):
        return all(fits(item, schema.get("items", {})) for item in value)
    is_like = not isinstance(value, str) or re.search(schema.get("pattern", ""), value)
    return bool(is_like) and schema.get("const", value) == value


def _object_fits(value: Document, schema: Schema) -> bool:
    properties = schema["properties"]
    has_fields = value.keys() <= properties.keys() and set(schema.get("required", ())) <= value.keys()
    return has_fields and all(fits(item, properties[name]) for name, item in value.items())
