"""The hub: which connection is subscribed to which topic. It knows connections, and no sockets."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from ..http.exchange import Principal
from ..node.json import Json, stringify
from ..tiledesk.events import FiredEvent, fired_event_document
from ..tiledesk.model import User
from ..tiledesk.topics import publish_frame, topic_of
from ..tiledesk.wire import Document
from .connections import Channel, Connection, Frame

GOING_AWAY: Final = 1001
"""The WebSocket status code of a server that stops."""

_FRAME_LIMIT: Final = 1000


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
            connection.close(GOING_AWAY)
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
                connection.close(GOING_AWAY)
                self.disconnect(connection)

    def close(self) -> None:
        """Close all connections, and each later one at once."""
        with self._lock:
            self._is_closed = True
            connections = tuple(self._connections.values())
        for connection in connections:
            connection.close(GOING_AWAY)

    def _remove(self, connection: Connection, topic: str) -> None:
        """Remove a subscription, if there is one. Called with the lock held."""
        connection.remove_topic(topic)
        subscribers = self._subscribers.get(topic, {})
        if subscribers.pop(connection.id, None) is not None and not subscribers:
            del self._subscribers[topic]
