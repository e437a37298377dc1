"""Realtime: who listens to which topic, and what they are told. It knows connections, and no sockets."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from ..domain.bus import Fired
from ..domain.javascript import stringify
from ..domain.model import Json, Principal, User
from ..domain.payload import fired_document
from ..domain.topics import publication, topic_of
from ..domain.wire import Document

GOING_AWAY: Final = 1001
"""The WebSocket's code for a server that stops."""

_KEPT: Final = 1000


class Line(Protocol):
    """The way to one client. Neither method waits for the client, and both may be called from any thread."""

    def send(self, text: str) -> bool:
        """Send a frame behind those that were sent before; tell whether the line still stands."""

    def close(self, code: int) -> None:
        """End it with that code."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that was published: an event as `message`, or the history that a subscriber was given.

    `connections` are the ids of those it was sent to.
    """

    topic: str
    message: Json
    connections: tuple[str, ...]

    @property
    def is_live(self) -> bool:
        """Tell whether it was published when an event was fired."""
        return isinstance(self.message, dict)


class Connection:
    """One client: who it is, what it listens to, and how many frames it was sent."""

    def __init__(self, id: str, principal: Principal, line: Line) -> None:  # noqa: A002  (a frame's own word)
        self.id: Final = id
        self.principal: Final = principal
        self.sent = 0
        self._line: Final = line
        self._counting: Final = threading.Lock()
        self._topics: Final[dict[str, None]] = {}

    def __repr__(self) -> str:
        who = self.principal.document.get("email", self.principal.id)
        return f"<Connection of {who}: {', '.join(self._topics) or 'no topics'}>"

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the topics it listens to, in the order in which it subscribed."""
        return tuple(self._topics)

    def tell(self, frame: Document) -> bool:
        """Send a frame, without waiting for the client; tell whether the connection still stands."""
        return self.tell_text(stringify(frame))

    def tell_text(self, text: str) -> bool:
        """Send a frame that is JSON already."""
        with self._counting:
            self.sent += 1
        return self._line.send(text)

    def close(self, code: int) -> None:
        """End the connection with that code."""
        self._line.close(code)

    def _follow(self, topic: str) -> None:
        self._topics[topic] = None

    def _leave(self, topic: str) -> bool:
        return self._topics.pop(topic, self) is None


class Realtime:
    """The hub between fired events and connections.

    What a topic is told goes out in the order in which it happened, in the thread in which it happened: the
    frame of an event has been handed to the network when its POST is answered. No client is waited for.

    `is_leaving` may be set to let connections end soon, by who cannot wait for a lock: a signal handler.

    Args:
        user: looks up the user behind a member.
        kept: how many frames are remembered, for `frames`.
    """

    def __init__(self, user: Callable[[str], User | None], kept: int = _KEPT) -> None:
        self._user: Final = user
        self._lock: Final = threading.Lock()
        self._connections: Final[dict[str, Connection]] = {}
        self._topics: Final[dict[str, dict[str, Connection]]] = {}
        self._frames: Final[deque[Frame]] = deque(maxlen=kept)
        self._is_closed = False
        self.is_leaving = False

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

    def subscribers(self, topic: str) -> tuple[Connection, ...]:
        """Return who listens to a topic."""
        with self._lock:
            return tuple(self._topics.get(topic, {}).values())

    def connect(self, id: str, principal: Principal, line: Line) -> Connection:  # noqa: A002  (as above)
        """Take in a client, who listens to nothing yet."""
        connection = Connection(id, principal, line)
        with self._lock:
            self._connections[id] = connection
            is_closed = self._is_closed
        if is_closed:
            connection.close(GOING_AWAY)
        return connection

    def disconnect(self, connection: Connection) -> None:
        """Forget a client who has left, with all that it listened to."""
        with self._lock:
            self._connections.pop(connection.id, None)
            for topic in connection.topics:
                self._drop(connection, topic)

    def subscribe(self, connection: Connection, topic: str, message: Json) -> None:
        """Let a client listen to a topic, and tell it the `message` that subscribers begin with.

        Who subscribes twice is told the message again, and each event once.
        """
        with self._lock:
            if connection.id not in self._connections:
                return
            connection._follow(topic)  # noqa: SLF001  (one idea in two classes)
            self._topics.setdefault(topic, {})[connection.id] = connection
            self._frames.append(Frame(topic, message, (connection.id,)))
        connection.tell(publication(topic, message))

    def unsubscribe(self, connection: Connection, topic: str) -> None:
        """Let a client listen to a topic no more."""
        with self._lock:
            self._drop(connection, topic)

    def deliver(self, fired: Fired) -> None:
        """Tell an event to everybody who listens to its topic."""
        topic = topic_of(fired.event)
        if topic is None or topic not in self._topics:
            return
        subscribers = self.subscribers(topic)
        message = fired_document(fired, self._user_behind(fired))
        text = stringify(publication(topic, message))
        with self._lock:
            self._frames.append(Frame(topic, message, tuple(one.id for one in subscribers)))
        for connection in subscribers:
            connection.tell_text(text)

    def forget(self) -> None:
        """Forget the frames that were published. Who is connected stays so, and goes on listening."""
        with self._lock:
            self._frames.clear()

    def close(self) -> None:
        """End all connections, and those that come later at once."""
        with self._lock:
            self._is_closed = True
            connections = tuple(self._connections.values())
        for connection in connections:
            connection.close(GOING_AWAY)

    def _user_behind(self, fired: Fired) -> User | None:
        return self._user(fired.member.id_user) if fired.member and fired.member.id_user else None

    def _drop(self, connection: Connection, topic: str) -> None:
        """Undo a subscription. Called with the lock held."""
        listening = self._topics.get(topic)
        if not connection._leave(topic) or listening is None:  # noqa: SLF001  (as above)
            return
        listening.pop(connection.id, None)
        if not listening:
            del self._topics[topic]
