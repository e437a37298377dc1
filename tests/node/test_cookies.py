"""Cookies as Node's packages read them; recordings show the same through the check of `name`."""

from __future__ import annotations

from typing import Any

import pytest

from tiledesk_mock.node.cookies import parse_cookies


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=1; a=2", {"a": "1"}),
        ("a", {}),
        ("x; a=1", {"a": "1"}),
        ('a="b c"; d=" e"', {"a": "b c", "d": " e"}),
        ('a="', {"a": ""}),
        ("a=%C3%A9; b=%zz", {"a": "é", "b": "%zz"}),
        ("a=b=c", {"a": "b=c"}),
        ('a=j:{"b":1}; c=j:0; d=j:x', {"a": {"b": 1}, "c": "j:0", "d": "j:x"}),
        ("=", {}),
        ("=a", {"": "a"}),
    ],
)
def test_parse_cookies(header: str, expected: Any) -> None:
    """The first of a name counts; quotes are removed, escapes decoded and JSON parsed."""
    assert parse_cookies(header) == expected
