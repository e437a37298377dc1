"""The hub: the connections of clients, their subscriptions, and the frames that are published to them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from msgspec import Struct

from ..http.exchange import Principal
from ..node.json import Json, stringify
from ..tiledesk.events import FiredEvent, fired_event_document
from ..tiledesk.model import User
from ..tiledesk.topics import publish_frame, topic_of
from ..tiledesk.wire import Document

GOING_AWAY: Final = 1001
"""The WebSocket status code of a server that stops."""

_FRAME_LIMIT: Final = 1000


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

    def document(self) -> Document:
        """Return the frame as `/__admin` shows it; it is live if it was published when an event was fired."""
        is_live = isinstance(self.message, dict)
        return {"topic": self.topic, "live": is_live, "message": self.message, "to": list(self.to)}


class Connection:
    """A client with its topics, and the number of frames that it was sent."""

    def __init__(self, id: str, principal: Principal, channel: Channel) -> None:  # noqa: A002  (a frame's own word)
        self.id: Final = id
        self.principal: Final = principal
        self.sent = 0
        self.channel: Final = channel
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
        return self.channel.send(text)

    def document(self) -> Document:
        """Return the connection as `/__admin` shows it."""
        return {"id": self.id, "person": self.person, "topics": list(self.topics), "sent": self.sent}

    def add_topic(self, topic: str) -> None:
        """Add a subscribed topic."""
        self._topics[topic] = None

    def remove_topic(self, topic: str) -> None:
        """Remove a topic, if it is subscribed."""
        self._topics.pop(topic, None)


class Hub:
    """Publishes fired events to the connections that are subscribed to their topics.

    Frames are sent in the order of events, in the thread that fires: a frame has been handed to the network
    before the response to its POST. No client is waited for.

    Args:
        find_user: returns the user with an id.
        on_change: called after a client connects, disconnects or subscribes, and after each event.
        frame_limit: how many frames `frames` keeps.
    """

    def __init__(
        self,
        find_user: Callable[[str], User | None],
        on_change: Callable[[], None] = lambda: None,
        frame_limit: int = _FRAME_LIMIT,
    ) -> None:
        self._find_user: Final = find_user
        self._on_change: Final = on_change
        self._lock: Final = threading.Lock()
        self._connections: Final[dict[str, Connection]] = {}
        self._subscribers: Final[dict[str, dict[str, Connection]]] = {}
        self._frames: Final[deque[Frame]] = deque(maxlen=frame_limit)
        self._is_closed = False

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Return the open connections, oldest first."""
        with self._lock:
            return tuple(self._connections.values())

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Return the last published frames, oldest first."""
        with self._lock:
            return tuple(self._frames)

    def document(self) -> Document:
        """Return the connections and the frames as `/__admin` shows them."""
        return {
            "connections": [connection.document() for connection in self.connections],
            "frames": [frame.document() for frame in self.frames],
        }

    def subscribers(self, topic: str) -> tuple[Connection, ...]:
        """Return the connections that are subscribed to a topic."""
        with self._lock:
            return tuple(self._subscribers.get(topic, {}).values())

    def connect(self, id: str, principal: Principal, channel: Channel) -> Connection:  # noqa: A002  (a frame's own word)
        """Add a connection without topics."""
        connection = Connection(id, principal, channel)
        with self._lock:
            self._connections[id] = connection
            is_closed = self._is_closed
        if is_closed:
            connection.channel.close(GOING_AWAY)
        self._on_change()
        return connection

    def disconnect(self, connection: Connection) -> None:
        """Remove a connection and its subscriptions."""
        with self._lock:
            self._connections.pop(connection.id, None)
            for topic in connection.topics:
                self._remove(connection, topic)
        self._on_change()

    def subscribe(self, connection: Connection, topic: str, message: Json) -> None:
        """Subscribe a connection to a topic, and send it `message`, the history.

        A client that subscribes twice gets the history again, and each event once.
        """
        with self._lock:
            if connection.id not in self._connections:
                return
            connection.add_topic(topic)
            self._subscribers.setdefault(topic, {})[connection.id] = connection
            self._frames.append(Frame(topic, message, (connection.person,)))
        connection.send(publish_frame(topic, message))
        self._on_change()

    def unsubscribe(self, connection: Connection, topic: str) -> None:
        """Unsubscribe a connection from a topic."""
        with self._lock:
            self._remove(connection, topic)
        self._on_change()

    def deliver(self, fired: FiredEvent) -> None:
        """Send an event to all subscribers of its topic."""
        topic = topic_of(fired.event)
        if topic is None or topic not in self._subscribers:
            return
        subscribers = self.subscribers(topic)
        id_user = fired.member.id_user if fired.member else None
        message = fired_event_document(fired, self._find_user(id_user) if id_user else None)
        text = stringify(publish_frame(topic, message))
        with self._lock:
            self._frames.append(Frame(topic, message, tuple(one.person for one in subscribers)))
        for connection in subscribers:
            connection.send_text(text)
        self._on_change()

    def clear_frames(self) -> None:
        """Remove the published frames. Connections and subscriptions stay."""
        with self._lock:
            self._frames.clear()

    def close_except(self, ids: frozenset[str]) -> None:
        """Close and remove all connections but those with these ids."""
        for connection in self.connections:
            if connection.id not in ids:
                connection.channel.close(GOING_AWAY)
                self.disconnect(connection)

    def close(self) -> None:
        """Close all connections, and each later one at once."""
        with self._lock:
            self._is_closed = True
            connections = tuple(self._connections.values())
        for connection in connections:
            connection.channel.close(GOING_AWAY)

    def _remove(self, connection: Connection, topic: str) -> None:
        """Remove a subscription, if there is one. Called with the lock held."""
        connection.remove_topic(topic)
        subscribers = self._subscribers.get(topic, {})
        if subscribers.pop(connection.id, None) is not None and not subscribers:
            del self._subscribers[topic]
