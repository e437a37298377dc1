"""Realtime: who listens to which topic, and what they are told. It knows connections, and no sockets."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from ..http.principal import Principal
from ..node.json import Json, stringify
from ..tiledesk.bus import FiredEvent, fired_event_document
from ..tiledesk.model import User
from ..tiledesk.topics import publish_frame, topic_of
from ..tiledesk.wire import Document
from .connections import Channel, Connection, Frame

GOING_AWAY: Final = 1001
"""The WebSocket's code for a server that stops."""

_KEPT: Final = 1000


class Hub:
    """The hub between fired events and connections.

    What a topic is told goes out in the order in which it happened, in the thread in which it happened: the
    frame of an event has been handed to the network when its POST is answered. No client is waited for.

    Args:
        user: looks up the user behind a member.
        changed: called when somebody came, left, or was told something.
        kept: how many frames are remembered, for `frames`.
    """

    def __init__(
        self,
        find_user: Callable[[str], User | None],
        on_change: Callable[[], None] = lambda: None,
        frame_limit: int = _KEPT,
    ) -> None:
        self._user: Final = find_user
        self._changed: Final = on_change
        self._lock: Final = threading.Lock()
        self._connections: Final[dict[str, Connection]] = {}
        self._topics: Final[dict[str, dict[str, Connection]]] = {}
        self._frames: Final[deque[Frame]] = deque(maxlen=frame_limit)
        self._is_closed = False

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Return who is connected, in the order in which they came."""
        with self._lock:
            return tuple(self._connections.values())

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Return the last frames that were published, oldest first."""
        with self._lock:
            return tuple(self._frames)

    def document(self) -> Document:
        """Return who is connected and what was published, as testers are shown it."""
        return {
            "connections": [connection.document() for connection in self.connections],
            "frames": [frame.document() for frame in self.frames],
        }

    def subscribers(self, topic: str) -> tuple[Connection, ...]:
        """Return who listens to a topic."""
        with self._lock:
            return tuple(self._topics.get(topic, {}).values())

    def connect(self, id: str, principal: Principal, channel: Channel) -> Connection:  # noqa: A002  (a frame's own word)
        """Take in a client, who listens to nothing yet."""
        connection = Connection(id, principal, channel)
        with self._lock:
            self._connections[id] = connection
            is_closed = self._is_closed
        if is_closed:
            connection.close(GOING_AWAY)
        self._changed()
        return connection

    def disconnect(self, connection: Connection) -> None:
        """Forget a client who has left, with all that it listened to."""
        with self._lock:
            self._connections.pop(connection.id, None)
            for topic in connection.topics:
                self._drop(connection, topic)
        self._changed()

    def subscribe(self, connection: Connection, topic: str, message: Json) -> None:
        """Let a client listen to a topic, and tell it the `message` that subscribers begin with.

        Who subscribes twice is told the message again, and each event once.
        """
        with self._lock:
            if connection.id not in self._connections:
                return
            connection.subscribe(topic)
            self._topics.setdefault(topic, {})[connection.id] = connection
            self._frames.append(Frame(topic, message, (connection.person,)))
        connection.send(publish_frame(topic, message))
        self._changed()

    def unsubscribe(self, connection: Connection, topic: str) -> None:
        """Let a client listen to a topic no more."""
        with self._lock:
            self._drop(connection, topic)
        self._changed()

    def deliver(self, fired: FiredEvent) -> None:
        """Tell an event to everybody who listens to its topic."""
        topic = topic_of(fired.event)
        if topic is None or topic not in self._topics:
            return
        subscribers = self.subscribers(topic)
        message = fired_event_document(fired, self._user_behind(fired))
        text = stringify(publish_frame(topic, message))
        with self._lock:
            self._frames.append(Frame(topic, message, tuple(one.person for one in subscribers)))
        for connection in subscribers:
            connection.send_text(text)
        self._changed()

    def clear_frames(self) -> None:
        """Forget the frames that were published. Who is connected stays so, and goes on listening."""
        with self._lock:
            self._frames.clear()

    def close_except(self, ids: frozenset[str]) -> None:
        """End all connections but those of these ids, and forget them at once."""
        for connection in self.connections:
            if connection.id not in ids:
                connection.close(GOING_AWAY)
                self.disconnect(connection)

    def close(self) -> None:
        """End all connections, and those that come later at once."""
        with self._lock:
            self._is_closed = True
            connections = tuple(self._connections.values())
        for connection in connections:
            connection.close(GOING_AWAY)

    def _user_behind(self, fired: FiredEvent) -> User | None:
        return self._user(fired.member.id_user) if fired.member and fired.member.id_user else None

    def _drop(self, connection: Connection, topic: str) -> None:
        """Undo a subscription. Called with the lock held."""
        listening = self._topics.get(topic)
        if not connection.unsubscribe(topic) or listening is None:
            return
        listening.pop(connection.id, None)
        if not listening:
            del self._topics[topic]
