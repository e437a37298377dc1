"""Roles in a project, and the credentials of an Authorization header."""

from __future__ import annotations

import base64
import re
from enum import IntEnum
from typing import Final

from msgspec import Struct

from ..errors import Unauthenticated


class Role(IntEnum):
    """Roles from the lowest to the highest."""

    GUEST = 0
    USER = 1
    TEAMMATE = 2
    AGENT = 3
    SUPERVISOR = 4
    ADMIN = 5
    OWNER = 6


ROLE_NAMES: Final = frozenset({"bot", "external", *(role.name.lower() for role in Role)})
"""The names of callers' roles; a bot and an external user are not members of a project."""


def role_is_at_least(role: str, required: Role) -> bool:
    """Return whether `role` is `required` or higher; an unknown role always is."""
    known = Role.__members__.get(role.upper()) if role.islower() else None
    return known is None or known >= required


_SCHEME_AND_TOKEN: Final = re.compile(r"(\S+)\s+(\S+)")
_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]")


class BasicCredentials(Struct, frozen=True):
    """An e-mail address and a password."""

    user: str
    password: str


class JwtCredentials(Struct, frozen=True):
    """A token that is not verified yet."""

    token: str


class Authorization(Struct, frozen=True):
    """The credentials of an Authorization header, if it has usable ones, and the status if they are wrong.

    `has_two_parts` is False for a header that does not have exactly two parts: its caller is authenticated,
    and refused later.
    """

    credentials: BasicCredentials | JwtCredentials | None
    failure_status: int
    has_two_parts: bool

    def failure(self) -> Unauthenticated:
        """Return the error for wrong credentials."""
        return Unauthenticated(self.failure_status, challenge=self.failure_status == 401)


NO_AUTHORIZATION: Final = Authorization(None, 401, has_two_parts=False)


def parse_authorization(header: str | None) -> Authorization:
    """Parse an Authorization header; a missing one has no credentials."""
    if not header:
        return NO_AUTHORIZATION
    parts = header.split(" ")
    credentials, status = _basic(parts)
    match = _SCHEME_AND_TOKEN.search(header)
    if credentials is None and match and match[1].lower() == "jwt":
        return Authorization(JwtCredentials(match[2]), status, has_two_parts=len(parts) == 2)
    return Authorization(credentials, status, has_two_parts=len(parts) == 2)


def _basic(parts: list[str]) -> tuple[BasicCredentials | None, int]:
    """Return Basic credentials or None, and the status of passport if they are wrong."""
    if len(parts) < 2:
        return None, 400
    if "basic" not in parts[0].lower():
        return None, 401
    user, *rest = _decode(parts[1]).split(":")
    if not rest:
        return None, 400
    # passport-http takes the second part: a password ends at its first colon.
    return (BasicCredentials(user, rest[0]) if user and rest[0] else None), 401


def _decode(text: str) -> str:
    """Decode base64 as Node's Buffer does: both alphabets, other characters skipped, padding optional."""
    digits = _NOT_BASE64.sub("", text.partition("=")[0].replace("-", "+").replace("_", "/"))
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return base64.b64decode(digits + "=" * (-len(digits) % 4)).decode("utf-8", "replace")
