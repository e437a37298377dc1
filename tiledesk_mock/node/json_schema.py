"""JSON Schemas (draft 2020-12) that accept what `convert` takes, and nothing else.

`msgspec.json.schema` makes them. It writes some that msgspec's own decoder does not keep to: those types are
refused here. `tests/node/test_json_schema.py` compares schema and `convert` for all types that have one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec.inspect import Type, type_info

Schema = dict[str, Any]

DEFINITIONS: Final = "#/$defs/{name}"

_UNFIT: Final = (
    msgspec.inspect.DateTimeType,
    msgspec.inspect.DateType,
    msgspec.inspect.TimeType,
    msgspec.inspect.TimeDeltaType,
    msgspec.inspect.DecimalType,
    msgspec.inspect.UUIDType,
    msgspec.inspect.BytesType,
    msgspec.inspect.ByteArrayType,
    msgspec.inspect.MemoryViewType,
    msgspec.inspect.SetType,
    msgspec.inspect.FrozenSetType,
)
"""Types of which a schema and the decoder accept different values.

The decoder takes an element twice in a set, and a number as a Decimal. To a schema, formats (of a time, of a
UUID) are hints, and so is base64.
"""

_PYTHON_ONLY: Final = re.compile(r"\\[AZ]|\(\?[aiLmsux-]|\(\?P")
"""What regular expressions of ECMA-262, which JSON Schema has, lack or read otherwise."""


def schemas(kinds: Iterable[Any], ref_template: str = DEFINITIONS) -> tuple[list[Schema], dict[str, Schema]]:
    """Return the schemas of types, and those of the Structs in them by name.

    Args:
        kinds: types, annotated with `Meta` where values have limits or descriptions.
        ref_template: how the schemas refer to Structs, with `{name}`.

    Raises TypeError for a type of which no schema says what `convert` takes, and for a pattern that only
    Python reads.
    """
    kinds = list(kinds)
    for kind in kinds:
        for part in _parts(type_info(kind), set()):
            _check(part)
    found, definitions = msgspec.json.schema_components(kinds, ref_template=ref_template)
    return list(found), definitions


def schema_document(kind: Any, title: str) -> Schema:
    """Return the schema of a type as a document of its own. Raises TypeError as `schemas` does."""
    (schema,), definitions = schemas([kind])
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return {**head, **schema, "$defs": definitions}


def _check(kind: Type) -> None:
    if isinstance(kind, _UNFIT):
        raise TypeError(f"no schema says what convert takes as {type(kind).__name__}")
    pattern = getattr(kind, "pattern", None)
    if pattern is not None and _PYTHON_ONLY.search(pattern):
        raise TypeError(f"only Python reads the pattern {pattern}: write ^ and $(?!\\n), and no flags")


def _parts(kind: Any, seen: set[Any]) -> Iterator[Type]:
    """Yield a type and the types in it."""
    if isinstance(kind, (msgspec.inspect.StructType, msgspec.inspect.TypedDictType)):
        if kind.cls in seen:
            return
        seen.add(kind.cls)
    if isinstance(kind, Type):
        yield kind
    if isinstance(kind, (Type, msgspec.inspect.Field)):
        kind = {name: getattr(kind, name) for name in kind.__struct_fields__}
    if isinstance(kind, Mapping):
        kind = tuple(kind.values())
    if isinstance(kind, (tuple, list)):
        for part in kind:
            yield from _parts(part, seen)
