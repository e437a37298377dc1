"""The clients that are connected, and the frames that were published."""

from __future__ import annotations

import threading
from typing import Final, Protocol

from msgspec import Struct

from ..http.exchange import Principal
from ..node.json import Json, stringify
from ..tiledesk.wire import Document


class Channel(Protocol):
    """Sends frames to one client. No method blocks; any thread may call them."""

    def send(self, text: str) -> bool:
        """Send a frame after all earlier ones; return whether the connection is open."""

    def close(self, code: int) -> None:
        """Close the connection with a WebSocket status code."""


class Frame(Struct, frozen=True):
    """A published frame: `message` is an event, or the history that a subscriber got.

    `to` are its receivers, by e-mail address or id.
    """

    topic: str
    message: Json
    to: tuple[str, ...]

    @property
    def is_live(self) -> bool:
        """Return whether it was published when an event was fired."""
        return isinstance(self.message, dict)

    def document(self) -> Document:
        """Return the frame as `/__admin` shows it."""
        return {"topic": self.topic, "live": self.is_live, "message": self.message, "to": list(self.to)}


class Connection:
    """A client with its topics, and the number of frames that it was sent."""

    def __init__(self, id: str, principal: Principal, channel: Channel) -> None:  # noqa: A002  (a frame's own word)
        self.id: Final = id
        self.principal: Final = principal
        self.sent = 0
        self._channel: Final = channel
        self._lock: Final = threading.Lock()
        self._topics: Final[dict[str, None]] = {}

    def __repr__(self) -> str:
        return f"<Connection of {self.person}: {', '.join(self.topics) or 'no topics'}>"

    @property
    def person(self) -> str:
        """Return the user's e-mail address, or id."""
        return str(self.principal.document.get("email", self.principal.id))

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the subscribed topics, in the order of subscription."""
        return tuple(self._topics)

    def send(self, frame: Document) -> bool:
        """Send a frame without waiting for the client; return whether the connection is open."""
        return self.send_text(stringify(frame))

    def send_text(self, text: str) -> bool:
        """Send a frame that is JSON text already."""
        with self._lock:
            self.sent += 1
        return self._channel.send(text)

    def close(self, code: int) -> None:
        """Close the connection with a WebSocket status code."""
        self._channel.close(code)

    def document(self) -> Document:
        """Return the connection as `/__admin` shows it."""
        return {"id": self.id, "person": self.person, "topics": list(self.topics), "sent": self.sent}

    def add_topic(self, topic: str) -> None:
        """Add a subscribed topic."""
        self._topics[topic] = None

    def remove_topic(self, topic: str) -> None:
        """Remove a topic, if it is subscribed."""
        self._topics.pop(topic, None)
