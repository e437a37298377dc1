"""Texts of a recording that have placeholders, among those of another run."""

from __future__ import annotations

import pytest

from tiledesk_mock.comparison.correspondence import Correspondence
from tiledesk_mock.comparison.volatile import parts_of, revealed

ONE, OTHER = "65b0000000000000000000a1", "65b0000000000000000000b2"


@pytest.mark.parametrize(
    ("recorded", "given", "is_alike"),
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
def test_placeholders_stand_for_anything(recorded: str, given: str, is_alike: bool) -> None:
    """But for nothing at all; and what is known around them has to be there."""
    assert Correspondence().trial().alike(recorded, given) is is_alike


def test_what_placeholders_stand_for_is_revealed() -> None:
    """Each has what stands in its place, the shortest first."""
    hidden = parts_of("from REDACTED-token-1 to REDACTED-token-2")

    found = revealed(hidden, "from a to b to c")

    assert found is not None
    assert [text for _, text in found] == ["a", "b to c"]
    assert revealed(hidden, "from a until b") is None
