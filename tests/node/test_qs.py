"""Query strings and forms; `data/` has the results of qs and body-parser."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tiledesk_mock.errors import ApiError, TooManyParameters, UnreadableBody
from tiledesk_mock.node.qs import parse_form, parse_query

from .library_results import library_results


@pytest.mark.parametrize(("text", "expected"), library_results("queries"))
def test_parse_query(text: str, expected: Any) -> None:
    """A query string is parsed as by Express, the order of keys included."""
    assert json.dumps(parse_query(text)) == json.dumps(expected)


@pytest.mark.parametrize(("text", "expected"), library_results("forms"))
def test_parse_form(text: str, expected: Any) -> None:
    """A form may nest deeper than a query and have longer arrays."""
    assert json.dumps(parse_form(text)) == json.dumps(expected)


def test_parse_query_ignores_parameters_after_the_thousandth() -> None:
    """Express reads the first 1000 parameters without an error."""
    parsed = parse_query("&".join(f"a{number}" for number in range(1_500)))

    assert len(parsed) == 1_000


@pytest.mark.parametrize(
    ("text", "error"),
    [("&".join(["a"] * 1_001), TooManyParameters), ("a" + "[b]" * 33, UnreadableBody)],
)
def test_parse_form_over_its_limits_raises(text: str, error: type[ApiError]) -> None:
    """A form may have 1000 parameters and 32 levels."""
    with pytest.raises(error):
        parse_form(text)


@pytest.mark.parametrize("text", ["&".join(["a"] * 1_000), "a" + "[b]" * 32])
def test_parse_form_up_to_its_limits(text: str) -> None:
    """A form with 1000 parameters or 32 levels is parsed."""
    assert set(parse_form(text)) == {"a"}
