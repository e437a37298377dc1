"""The ladder of roles in a project."""

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
"""The words for what somebody is; a bot and an external user are members of no project."""


def role_is_at_least(role: str, required: Role) -> bool:
    """Tell whether a member with `role` may do what takes `required`; a role outside the ladder may."""
    rung = Role.__members__.get(role.upper()) if role.islower() else None
    return rung is None or rung >= required


_SCHEME_AND_TOKEN: Final = re.compile(r"(\S+)\s+(\S+)")
_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]")


class BasicCredentials(Struct, frozen=True):
    """An e-mail address and a password."""

    user: str
    password: str


class JwtCredentials(Struct, frozen=True):
    """A token, not yet verified."""

    token: str


class Authorization(Struct, frozen=True):
    """What a header says: the credentials (None if there are none to try), and what follows if they fail.

    `is_clear` is false for a header that does not have exactly two parts: whoever passes with one is
    refused a step later.
    """

    credentials: BasicCredentials | JwtCredentials | None
    failure_status: int
    has_two_parts: bool

    def failure(self) -> Unauthenticated:
        """Return the error that answers these credentials if nobody has them."""
        return Unauthenticated(self.failure_status, challenge=self.failure_status == 401)


NO_AUTHORIZATION: Final = Authorization(None, 401, has_two_parts=False)


def parse_authorization(header: str | None) -> Authorization:
    """Read an Authorization header; its absence is one without credentials."""
    if not header:
        return NO_AUTHORIZATION
    parts = header.split(" ")
    basic, status = _basic(parts)
    return Authorization(basic or _jwt(header), status, has_two_parts=len(parts) == 2)


def _basic(parts: list[str]) -> tuple[BasicCredentials | None, int]:
    """Return Basic credentials, if any, and the status of passport's refusal."""
    if len(parts) < 2:
        return None, 400
    if "basic" not in parts[0].lower():
        return None, 401
    user, *rest = _decode(parts[1]).split(":")
    if not rest:
        return None, 400
    # A password ends at its first colon: the strategy takes the second part and drops the others.
    return (BasicCredentials(user, rest[0]) if user and rest[0] else None), 401


def _jwt(header: str) -> JwtCredentials | None:
    match = _SCHEME_AND_TOKEN.search(header)
    return JwtCredentials(match[2]) if match and match[1].lower() == "jwt" else None


def _decode(text: str) -> str:
    """Decode base64 as Node's Buffer does: both alphabets, strange characters skipped, no padding needed."""
    digits = _NOT_BASE64.sub("", text.partition("=")[0].replace("-", "+").replace("_", "/"))
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return base64.b64decode(digits + "=" * (-len(digits) % 4)).decode("utf-8", "replace")
