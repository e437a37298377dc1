"""What the operations of the control API take as a whole body, or by rules beyond the types of parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import fields as struct_fields

from ..emulator.modes import MODE_OPTIONS
from ..faults.rule import rule_type
from ..faults.stubs import StubRule
from ..node.json_schema import Schema
from ..seeding.schema import SEED
from ..text import END
from ..tiledesk.conversation_fields import STEPS, OpeningFields
from ..tiledesk.platform_events import EVENT_TYPES, EventType

SchemaOf = Callable[[Any], Schema]
"""Returns the schema of a type, with references to the document's components."""


_RULE: Final = rule_type()

WHOLE_BODIES: Final[Mapping[str, Callable[[SchemaOf], Schema]]] = {
    "replace_state": lambda of: {"allOf": [of(SEED)], "minProperties": 1},
    "add_seed": lambda of: {"allOf": [of(SEED)], "minProperties": 1},
    "add_fault": lambda of: of(_RULE),
    "add_stub": lambda of: of(StubRule),
    "start_conversation": lambda of: of(OpeningFields),
    "set_mode": lambda of: {"oneOf": [of(kind) for kind in MODE_OPTIONS.values()]},
}
"""The schema of the body of each operation that takes a document, by the operation's name."""


def body_types() -> list[Any]:
    """Return the types of bodies beside the parameters of operations: components are made from them."""
    kinds = [SEED, _RULE, StubRule, OpeningFields, *STEPS.values(), *MODE_OPTIONS.values()]
    return [*kinds, *(row.fields for row in EVENT_TYPES)]


def standard_event_body(fields: Schema, schema_of: SchemaOf) -> Schema:
    """Return the schema of one of the platform's events; `fields` is that of the operation's parameters."""
    rows: dict[Any, list[EventType]] = {}
    for row in EVENT_TYPES:
        rows.setdefault(row.fields, []).append(row)
    return {**fields, "anyOf": [_standard_event(kind, named, schema_of) for kind, named in rows.items()]}


def _standard_event(kind: Any, rows: list[EventType], schema_of: SchemaOf) -> Schema:
    names = "|".join(re.escape(row.name).replace("NAME", r"[\s\S]+") for row in rows)
    is_required = any(one.required for one in struct_fields(kind))
    schema = schema_of(kind)
    return {
        "title": ", ".join(row.name for row in rows),
        "properties": {
            "name": {"type": "string", "pattern": f"^({names}){END}"},
            "fields": schema if is_required else {"anyOf": [schema, {"type": "null"}]},
        },
        "required": ["name", "fields"] if is_required else ["name"],
    }
