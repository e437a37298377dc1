"""The hub: the connections of clients, their messages and subscriptions, and the frames published to them."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final, Protocol

from ..errors import ApiError, SetupError
from ..http.exchange import Principal
from ..journal.timeline import KeptFrame
from ..node.json import ABSENT, Absent, Json, parse_json, stringify
from ..node.values import to_string
from ..tiledesk.events import FiredEvent, fired_event_document
from ..tiledesk.model import User
from ..tiledesk.topics import (
    PING,
    PONG_FRAME,
    Frame,
    Method,
    Topic,
    me_frame,
    parse_topic,
    publish_frame,
    relayed_frame,
    topic_of,
)
from ..tiledesk.wire import Document
from .frames import is_status

GOING_AWAY: Final = 1001
"""The WebSocket status code of a server that stops."""

_MOST_REFUSED: Final = 100
"""How many refused topics are kept."""

_log: Final = logging.getLogger("tiledesk_mock.realtime")


class Channel(Protocol):
    """Sends frames to one client. No method blocks; any thread may call them."""

    def send(self, text: str) -> bool:
        """Send a frame after all earlier ones; return whether the connection is open."""

    def close(self, code: int | None) -> None:
        """Close the connection with a WebSocket status code; with None without a close frame."""


class Access(Protocol):
    """Decides what clients may do with topics."""

    def subscribe(self, connection: Connection, topic: Topic) -> None:
        """Subscribe a client to a topic, and send it what a subscriber gets first. Raises an ApiError."""

    def check_publish(self, connection: Connection, topic: Topic) -> None:
        """Raise an ApiError if a client may not publish to a topic."""


class Connection:
    """A client with its topics, in the order of subscription, and the number of frames that it was sent."""

    def __init__(self, id: str, principal: Principal, channel: Channel) -> None:  # noqa: A002  (a frame's own word)
        self.id: Final = id
        self.principal: Final = principal
        self.sent = 0
        self.channel: Final = channel
        self._lock: Final = threading.Lock()
        self.topics: Final[dict[str, None]] = {}

    def __repr__(self) -> str:
        return f"<Connection of {self.person}: {', '.join(self.topics) or 'no topics'}>"

    @property
    def person(self) -> str:
        """Return the user's e-mail address, or id."""
        return str(self.principal.document.get("email", self.principal.id))

    def send(self, text: str) -> bool:
        """Send a frame without waiting for the client; return whether the connection is open."""
        with self._lock:
            self.sent += 1
        return self.channel.send(text)

    def document(self) -> Document:
        """Return the connection as `/__admin` shows it."""
        return {"id": self.id, "person": self.person, "topics": list(self.topics), "sent": self.sent}


