"""Who is connected, and what they were told."""

from __future__ import annotations

import threading
from typing import Final, Protocol

from msgspec import Struct

from ..http.principal import Principal
from ..node.json import Json, stringify
from ..tiledesk.wire import Document


class Channel(Protocol):
    """The way to one client. Neither method waits for the client, and both may be called from any thread."""

    def send(self, text: str) -> bool:
        """Send a frame behind those that were sent before; tell whether the line still stands."""

    def close(self, code: int) -> None:
        """End it with that code."""


class Frame(Struct, frozen=True):
    """A frame that was published: an event as `message`, or the history that a subscriber was given.

    `to` are those it was sent to, by e-mail address or id.
    """

    topic: str
    message: Json
    to: tuple[str, ...]

    @property
    def is_live(self) -> bool:
        """Tell whether it was published when an event was fired."""
        return isinstance(self.message, dict)

    def document(self) -> Document:
        """Return it as testers are shown it."""
        return {"topic": self.topic, "live": self.is_live, "message": self.message, "to": list(self.to)}


class Connection:
    """One client: who it is, what it listens to, and how many frames it was sent."""

    def __init__(self, id: str, principal: Principal, line: Channel) -> None:  # noqa: A002  (a frame's own word)
        self.id: Final = id
        self.principal: Final = principal
        self.sent = 0
        self._line: Final = line
        self._counting: Final = threading.Lock()
        self._topics: Final[dict[str, None]] = {}

    def __repr__(self) -> str:
        return f"<Connection of {self.person}: {', '.join(self.topics) or 'no topics'}>"

    @property
    def person(self) -> str:
        """Return who it is: an e-mail address, or an id."""
        return str(self.principal.document.get("email", self.principal.id))

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the topics it listens to, in the order in which it subscribed."""
        return tuple(self._topics)

    def send(self, frame: Document) -> bool:
        """Send a frame, without waiting for the client; tell whether the connection still stands."""
        return self.send_text(stringify(frame))

    def send_text(self, text: str) -> bool:
        """Send a frame that is JSON already."""
        with self._counting:
            self.sent += 1
        return self._line.send(text)

    def close(self, code: int) -> None:
        """End the connection with that code."""
        self._line.close(code)

    def document(self) -> Document:
        """Return it as testers are shown it."""
        return {"id": self.id, "person": self.person, "topics": list(self.topics), "sent": self.sent}

    def subscribe(self, topic: str) -> None:
        """Note that it listens to a topic."""
        self._topics[topic] = None

    def unsubscribe(self, topic: str) -> bool:
        """Note that it listens to a topic no more; tell whether it did."""
        return self._topics.pop(topic, self) is None
