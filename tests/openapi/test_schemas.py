"""What a schema accepts is what the code takes, of everything that is read from outside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from tiledesk_mock.control.openapi_controls import CONTROL_FILE
from tiledesk_mock.control.openapi_files import OPENAPI_FILES
from tiledesk_mock.control.operations import OPERATIONS, Operation
from tiledesk_mock.emulator.modes import MODE_OPTIONS
from tiledesk_mock.errors import SetupError
from tiledesk_mock.faults.rule import read_fault
from tiledesk_mock.faults.stubs import read_stub
from tiledesk_mock.node.convert import convert
from tiledesk_mock.node.json_schema import schema_document
from tiledesk_mock.scenarios.scenarios import SCENARIOS
from tiledesk_mock.seeding.schema import SEED
from tiledesk_mock.tiledesk.conversation_fields import STEPS, OpeningFields
from tiledesk_mock.tiledesk.platform_events import event_type

from ..schema_values import near_misses_of, values_of

CONTROL: dict[str, Any] = json.loads(OPENAPI_FILES[CONTROL_FILE])
Reader = Callable[[Any], Any]


def read_standard_event(body: Any) -> None:
    """Read the body of the operation that sends one of the platform's own events."""
    operation = next(one for one in OPERATIONS if one.name == "emit_standard")
    arguments = operation.arguments(body, {})
    convert(arguments.get("fields") or {}, event_type(arguments["name"]).fields)


def read_mode(body: Any) -> None:
    """Read the body of the operation that sets the mode."""
    if not isinstance(body.get("mode"), str) or body["mode"] not in MODE_OPTIONS:
        raise SetupError("the mode is unknown")
    convert(body, MODE_OPTIONS[body["mode"]])


def read_seed(body: Any) -> None:
    """Read the body of the operations that take a seed."""
    if not body:
        raise SetupError("the body is empty")
    convert(body, SEED)


READERS: dict[str, Reader] = {
    "emit_standard": read_standard_event,
    "set_mode": read_mode,
    "replace_state": read_seed,
    "add_fault": lambda body: read_fault(body, "fault"),
    "add_stub": read_stub,
    "start_conversation": lambda body: convert(body, OpeningFields),
    **{
        f"conversation_{step}": lambda body, kind=kind: convert(body, kind)  # type: ignore[misc]
        for step, kind in STEPS.items()
    },
}
"""What reads the bodies that are no parameters of an operation, by the id of the operation."""


def cases() -> Iterator[tuple[str, dict[str, Any], Reader]]:
    """Yield names, schemas and what reads the values."""
    yield "scenarios", schema_document(SCENARIOS, "Scenarios"), lambda value: convert(value, SCENARIOS)
    components = {"components": CONTROL["components"]}
    for item in CONTROL["paths"].values():
        for described in item.values():
            name, content = described["operationId"], described.get("requestBody", {}).get("content", {})
            if "application/json" in content and name != "add_seed":
                reader = READERS.get(name) or arguments_of(name, item)
                yield name, {**content["application/json"]["schema"], **components}, reader


def arguments_of(name: str, item: dict[str, Any]) -> Reader:
    """Return what reads the body of an operation as its parameters."""
    operation: Operation = next(
        one for one in OPERATIONS if one.name == name.removesuffix("_post") and one.method.lower() in item
    )
    return lambda body: operation.arguments(body, {})


def takes(reader: Reader, value: Any) -> bool:
    """Return whether a reader takes a value."""
    try:
        reader(value)
    except (SetupError, ValueError):  # ConversionError is one
        return False
    return True


CASES = [pytest.param(schema, reader, id=name) for name, schema, reader in cases()]


@pytest.mark.parametrize(("schema", "reader"), CASES)
def test_schema_accepts_what_the_code_takes(schema: dict[str, Any], reader: Reader) -> None:
    """Of valid values, and of those in which one place is changed."""
    validator = jsonschema.Draft202012Validator(schema)
    valid = values_of(schema, schema.get("$defs") or schema["components"]["schemas"])

    # The same values in each run. More of them (800) found nothing else when this was written.
    @settings(max_examples=60, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(valid | near_misses_of(valid))
    def compare(value: Any) -> None:
        if schema.get("title") == "Scenarios" or isinstance(value, dict):  # a body is an object
            assert takes(reader, value) is validator.is_valid(value)

    compare()
