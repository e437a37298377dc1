"""The bus: what happens in the emulator is published here; webhooks, realtime and others subscribe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from ..http.principal import Principal
from .model import Event, ProjectUser, User
from .wire import Document, event_document, member_document


class FiredEvent(Struct, frozen=True):
    """An event that was stored just now, and who fired it (`member` is absent for bots and subscriptions)."""

    event: Event
    principal: Principal
    member: ProjectUser | None


Subscriber = Callable[[FiredEvent], None]


class Bus:
    """Hands each fired event to every subscriber, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._subscribers: Final[list[Subscriber]] = []

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with every event from now on; return what undoes that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def publish(self, fired: FiredEvent) -> None:
        """Hand the event to all. Subscribers must not block and must not call the emulator."""
        for subscriber in tuple(self._subscribers):
            subscriber(fired)


def fired_event_document(fired: FiredEvent, user: User | None) -> Document:
    """Return the event with its project user in full, who fired it, and `id`, in both dialects the same.

    `user` is the one behind the member, if there is one. Nobody's password is in it, where the real server
    sends the hash of one who used Basic authentication.
    """
    document = event_document(fired.event)
    if fired.member is not None:
        document["project_user"] = member_document(fired.member, user)
    if fired.principal.document:
        document["user"] = dict(fired.principal.document)
    document["id"] = fired.event.id
    return document
