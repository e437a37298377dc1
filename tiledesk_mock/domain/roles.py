"""The ladder of roles in a project."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Role(IntEnum):
    """Roles from the lowest to the highest."""

    GUEST = 0
    USER = 1
    TEAMMATE = 2
    AGENT = 3
    SUPERVISOR = 4
    ADMIN = 5
    OWNER = 6


ROLES: Final = frozenset({"bot", "external", *(role.name.lower() for role in Role)})
"""The words for what somebody is; a bot and an external user are members of no project."""


def reaches(role: str, required: Role) -> bool:
    """Tell whether a member with `role` may do what takes `required`; a role outside the ladder may."""
    rung = Role.__members__.get(role.upper()) if role.islower() else None
    return rung is None or rung >= required
