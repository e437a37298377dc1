"""Which hosts are intercepted, and what happens to requests to other hosts."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextvars import ContextVar
from enum import Enum
from typing import Final

from msgspec import Struct

from ..errors import SettingsError

API_HOST: Final = "api.tiledesk.com"
"""The host of Tiledesk's own cloud."""

_NAME: Final = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d+)?")


class Action(Enum):
    """What happens to a request: the emulator responds, it is sent, or it fails."""

    INTERCEPT = "intercept"
    PASS = "pass"  # noqa: S105  (no password)
    REFUSE = "refuse"


class Hosts(Struct, frozen=True):
    """The hosts that are `intercepted`: names, for every port, or `name:port`.

    `passthrough` is whether requests to other hosts are sent, or the names of those whose requests are.
    """

    intercepted: tuple[str, ...] = (API_HOST,)
    passthrough: bool | Collection[str] = True

    @classmethod
    def parse(cls, intercepted: Collection[str], passthrough: bool | Collection[str]) -> Hosts:
        """Return hosts from a tester's settings; raise SettingsError if a name is not one of a host."""
        if isinstance(passthrough, str):  # it could be a word for true or false
            raise SettingsError("passthrough", passthrough, "true, false or a list of host names")
        if not isinstance(passthrough, bool):
            passthrough = _names(passthrough, "passthrough", "true, false or a list of host names")
        return cls(_names(intercepted, "hosts", "a list of host names"), passthrough)

    def action_for(self, netloc: str) -> Action:
        """Return what happens to a request to `netloc`, a host that may have a port."""
        netloc = netloc.lower()
        if _is_among(netloc, self.intercepted):
            return Action.INTERCEPT
        passes = (
            self.passthrough if isinstance(self.passthrough, bool) else _is_among(netloc, self.passthrough)
        )
        return Action.PASS if passes else Action.REFUSE


class InterceptionScope:
    """The hosts of one interception, while it is entered. Afterwards every request is sent.

    It applies to all threads and coroutines, except those that began a scope of their own for the same host.
    The end has to be marked, since another patch that is undone late may restore the patch of this scope.
    """

    def __init__(self, hosts: Hosts) -> None:
        self.hosts: Final = hosts
        self.is_over = False

    def __enter__(self) -> InterceptionScope:
        _own.set((*_own.get(), self))
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over = True
        _own.set(tuple(scope for scope in _own.get() if scope is not self))

    def action_for(self, netloc: str) -> Action:
        """Return what happens to a request to `netloc`, a host that may have a port."""
        own = _own.get()
        others = () if self in own else (scope.hosts for scope in own if not scope.is_over)
        if self.is_over or any(hosts.action_for(netloc) is not Action.PASS for hosts in others):
            return Action.PASS
        return self.hosts.action_for(netloc)


_own: Final[ContextVar[tuple[InterceptionScope, ...]]] = ContextVar("tiledesk_mock_scopes", default=())
"""The scopes of the current context. Threads and coroutines have their own."""


def refusal_message(netloc: str) -> str:
    """Return the message of a request that is refused."""
    return f"{netloc} is not among the hosts that may be reached while Tiledesk is intercepted"


def _names(names: Collection[str], setting: str, expected: str) -> tuple[str, ...]:
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    if setting == "hosts" and not names:
        raise SettingsError(setting, names, expected)
    for name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise SettingsError(setting, name, f"a host name, as {API_HOST}: no URL, and no pattern")
    return tuple(name.lower() for name in names)


def _is_among(netloc: str, names: Collection[str]) -> bool:
    return netloc in names or netloc.partition(":")[0] in names
