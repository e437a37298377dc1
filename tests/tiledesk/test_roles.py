"""The ladder of roles."""

from __future__ import annotations

import pytest

from tiledesk_mock.tiledesk.auth import Role, role_is_at_least


@pytest.mark.parametrize(
    ("role", "required", "expected"),
    [
        ("agent", Role.AGENT, True),
        ("teammate", Role.AGENT, False),
        ("owner", Role.ADMIN, True),
        ("guest", Role.GUEST, True),
        ("auditor", Role.OWNER, True),
    ],
)
def test_reaches(role: str, required: Role, expected: bool) -> None:
    """A higher rung reaches, a lower does not, and a role outside the ladder passes."""
    assert role_is_at_least(role, required) is expected
