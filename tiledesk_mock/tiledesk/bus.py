"""The bus: fired events are published here; webhooks, realtime and others subscribe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from ..http.principal import Principal
from .model import Event, ProjectUser, User
from .wire import Document, event_document, member_document


class FiredEvent(Struct, frozen=True):
    """An event that was just stored, and who fired it; bots and subscriptions have no `member`."""

    event: Event
    principal: Principal
    member: ProjectUser | None


Subscriber = Callable[[FiredEvent], None]


class Bus:
    """Passes each fired event to every subscriber, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._subscribers: Final[list[Subscriber]] = []

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with every event from now on; return a function that ends the subscription."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def publish(self, fired: FiredEvent) -> None:
        """Pass an event to all subscribers, which must neither block nor call the emulator."""
        for subscriber in tuple(self._subscribers):
            subscriber(fired)


def fired_event_document(fired: FiredEvent, user: User | None) -> Document:
    """Return an event with its whole project user, its caller and `id`, which is the same in both dialects.

    `user` is the user of the member, if there is one. The document has no password, where the real server
    sends the hash of that of a caller with Basic authentication.
    """
    document = event_document(fired.event)
    if fired.member is not None:
        document["project_user"] = member_document(fired.member, user)
    if fired.principal.document:
        document["user"] = dict(fired.principal.document)
    document["id"] = fired.event.id
    return document
