"""What a client may say on a WebSocket, and what it is answered."""

from __future__ import annotations

import logging
from typing import Final

from ..emulator import Emulator
from ..errors import ApiError
from ..node.json import Json, parse_json
from ..realtime.connections import Connection
from ..tiledesk.topics import PONG_FRAME, me_frame, parse_topic

_log: Final = logging.getLogger("tiledesk_mock.realtime")


class Conversation:
    """What one client says, and what it is answered."""

    def __init__(self, emulator: Emulator, connection: Connection) -> None:
        self._emulator: Final = emulator
        self._connection: Final = connection
        self._actions: Final = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "heartbeat": self._heartbeat,
            "me": self._me,
        }

    def hear(self, text: str) -> None:
        """Act on a message; one that says nothing known is passed over, as the server does."""
        try:
            frame = parse_json(text)
        except ValueError:
            return
        if not isinstance(frame, dict):
            return
        action, payload = frame.get("action"), frame.get("payload")
        act = self._actions.get(action) if isinstance(action, str) else None
        if act is not None:
            act(payload if isinstance(payload, dict) else {})

    def _subscribe(self, payload: dict[str, Json]) -> None:
        topic = parse_topic(payload.get("topic"))
        if topic is None:
            return
        try:
            self._emulator.subscribe_websocket(self._connection, topic)
        except ApiError as error:
            self._emulator.journal.record_drifts(error.drifts)
            drifts = f" ({', '.join(error.drifts)})" if error.drifts else ""
            _log.info(
                "%r subscribed to %r in vain: %s%s",
                self._connection,
                topic.text,
                type(error).__name__,
                drifts,
            )

    def _unsubscribe(self, payload: dict[str, Json]) -> None:
        topic = payload.get("topic")
        if isinstance(topic, str):
            self._emulator.realtime.unsubscribe(self._connection, topic)

    def _heartbeat(self, payload: dict[str, Json]) -> None:
        message = payload.get("message")
        if isinstance(message, dict) and message.get("text") == "ping":
            self._connection.send(PONG_FRAME)

    def _me(self, _: dict[str, Json]) -> None:
        self._connection.send(me_frame(self._connection.id))
