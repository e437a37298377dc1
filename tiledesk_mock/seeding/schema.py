"""A seed document against the JSON Schema that ships as `fixtures/seed.schema.json`.

The schema is draft 2020-12 and keeps to the words that draft 7 has too, which is what fastjsonschema
reads: it checks 100,000 events in half a second, the reference implementation in twelve.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# At the top: this module is itself imported only when a seed has to be checked.
import fastjsonschema

from ..node.json import Json
from ..text import suggestion
from .errors import SeedErrors, excerpt

Definition = Mapping[str, Any]


class SeedSchema:
    """The schema, compiled."""

    def __init__(self, file: Path) -> None:
        self._schema: Definition = json.loads(file.read_bytes())
        self._passes = _compiled(self._schema)

    def check(self, document: Json, file: str, problems: SeedErrors) -> None:
        """Add to `problems` whatever in the `document` from `file` the schema does not let through."""
        if _refusal(self._passes, document) is None:
            return
        found = (
            self._in_document(document)
            if isinstance(document, dict)
            else [("", _unlike(self._schema, document))]
        )
        for path, expected in found:
            problems.add(file, path, expected)

    def _in_document(self, document: dict[str, Json]) -> Iterator[tuple[str, str]]:
        for name, value in document.items():
            definition = self._schema["properties"].get(name)
            if definition is None:
                yield name, _unknown(name, self._schema)
            elif definition["type"] == "array" and isinstance(value, list):
                yield from self._in_list(name, value, definition)
            elif definition["type"] == "array" or not isinstance(value, str):
                yield name, f"expected {_KIND_WORDS[definition['type']]}, not {excerpt(value)}"

    def _in_list(self, name: str, entries: list[Json], definition: Definition) -> Iterator[tuple[str, str]]:
        entry_definition = self._schema["$defs"][definition["items"]["$ref"].rpartition("/")[2]]
        passes = _compiled({**entry_definition, "required": [], "$defs": self._schema["$defs"]})
        for index, entry in enumerate(entries):
            for path, expected in _in_entry(entry, entry_definition, passes):
                yield f"{name}[{index}]{path}", expected


_KIND_WORDS = {"array": "a list", "string": "a string"}


def _in_entry(entry: Json, definition: Definition, passes: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(entry, dict):
        yield "", _unlike(definition, entry)
        return
    for name in definition["required"]:
        if name not in entry:
            yield f".{name}", f"missing; expected {_description(definition, name)}"
    rest = {name: value for name, value in entry.items() if name in definition["properties"]}
    for name in entry.keys() - rest.keys():
        yield f".{name}", _unknown(name, definition)
    yield from _in_fields(rest, passes)


def _in_fields(entry: dict[str, Json], passes: Any) -> Iterator[tuple[str, str]]:
    # The validator stops at the first field that it refuses: without that field it tells the next.
    while (refusal := _refusal(passes, entry)) is not None:
        if len(refusal.path) == 1:
            yield "", f"expected {refusal.definition['description']}"
            return
        name = refusal.path[1]
        yield f".{name}", _unlike(refusal.definition, entry[name])
        entry = {other: value for other, value in entry.items() if other != name}


def _compiled(definition: Definition) -> Any:
    return fastjsonschema.compile(dict(definition), use_default=False)


def _refusal(passes: Any, value: Json) -> fastjsonschema.JsonSchemaValueException | None:
    try:
        passes(value)
    except fastjsonschema.JsonSchemaValueException as refusal:
        return refusal
    return None


def _unlike(definition: Definition, value: Json) -> str:
    return f"expected {definition['description']}, not {excerpt(value)}"


def _unknown(name: str, definition: Definition) -> str:
    return "unknown; " + suggestion(name, definition["properties"], f"expected {definition['description']}")


def _description(definition: Definition, name: str) -> str:
    return str(definition["properties"][name].get("description", "a non-empty string"))
