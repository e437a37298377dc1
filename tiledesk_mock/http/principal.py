"""The caller of a request."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from msgspec import Struct, field

from ..node.json import Json


class PrincipalKind(Enum):
    """What a caller is; the values are the `sub` of its tokens."""

    USER = "user"
    GUEST = "guest"
    EXTERNAL = "userexternal"
    BOT = "bot"
    SUBSCRIPTION = "subscription"


class Principal(Struct, frozen=True):
    """An authenticated caller.

    `document` is the `user` of webhook payloads: without secrets, and empty where payloads have no `user`.
    """

    kind: PrincipalKind
    id: str
    document: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_machine(self) -> bool:
        """Return whether it is a bot or a subscription, which belong to no project and may post to any."""
        return self.kind in (PrincipalKind.BOT, PrincipalKind.SUBSCRIPTION)


def caller_matches(
    name: str, principal: Principal | None, role: str | None, member: str | None = None
) -> bool:
    """Return whether `name` is the caller's role, e-mail address or id, or its kind if it has no role.

    `member` is the id of the caller's project user, if it is known.
    """
    if principal is None:
        return False
    email = principal.document.get("email")
    names = {role, principal.id, member, principal.kind.value if role is None else None}
    return name in names or (isinstance(email, str) and name.lower() == email.lower())
