"""Events to be created; `data/events.json` holds what express-validator, mongoose and BSON made of them."""

from __future__ import annotations

from typing import Any

import pytest

from tiledesk_mock.errors import EventNotSaved, InvalidField, NoResponse, UnexpectedType, ValidationFailed
from tiledesk_mock.node.json import ABSENT, Absent, Json, parse_json, stringify
from tiledesk_mock.node.qs import parse_query
from tiledesk_mock.tiledesk.events import parse_event_fields

from ..node.library_results import library_results


@pytest.mark.parametrize(("given", "expected"), library_results("events"))
def test_event_fields(given: dict[str, Any], expected: dict[str, Any]) -> None:
    """What is posted is taken, cast or refused with the real sentence."""
    assert outcome(given) == expected


def outcome(given: dict[str, Any]) -> dict[str, Any]:
    """Return what becomes of a request, in the form of the recorded answers."""
    try:
        fields = parse_event_fields(parse_json(given["body"]), parse_query(given["query"]), given["headers"])
    except ValidationFailed as refused:
        return {"errors": [row(field) for field in refused.fields]}
    except EventNotSaved as refused:
        return {"error": refused.error}
    except NoResponse:
        return {"never": True}
    except UnexpectedType:
        return {"crash": True}
    return {"name": fields.name, "answer": text(fields.attributes), "stored": text(fields.stored_attributes)}


def row(field: InvalidField) -> dict[str, Any]:
    """Return a failed check as a 422 shows it."""
    value = {"value": field.value} if field.has_value else {}
    return {**value, "msg": "Invalid value", "param": field.param, "location": field.location}


def text(attributes: Json | Absent) -> str | None:
    """Return attributes as JSON, None for none."""
    return None if attributes is ABSENT else stringify(attributes)


def test_event_fields_of_numbers_by_a_python_caller_go_through_doubles() -> None:
    """Attributes that never were JSON text are made what they would be."""
    fields = parse_event_fields({"name": "t", "attributes": {"a": 1.0, "b": -0.0}}, {}, {})

    assert stringify(fields.attributes) == '{"a":1,"b":0}'


def test_event_fields_with_half_a_surrogate_pair_are_stored_without() -> None:
    """The answer still shows what was sent."""
    fields = parse_event_fields({"name": "a\ud800", "attributes": "\udc00"}, {}, {})

    assert (fields.name, fields.attributes) == ("a\ud800", "\udc00")
    assert (fields.stored_name, fields.stored_attributes) == ("a\ufffd", "\ufffd")
