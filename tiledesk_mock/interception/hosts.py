"""Which hosts are answered for, and what becomes of requests to others."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Final

from msgspec import Struct

API_HOST: Final = "api.tiledesk.com"
"""Where Tiledesk's own cloud answers."""


class Way(str, Enum):
    """What becomes of a request."""

    ANSWER = "answer"
    PASS = "pass"  # noqa: S105  (no password)
    REFUSE = "refuse"


class Hosts(Struct, frozen=True):
    """Whose requests are answered: `answered` are names, of any port or as `name:port`.

    Other hosts pass, are refused, or pass if they are named: `passthrough` is true, false, or names.
    """

    answered: tuple[str, ...] = (API_HOST,)
    passthrough: bool | Collection[str] = True

    def way(self, netloc: str) -> Way:
        """Return what becomes of a request to `netloc`, a host that may have a port."""
        place = netloc.lower()
        if _is_among(place, self.answered):
            return Way.ANSWER
        if isinstance(self.passthrough, bool):
            return Way.PASS if self.passthrough else Way.REFUSE
        return Way.PASS if _is_among(place, self.passthrough) else Way.REFUSE

    def refusal(self, netloc: str) -> str:
        """Return the sentence for a request that is refused."""
        return f"{netloc} is not among the hosts that may be reached while Tiledesk is intercepted"


class Reach:
    """Hosts that are answered for until it `is_over`; then every request passes.

    A test that patches what is patched here, and takes that back late, brings our patch back with it.
    """

    def __init__(self, hosts: Hosts) -> None:
        self._hosts: Final = hosts
        self.is_over = False

    def way(self, netloc: str) -> Way:
        """Return what becomes of a request to `netloc`, a host that may have a port."""
        return Way.PASS if self.is_over else self._hosts.way(netloc)

    def refusal(self, netloc: str) -> str:
        """Return the sentence for a request that is refused."""
        return self._hosts.refusal(netloc)

    def end(self) -> None:
        """Let every request pass from now on."""
        self.is_over = True


def _is_among(place: str, names: Collection[str]) -> bool:
    return place in names or place.partition(":")[0] in names
