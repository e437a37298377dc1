"""JSON paths as text and as patterns."""

from __future__ import annotations

import pytest

from tiledesk_mock.node.json_path import JsonPath, path_pattern, path_text


@pytest.mark.parametrize(
    ("path", "text"),
    [((), ""), (("a",), "a"), (("a", 0, "b"), "a[0].b"), ((1, 2), "[1][2]"), (("a", "b-c"), "a.b-c")],
)
def test_path_has_a_text(path: JsonPath, text: str) -> None:
    """Keys follow a dot, indexes are in brackets."""
    assert path_text(path) == text


@pytest.mark.parametrize(
    ("pattern", "path", "is_match"),
    [
        ("attributes.card", ("attributes", "card"), True),
        ("attributes.card", ("attributes", "cards"), False),
        ("attributes.card", ("x", "attributes", "card"), False),
        ("$.attributes.card", ("attributes", "card"), True),
        ("*.card", ("attributes", "card"), True),
        ("*.card", ("a", "b", "card"), False),
        ("events[*].iban", ("events", 12, "iban"), True),
        ("events[*].iban", ("events", "iban"), False),
        ("events[0].iban", ("events", 1, "iban"), False),
        ("**.phone", ("a", 0, "b", "phone"), True),
        ("a.b", ("axb",), False),
    ],
)
def test_pattern_matches_paths(pattern: str, path: JsonPath, is_match: bool) -> None:
    """A star is any key, one in brackets any index, two stars are any part of a path."""
    assert bool(path_pattern([pattern]).fullmatch(path_text(path))) is is_match


def test_no_pattern_matches_no_path() -> None:
    """Not even the empty one."""
    assert path_pattern([]).fullmatch("") is None
