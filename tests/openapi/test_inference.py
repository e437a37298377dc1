"""Schemas that are inferred from samples."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tiledesk_mock.openapi.inference import Part, fits, inferred

FAILED = {"success": False, "msg": "Error getting object."}


@pytest.mark.parametrize(
    "body",
    [
        {"success": True, "msg": "Error getting object."},
        {"success": False, "msg": "Error saving object."},
        {"success": False},
        {**FAILED, "error": "x"},
        [FAILED],
        "Error getting object.",
    ],
)
def test_body_other_than_the_sample_does_not_fit(body: Any) -> None:
    """Values are constants with `exact`, and objects are closed."""
    schema = inferred([FAILED, FAILED], exact=True)

    assert Draft202012Validator(schema).is_valid(FAILED)
    assert not Draft202012Validator(schema).is_valid(body)


@pytest.mark.parametrize(
    "body", [FAILED, {"success": False}, {"msg": 1}, [], None, "text", {**FAILED, "a": 1}]
)
def test_fits_agrees_with_a_validator(body: Any) -> None:
    """Examples are chosen without a library that users would have to install."""
    schema = inferred([FAILED, FAILED], exact=True)

    assert fits(body, schema) == Draft202012Validator(schema).is_valid(body)


def test_texts_that_differ_keep_their_beginning() -> None:
    """The beginning is no Python expression only: a blank is not escaped in ECMA-262."""
    schema = inferred(["Invalid project id: (a)", "Invalid project id: (b)"], exact=True)

    assert schema == {"type": "string", "pattern": r"^Invalid project id: \("}


def test_field_that_only_some_samples_have_is_not_required() -> None:
    """It stands behind the others."""
    schema = inferred([{"a": 1}, {"a": None, "b": "x"}])

    assert schema["required"] == ["a"]
    assert schema["properties"] == {"a": {"type": ["integer", "null"]}, "b": {"type": "string"}}


def test_samples_of_every_type_are_any_json() -> None:
    """As the value of an invalid field."""
    assert inferred(["", 0, False, None, [], {}]) == {}


def test_part_has_its_own_schema() -> None:
    """It stands for what the sample's maker only passes on."""
    assert inferred([[Part({"type": "string"})]]) == {"type": "array", "items": {"type": "string"}}
