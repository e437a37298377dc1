"""The schemas of what the operations of the control API take and return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_type_hints

from ..control.operations import OPERATIONS, Operation
from ..node.json_schema import Schema, schemas
from .control_bodies import WHOLE_BODIES, body_types, standard_event_body
from .control_responses import RESPONSES

_REFERENCE: Final = "#/components/schemas/{name}"
_OBJECT: Final[Schema] = {"type": "object"}


class ControlSchemas:
    """The schemas of all types in the table of operations; those of Structs are components."""

    def __init__(self) -> None:
        fields = [one.fields for one in OPERATIONS if _has_fields(one)]
        kinds = [*body_types(), *RESPONSES.values(), *fields]
        found, self.components = schemas(kinds, _REFERENCE)
        self._found: Final = [*zip(kinds, found, strict=True)]

    def of(self, kind: Any) -> Schema:
        """Return the schema of a type; of one that is not among them, it may have no Structs."""
        known = next((schema for one, schema in self._found if one is kind), None)
        return schemas([kind], _REFERENCE)[0][0] if known is None else known

    def properties(self, operation: Operation) -> Mapping[str, Schema]:
        """Return the schemas of an operation's fields."""
        if not _has_fields(operation):
            return {}
        found: Mapping[str, Schema] = self._struct(operation)["properties"]
        return found

    def required(self, operation: Operation) -> list[str]:
        """Return the names of the fields that an operation needs."""
        return self._struct(operation)["required"] if _has_fields(operation) else []

    def body(self, operation: Operation) -> Schema | None:
        """Return the schema of an operation's body; None if it has none."""
        if operation.document:
            make = WHOLE_BODIES.get(operation.name)
            return make(self.of) if make else _OBJECT
        if not operation.has_body or not _has_fields(operation):
            return None
        if operation.name == "emit_standard":
            return standard_event_body(self._struct(operation), self.of)
        return self.of(operation.fields)

    def response(self, operation: Operation) -> Schema:
        """Return the schema of an operation's response, if it is done."""
        if operation.done:
            return _object(operation.done, {"type": "string"} if operation.ids else {"const": True})
        kind = RESPONSES.get(operation.name, get_type_hints(operation.perform)["return"])
        try:
            schema = self.of(kind)
        except TypeError:  # a type that the operation's codec turns into JSON
            schema = {}
        return _object(operation.key, schema) if operation.key else schema

    def describe(self, operation: Operation, sentences: Mapping[str, str]) -> None:
        """Add descriptions to the fields of an operation."""
        for name, schema in self.properties(operation).items():
            if name in sentences:
                schema["description"] = sentences[name]

    def _struct(self, operation: Operation) -> Schema:
        found: Schema = self.components[self.of(operation.fields)["$ref"].rpartition("/")[2]]
        return found


def _has_fields(operation: Operation) -> bool:
    return not operation.document and bool(operation.fields.__struct_fields__)


def _object(name: str, schema: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {name: schema},
        "required": [name],
        "additionalProperties": False,
    }
