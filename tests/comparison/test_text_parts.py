"""Texts of a recording that have placeholders, matched with those of another run."""

from __future__ import annotations

import pytest

from tiledesk_mock.comparison.text_parts import match_parts, split_parts

ONE, OTHER = "65b0000000000000000000a1", "65b0000000000000000000b2"


@pytest.mark.parametrize(
    ("recorded", "text", "is_match"),
    [
        ("REDACTED-token-1", "anything", True),
        ("a REDACTED-token-1 b", "a x b", True),
        ("a REDACTED-token-1 b", "a b", False),
        ("REDACTED-token-1REDACTED-token-2", "xy", True),
        ("REDACTED-token-1REDACTED-token-2", "x", False),
        (f"REDACTED-token-1/{ONE}/end", f"a/b/{OTHER}/end", True),
        (f"REDACTED-token-1/{ONE}/end", f"a/b/{OTHER}/other", False),
        ("REDACTED-token-1-REDACTED-token-2", "a-b-c", True),
        (" and ".join(f"REDACTED-token-{number}" for number in range(60)), " and ".join("x" * 60), True),
        (" and ".join(f"REDACTED-token-{number}" for number in range(60)), "n" * 2000, False),
    ],
    ids=lambda value: str(value)[:24],
)
def test_placeholders_match_anything(recorded: str, text: str, is_match: bool) -> None:
    """Except for an empty text; and the text around them has to be the same."""
    assert (match_parts(recorded, text) is not None) is is_match


def test_each_placeholder_is_returned_with_its_match() -> None:
    """The first match is the shortest."""
    recorded = "from REDACTED-token-1 to REDACTED-token-2"

    matches = match_parts(recorded, "from a to b to c")

    assert matches is not None
    assert [text for _, text in matches] == ["a", "b to c"]
    assert match_parts(recorded, "from a until b") is None


@pytest.mark.parametrize(
    "text",
    [
        f"at 2026-03-01T10:00:00.000Z, {ONE} and 3f0c8f0a-0000-4000-8000-000000000001",
        "guest#0b6c has eyJhbGciOiJIUzI1NiJ9.e30.aaa and person-1@redacted.example",
        f"x{ONE}, {ONE}0 and 2026-03-01 10:00",
        "",
    ],
)
def test_parts_are_the_whole_text(text: str) -> None:
    """Whatever is in it."""
    assert "".join(part.text for part in split_parts(text)) == text


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (ONE, ["id"]),
        (f"{ONE}0", ["text"]),
        ("2026-03-01T10:00:00.000Z", ["time"]),
        ("3f0c8f0a-0000-4000-8000-000000000001", ["uuid"]),
        ("JWT eyJhbGciOiJIUzI1NiJ9.e30.aaa", ["text", "token"]),
        ("guest#0b6c", ["guest"]),
        ("person-1@redacted.example", ["placeholder"]),
        ("<id:1> at <time>", ["id", "text", "time"]),
    ],
)
def test_parts_have_kinds(text: str, kinds: list[str]) -> None:
    """By their form."""
    assert [part.kind.value for part in split_parts(text)] == kinds
