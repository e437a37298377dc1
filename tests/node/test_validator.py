"""express-validator's checks; `data/emails.json` holds its answers."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import Headers

from tiledesk_mock.errors import InvalidField, ValidationFailed
from tiledesk_mock.node.validator import Check, check_fields, is_email, is_filled

from .answers import answers


@pytest.mark.parametrize(("value", "expected"), answers("emails"))
def test_is_email(value: Any, expected: bool) -> None:
    """An address passes as `isEmail()` lets it pass."""
    assert is_email(value) == expected


@pytest.mark.parametrize("value", ["", None, [], [""], [None], [[]], [[""]]])
def test_is_filled_of_nothing(value: Any) -> None:
    """Nothing is empty, in an array too."""
    assert not is_filled(value)


@pytest.mark.parametrize("value", [" ", 0, False, {}, [0], ["a", ""], [["", 1]]])
def test_is_filled_of_something(value: Any) -> None:
    """Whatever prints as some text is filled."""
    assert is_filled(value)


def test_checked_names_every_place_that_fails() -> None:
    """Body first, then headers, then query; one row for each check and place."""
    checks = (Check("email", is_email), Check("id", is_filled))

    with pytest.raises(ValidationFailed) as refused:
        check_fields(checks, {"email": "a"}, {"email": "b", "id": "1"}, Headers({"Email": "c"}))

    assert refused.value.fields == [
        InvalidField("email", "body", "a", has_value=True),
        InvalidField("email", "headers", "c", has_value=True),
        InvalidField("email", "query", "b", has_value=True),
    ]


def test_checked_of_a_field_that_is_nowhere_names_the_body() -> None:
    """There is no value then."""
    with pytest.raises(ValidationFailed) as refused:
        check_fields((Check("id", is_filled),), [], {}, {})

    assert refused.value.fields == [InvalidField("id")]


def test_checked_lets_pass_what_is_filled_anywhere() -> None:
    """The place does not matter."""
    check_fields((Check("id", is_filled),), {}, {"id": "1"}, {})
