"""Who sends a request."""

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
    """Who is calling. `document` is what webhook payloads show as `user`: never a secret; empty: nobody."""

    kind: PrincipalKind
    id: str
    document: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_machine(self) -> bool:
        """Tell whether it is a bot or a subscription, which may post to any project and belong to none."""
        return self.kind in (PrincipalKind.BOT, PrincipalKind.SUBSCRIPTION)


def caller_matches(
    name: str, principal: Principal | None, role: str | None, member: str | None = None
) -> bool:
    """Tell whether somebody is called that: a role, an e-mail address, an id; `bot` and the like too.

    `member` is the project's own id for them, where it is known.
    """
    if principal is None:
        return False
    email = principal.document.get("email")
    names = {role, principal.id, member, principal.kind.value if role is None else None}
    return name in names or (isinstance(email, str) and name.lower() == email.lower())
