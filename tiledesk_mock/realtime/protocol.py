"""The messages that a client may send, and the frames sent in response."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from ..errors import ApiError
from ..node.json import Json, parse_json
from ..tiledesk.topics import PONG_FRAME, Topic, me_frame, parse_topic
from .hub import Connection, Hub

_log: Final = logging.getLogger("tiledesk_mock.realtime")


class MessageHandler:
    """Handles the messages of one client.

    Args:
        connection: the client.
        hub: where it unsubscribes.
        subscribe: subscribes it to a topic with the history, or raises an ApiError.
        on_drifts: called with the drifts of an error.
    """

    def __init__(
        self,
        connection: Connection,
        hub: Hub,
        subscribe: Callable[[Connection, Topic], None],
        on_drifts: Callable[[tuple[str, ...]], None],
    ) -> None:
        self._connection: Final = connection
        self._hub: Final = hub
        self._subscribe_to: Final = subscribe
        self._on_drifts: Final = on_drifts
        self._actions: Final = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "heartbeat": self._heartbeat,
            "me": self._me,
        }

    def handle(self, text: str) -> None:
        """Handle a message. Malformed messages and unknown actions are ignored, as the server does."""
        try:
            frame = parse_json(text)
        except ValueError:
            return
        if not isinstance(frame, dict):
            return
        action, payload = frame.get("action"), frame.get("payload")
        handler = self._actions.get(action) if isinstance(action, str) else None
        if handler is not None:
            handler(payload if isinstance(payload, dict) else {})

    def _subscribe(self, payload: dict[str, Json]) -> None:
        topic = parse_topic(payload.get("topic"))
        if topic is None:
            return
        try:
            self._subscribe_to(self._connection, topic)
        except ApiError as error:
            self._on_drifts(error.drifts)
            drifts = f" ({', '.join(error.drifts)})" if error.drifts else ""
            name = type(error).__name__
            _log.info("%r could not subscribe to %r: %s%s", self._connection, topic.text, name, drifts)

    def _unsubscribe(self, payload: dict[str, Json]) -> None:
        topic = payload.get("topic")
        if isinstance(topic, str):
            self._hub.unsubscribe(self._connection, topic)

    def _heartbeat(self, payload: dict[str, Json]) -> None:
        message = payload.get("message")
        if isinstance(message, dict) and message.get("text") == "ping":
            self._connection.send(PONG_FRAME)

    def _me(self, _: dict[str, Json]) -> None:
        self._connection.send(me_frame(self._connection.id))
