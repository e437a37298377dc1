"""New events; `data/events.json` has the results of express-validator, mongoose and BSON."""

from __future__ import annotations

from typing import Any

import pytest

from tiledesk_mock.errors import EventNotSaved, InvalidField, NoResponse, UnexpectedType, ValidationFailed
from tiledesk_mock.node.json import ABSENT, Absent, Json, parse_json, stringify
from tiledesk_mock.node.qs import parse_query
from tiledesk_mock.tiledesk.events import parse_event_fields

from ..node.library_results import library_results


@pytest.mark.parametrize(("posted", "expected"), library_results("events"))
def test_parse_event_fields(posted: dict[str, Any], expected: dict[str, Any]) -> None:
    """The fields are accepted, cast or refused with the real message."""
    assert outcome(posted) == expected


def outcome(posted: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a request in the form of the recorded results."""
    try:
        body, query = parse_json(posted["body"]), parse_query(posted["query"])
        fields = parse_event_fields(body, query, posted["headers"])
    except ValidationFailed as error:
        return {"errors": [row(field) for field in error.fields]}
    except EventNotSaved as error:
        return {"error": error.error}
    except NoResponse:
        return {"never": True}
    except UnexpectedType:
        return {"crash": True}
    return {"name": fields.name, "answer": text(fields.attributes), "stored": text(fields.stored_attributes)}


def row(field: InvalidField) -> dict[str, Any]:
    """Return a failed check as the row of a 422."""
    value = {"value": field.value} if field.has_value else {}
    return {**value, "msg": "Invalid value", "param": field.param, "location": field.location}


def text(attributes: Json | Absent) -> str | None:
    """Return attributes as JSON, or None if they are absent."""
    return None if attributes is ABSENT else stringify(attributes)


def test_parse_event_fields_numbers_are_normalized() -> None:
    """Numbers that were not parsed from JSON become what JSON would make of them."""
    fields = parse_event_fields({"name": "t", "attributes": {"a": 1.0, "b": -0.0}}, {}, {})

    assert stringify(fields.attributes) == '{"a":1,"b":0}'


def test_parse_event_fields_lone_surrogate_is_stored_as_replacement_character() -> None:
    """The response has the lone surrogate, the database has not."""
    fields = parse_event_fields({"name": "a\ud800", "attributes": "\udc00"}, {}, {})

    assert (fields.name, fields.attributes) == ("a\ud800", "\udc00")
    assert (fields.stored_name, fields.stored_attributes) == ("a\ufffd", "\ufffd")
