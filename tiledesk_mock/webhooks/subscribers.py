"""Who is told of an event by webhook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from ..settings import Dialect
from ..tiledesk.bus import FiredEvent
from ..tiledesk.events import EVENT_PREFIX, EVERY_EVENT
from ..tiledesk.model import Subscription, User


class Subscribers(Protocol):
    """Where subscriptions are looked up."""

    def matching(self, id_project: str, event: str, /) -> Sequence[Subscription]:
        """Return a project's subscriptions for exactly that event, in order of creation."""


class Users(Protocol):
    """Where users are looked up."""

    def user(self, key: str, /) -> User | None:
        """Return the user with that id."""


class Audience:
    """Finds the subscriptions that an event concerns: to every event, then to its name.

    In the documented dialect a name fired as `event.emit.X` concerns subscriptions to `event.emit.X`, too
    (drift event-name-prefix).
    """

    def __init__(self, subscribers: Subscribers, users: Users, dialect: Dialect) -> None:
        self._subscribers: Final = subscribers
        self._users: Final = users
        self._dialect: Final = dialect

    def of(self, fired: FiredEvent) -> list[Subscription]:
        """Return the subscriptions, as they are now."""
        event = fired.event
        return [
            subscription
            for name in self._names(event.name)
            for subscription in self._subscribers.matching(event.id_project, name)
        ]

    def user_of(self, fired: FiredEvent) -> User | None:
        """Return the user behind the member who fired, as they are now."""
        id_user = fired.member.id_user if fired.member else None
        return self._users.user(id_user) if id_user else None

    def _names(self, name: str) -> Iterator[str]:
        yield EVERY_EVENT
        yield EVENT_PREFIX + name
        if name.startswith(EVENT_PREFIX) and self._dialect is Dialect.DOCUMENTED:
            yield name