class Hub:
    """Publishes events and changes to the connections that are subscribed to their topics.

    Frames are sent in the order of events, in the thread that fires: a frame has been handed to the network
    before the response to its POST. No client is waited for.

    Args:
        find_user: returns the user with an id.
        on_change: called after a client connects, disconnects or subscribes, and after each event; after a
            refused subscription with its drifts.
        on_frame: called with each published frame, and with what caused it.
        frame_limit: how many published frames are kept.
        size_limit: how many characters they may have together.
    """

    def __init__(
        self,
        find_user: Callable[[str], User | None],
        on_change: Callable[..., None] = lambda *_: None,
        on_frame: Callable[[KeptFrame, str | None], None] = lambda *_: None,
        frame_limit: int = 1000,
        size_limit: int = 64 << 20,
    ) -> None:
        self._find_user: Final = find_user
        self._on_change: Final = on_change
        self._on_frame: Final = on_frame
        self._lock: Final = threading.Lock()
        self._connections: Final[dict[str, Connection]] = {}
        self._subscribers: Final[dict[str, dict[str, Connection]]] = {}
        self._frame_limit: Final = frame_limit
        self._size_limit: Final = size_limit
        self._frames: Final[deque[tuple[int, Document]]] = deque()
        self._frames_size = 0
        self._refused: Final[deque[Document]] = deque(maxlen=_MOST_REFUSED)
        self._is_closed = False

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Return the open connections, oldest first."""
        with self._lock:
            return tuple(self._connections.values())

    def document(self, limit: int | None = None) -> Document:
        """Return connections, refused topics and the last published frames as `/__admin` shows them.

        `limit` is how many topics and frames are returned at most: the last ones.
        """
        connections = [connection.document() for connection in self.connections]
        with self._lock:
            first = 0 if limit is None else max(len(self._frames) - limit, 0)
            frames = [dict(frame) for _, frame in islice(self._frames, first, None)]
            refused = [dict(one) for one in self._refused][-(limit or _MOST_REFUSED) :]
        return {"connections": connections, "refused": refused, "frames": frames}

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
            for topic in tuple(connection.topics):
                self._remove(connection, topic)
        self._on_change()

    def handle(self, connection: Connection, text: str, access: Access) -> None:
        """Handle a message of a client. What is malformed or unknown is ignored, as Tiledesk does."""
        match _parsed(text):
            case {"action": "subscribe", "payload": {"topic": topic}}:
                self._allow(connection, topic, access.subscribe)
            case {"action": "unsubscribe", "payload": {"topic": topic}}:
                self.unsubscribe(connection, _text_of(topic))
            case {"action": "publish" | "broadcast" as action, "payload": {"topic": topic} as payload}:
                if self._allow(connection, topic, access.check_publish):
                    receives = action == "publish"
                    self.relay(connection, topic, payload.get("message", ABSENT), to_sender=receives)
            case {"action": "heartbeat", "payload": {"message": {"text": beat}}} if _text_of(beat) == PING:
                connection.send(stringify(PONG_FRAME))
            case {"action": "me"}:
                connection.send(stringify(me_frame(connection.id)))
            case {"action": "heartbeat"}:  # most of all the response to that of the server
                pass
            case _:
                _log.info("%s sent a message that Tiledesk ignores", connection.person)

    def _allow(
        self, connection: Connection, topic: Json, allowed: Callable[[Connection, Topic], None]
    ) -> bool:
        """Call `allowed` with a topic; return whether it raised nothing. Log a refusal with its drifts."""
        parsed = parse_topic(topic)
        if parsed is None:
            return False
        try:
            allowed(connection, parsed)
        except ApiError as error:
            drifts = f" (drift {', '.join(error.drifts)})" if error.drifts else ""
            reason = f"{error}{drifts}"
            with self._lock:
                refused = {"person": connection.person, "topic": parsed.text, "reason": reason}
                self._refused.append(refused)
            _log.info("%s was refused the topic %r: %s", connection.person, parsed.text, reason)
            self._on_change(error.drifts)
            return False
        return True

    def subscribe(self, connection: Connection, topic: str, message: Json) -> None:
        """Subscribe a connection to a topic, and send it `message`, the history.

        A client that subscribes twice gets the history again, and each event once.
        """
        text = stringify(publish_frame(topic, message))
        with self._lock:
            if connection.id not in self._connections:
                return
            connection.topics[topic] = None
            self._subscribers.setdefault(topic, {})[connection.id] = connection
            self._keep_frame(text, topic, message, connection, live=False)
        connection.send(text)
        self._on_change()

    def unsubscribe(self, connection: Connection, topic: str) -> None:
        """Unsubscribe a connection from a topic."""
        with self._lock:
            self._remove(connection, topic)
        self._on_change()

    def deliver(self, fired: FiredEvent, cause: str | None = None) -> None:
        """Send an event to all subscribers of its topic."""
        topic = topic_of(fired.event)
        if topic is None or topic not in self._subscribers:
            return
        id_user = fired.member.id_user if fired.member else None
        message = fired_event_document(fired, self._find_user(id_user) if id_user else None)
        self.publish([Frame(topic, Method.CREATE, message)], cause)

    def publish(self, frames: Iterable[Frame], cause: str | None = None) -> None:
        """Send each frame to all subscribers of exactly its topic, whatever they may read."""
        for frame in frames:
            if subscribers := self.subscribers(frame.topic):
                self._publish(frame, subscribers, cause)

    def _publish(self, frame: Frame, subscribers: tuple[Connection, ...], cause: str | None) -> None:
        text = stringify(publish_frame(frame.topic, frame.message, frame.method))
        with self._lock:
            self._keep_frame(text, frame.topic, frame.message, *subscribers, method=frame.method, cause=cause)
        for connection in subscribers:
            connection.send(text)
        self._on_change()

    def relay(
        self, sender: Connection, topic: str, message: Json | Absent, *, to_sender: bool = True
    ) -> None:
        """Pass on what a client publishes to all subscribers of exactly that topic."""
        receivers = [one for one in self.subscribers(topic) if to_sender or one is not sender]
        text = stringify(relayed_frame(topic, message))
        with self._lock:
            self._keep_frame(text, topic, message, *receivers, by=sender.person)
        _log.info("%s published to %r, and %d received it", sender.person, topic, len(receivers))
        for connection in receivers:
            connection.send(text)
        self._on_change()

    def clear_frames(self) -> None:
        """Remove the published frames and the refusals. Connections and subscriptions stay."""
        with self._lock:
            self._frames.clear()
            self._refused.clear()
            self._frames_size = 0

    def close_connection(self, id: str, code: int | None = None) -> bool:  # noqa: A002  (a frame's own word)
        """Close the connection with an id, by default without a close frame; return whether it was open.

        Raises SetupError for a status code that a close frame may not have.
        """
        if code is not None and not is_status(code):
            raise SetupError(f"code: expected a WebSocket status code such as 1000, 1011 or 4000, not {code}")
        with self._lock:
            connection = self._connections.get(id)
        if connection is None:
            return False
        connection.channel.close(code)
        self.disconnect(connection)
        return True

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
        for connection in self.connections:
            connection.channel.close(GOING_AWAY)

    # The methods below are called with the lock held.

    def _keep_frame(
        self,
        text: str,
        topic: str,
        message: Json | Absent,
        *receivers: Connection,
        live: bool = True,
        by: str | None = None,
        method: Method | None = None,
        cause: str | None = None,
    ) -> None:
        """Keep a frame with that text: a live one, or what a subscriber gets first.

        `by` is the client who published it, `method` that of a frame that the server published.
        """
        frame: Document = {"topic": topic, "live": live}
        if method is not None:
            frame["method"] = method.value
        if message is not ABSENT:
            frame["message"] = message
        if by is not None:
            frame["by"] = by
        frame["to"] = people = [connection.person for connection in receivers]
        self._on_frame(KeptFrame(topic, text, people, live, by, method), cause)
        self._frames.append((len(text), frame))
        self._frames_size += len(text)
        while len(self._frames) > self._frame_limit or self._frames_size > self._size_limit:
            self._frames_size -= self._frames.popleft()[0]

    def _remove(self, connection: Connection, topic: str) -> None:
        """Remove a subscription, if there is one."""
        connection.topics.pop(topic, None)
        subscribers = self._subscribers.get(topic, {})
        if subscribers.pop(connection.id, None) is not None and not subscribers:
            del self._subscribers[topic]


def _parsed(text: str) -> Json:
    """Return a message as JSON; None if it is none."""
    try:
        return parse_json(text)
    except ValueError:
        return None


def _text_of(value: Json) -> str:
    """Return the text to which a value is equal for JavaScript's `==`, if it is one; else an empty one."""
    if not isinstance(value, (str, list)):
        return ""
    try:
        return to_string(value)
    except TypeError:  # an object in it has a field `toString`
        return ""
