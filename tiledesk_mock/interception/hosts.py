"""Which hosts are answered for, and what becomes of requests to others."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextvars import ContextVar
from enum import Enum
from typing import Final

from msgspec import Struct

from ..errors import SettingsError

API_HOST: Final = "api.tiledesk.com"
"""Where Tiledesk's own cloud answers."""

_NAME: Final = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d+)?")


class Action(str, Enum):
    """What becomes of a request."""

    INTERCEPT = "answer"
    PASS = "pass"  # noqa: S105  (no password)
    REFUSE = "refuse"


class Hosts(Struct, frozen=True):
    """Whose requests are answered: `answered` are names, of any port or as `name:port`.

    Other hosts pass, are refused, or pass if they are named: `passthrough` is true, false, or names.
    """

    intercepted: tuple[str, ...] = (API_HOST,)
    passthrough: bool | Collection[str] = True

    @classmethod
    def parse(cls, answered: Collection[str], passthrough: bool | Collection[str]) -> Hosts:
        """Make hosts of names as a tester gives them; raise SettingsError for what is none."""
        if isinstance(passthrough, str):  # which could be a word for true or false
            raise SettingsError("passthrough", passthrough, "true, false or a list of host names")
        if not isinstance(passthrough, bool):
            passthrough = _names(passthrough, "passthrough", "true, false or a list of host names")
        return cls(_names(answered, "hosts", "a list of host names"), passthrough)

    def action_for(self, netloc: str) -> Action:
        """Return what becomes of a request to `netloc`, a host that may have a port."""
        place = netloc.lower()
        if _is_among(place, self.intercepted):
            return Action.INTERCEPT
        if isinstance(self.passthrough, bool):
            return Action.PASS if self.passthrough else Action.REFUSE
        return Action.PASS if _is_among(place, self.passthrough) else Action.REFUSE

    def refusal_message(self, netloc: str) -> str:
        """Return the sentence for a request that is refused."""
        return f"{netloc} is not among the hosts that may be reached while Tiledesk is intercepted"


class InterceptionScope:
    """Hosts that are answered for from when it begins until it `is_over`; then every request passes.

    It answers whoever asks, from whatever thread, but for threads and coroutines that began a reach of their
    own for the same host. A test that patches what is patched here, and takes that back late, brings our
    patch back with it: hence the end.
    """

    def __init__(self, hosts: Hosts) -> None:
        self._hosts: Final = hosts
        self.is_over = False

    def begin(self) -> None:
        """Be the current context's own, as coroutines have one each and threads too."""
        _own.set((*_own.get(), self))

    def end(self) -> None:
        """Let every request pass from now on."""
        self.is_over = True
        _own.set(tuple(one for one in _own.get() if one is not self))

    def action_for(self, netloc: str) -> Action:
        """Return what becomes of a request to `netloc`, a host that may have a port."""
        own = _own.get()
        if self.is_over or (self not in own and any(one.applies_to(netloc) for one in own)):
            return Action.PASS
        return self._hosts.action_for(netloc)

    def refusal_message(self, netloc: str) -> str:
        """Return the sentence for a request that is refused."""
        return self._hosts.refusal_message(netloc)

    def applies_to(self, netloc: str) -> bool:
        """Tell whether it answers, or refuses, a request to `netloc`."""
        return not self.is_over and self._hosts.action_for(netloc) is not Action.PASS


_own: Final[ContextVar[tuple[InterceptionScope, ...]]] = ContextVar("tiledesk_mock_reaches", default=())


def _names(given: Collection[str], setting: str, expected: str) -> tuple[str, ...]:
    if isinstance(given, str):
        given = given.replace(",", " ").split()
    if setting == "hosts" and not given:
        raise SettingsError(setting, given, expected)
    for name in given:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise SettingsError(setting, name, f"a host name, as {API_HOST}: no URL, and no pattern")
    return tuple(name.lower() for name in given)


def _is_among(place: str, names: Collection[str]) -> bool:
    return place in names or place.partition(":")[0] in names
