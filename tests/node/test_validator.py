"""express-validator's checks; `data/emails.json` has its results."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import Headers

from tiledesk_mock.errors import InvalidField, ValidationFailed
from tiledesk_mock.node.validator import check_fields, is_email, is_filled

from .library_results import library_results


@pytest.mark.parametrize(("value", "expected"), library_results("emails"))
def test_is_email(value: Any, expected: bool) -> None:
    """An address is valid if `isEmail()` accepts it."""
    assert is_email(value) == expected


@pytest.mark.parametrize("value", ["", None, [], [""], [None], [[]], [[""]]])
def test_is_filled_false(value: Any) -> None:
    """Null, the empty text, and arrays that begin with them are empty."""
    assert not is_filled(value)


@pytest.mark.parametrize("value", [" ", 0, False, {}, [0], ["a", ""], [["", 1]]])
def test_is_filled_true(value: Any) -> None:
    """Any value whose text is not empty is filled."""
    assert is_filled(value)


def test_check_fields_reports_each_part_that_fails() -> None:
    """Body, headers and query, in this order: one row for each check and part."""
    checks = {"email": is_email, "id": is_filled}

    with pytest.raises(ValidationFailed) as refused:
        check_fields(checks, {"email": "a"}, {"email": "b", "id": "1"}, Headers({"Email": "c"}))

    assert refused.value.fields == [
        InvalidField("email", "body", "a", has_value=True),
        InvalidField("email", "headers", "c", has_value=True),
        InvalidField("email", "query", "b", has_value=True),
    ]


def test_check_fields_missing_field_is_reported_in_the_body() -> None:
    """The row has no value."""
    with pytest.raises(ValidationFailed) as refused:
        check_fields({"id": is_filled}, [], {}, {})

    assert refused.value.fields == [InvalidField("id")]


def test_check_fields_field_in_any_part_passes() -> None:
    """The field may be in the query alone."""
    check_fields({"id": is_filled}, {}, {"id": "1"}, {})
