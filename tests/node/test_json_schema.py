"""JSON Schemas of types: which types have one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import pytest
from msgspec import Meta, Struct

from tiledesk_mock.node.json_schema import schema_document, schemas


class Node(Struct):
    """A type that has itself in it."""

    name: Annotated[str, Meta(min_length=1)]
    children: list[Node] = []


class Appointment(Struct):
    """A type with a part that has no schema."""

    at: datetime


@pytest.mark.parametrize(
    "kind", [set[int], frozenset[str], Decimal, datetime, UUID, bytes, dict[str, list[Decimal]], Appointment]
)
def test_type_that_a_schema_cannot_describe_is_refused(kind: Any) -> None:
    """Schema and decoder would accept different values: an element twice, a number, any text."""
    with pytest.raises(TypeError, match="no schema says what convert takes"):
        schemas([kind])


@pytest.mark.parametrize("pattern", [r"\Aa", r"a\Z", "(?i:a)", "(?P<name>a)"])
def test_pattern_that_only_python_reads_is_refused(pattern: str) -> None:
    """Other readers of a schema take it for something else, or fail."""
    with pytest.raises(TypeError, match="only Python reads"):
        schemas([Annotated[str, Meta(pattern=pattern)]])


def test_structs_are_referred_to_by_name() -> None:
    """The template says where they are."""
    (schema,), definitions = schemas([list[Node]], "#/components/schemas/{name}")

    assert schema == {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}
    assert definitions["Node"]["properties"]["name"] == {"type": "string", "minLength": 1}


def test_document_is_complete() -> None:
    """It has what it refers to."""
    document = schema_document(Node, "A node")

    assert document["title"] == "A node"
    assert document["$ref"] == "#/$defs/Node"
    assert document["$defs"].keys() == {"Node"}
