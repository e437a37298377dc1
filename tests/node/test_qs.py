"""Query strings and forms; `data/` holds what qs and body-parser answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tiledesk_mock.errors import UnreadableBody
from tiledesk_mock.node.qs import parse_form, parse_query

from .answers import answers


@pytest.mark.parametrize(("text", "expected"), answers("queries"))
def test_parse_query(text: str, expected: Any) -> None:
    """A query string is read as Express reads it, the order of keys included."""
    assert json.dumps(parse_query(text)) == json.dumps(expected)


@pytest.mark.parametrize(("text", "expected"), answers("forms"))
def test_parse_form(text: str, expected: Any) -> None:
    """A form nests deeper than a query and has longer arrays."""
    assert json.dumps(parse_form(text)) == json.dumps(expected)


def test_parse_query_reads_the_first_thousand_parameters() -> None:
    """The rest is passed over in silence."""
    read = parse_query("&".join(f"a{number}" for number in range(1_500)))

    assert len(read) == 1_000


@pytest.mark.parametrize("text", ["&".join(["a"] * 1_001), "a" + "[b]" * 33])
def test_parse_form_refuses_too_much(text: str) -> None:
    """A form of more than 1000 parameters or 32 levels is unreadable."""
    with pytest.raises(UnreadableBody):
        parse_form(text)


@pytest.mark.parametrize("text", ["&".join(["a"] * 1_000), "a" + "[b]" * 32])
def test_parse_form_reads_up_to_its_limits(text: str) -> None:
    """1000 parameters or 32 levels are fine."""
    assert set(parse_form(text)) == {"a"}
