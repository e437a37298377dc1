"""A client of the WebSocket, such as a dashboard."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import websocket

from tiledesk_mock import TiledeskMock


class WebSocketClient:
    """Sends messages and receives frames."""

    def __init__(self, url: str, token: str) -> None:
        self.socket = websocket.create_connection(
            f"{url}?token={quote(token)}", timeout=10, skip_utf8_validation=True
        )

    def __enter__(self) -> WebSocketClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        self.socket.shutdown()  # which close() omits if the server closed first

    def send(self, action: str, **payload: Any) -> None:
        """Send a message."""
        self.socket.send(json.dumps({"action": action, "payload": payload}))

    def receive(self) -> dict[str, Any]:
        """Return the next frame."""
        return json.loads(self.socket.recv())

    def subscribe(self, topic: str) -> Any:
        """Subscribe, and return the history."""
        self.send("subscribe", topic=topic)
        return self.receive()["payload"]["message"]

    def receive_all(self) -> list[dict[str, Any]]:
        """Return the frames that were sent up to now: those before the response to `me`."""
        self.send("me")
        return list(iter(self.receive_other, None))

    def receive_other(self) -> dict[str, Any] | None:
        """Return the next frame, or None if it is the response to `me`."""
        frame = self.receive()
        return None if frame["action"] == "me" else frame


def connect(mock: TiledeskMock, role: str = "owner") -> WebSocketClient:
    """Connect as the person of that role."""
    return WebSocketClient(mock.ws_url, mock.person(role).jwt)


def topic_of(mock: TiledeskMock, role: str = "owner") -> str:
    """Return the topic of that person's events."""
    return f"/{mock.project_id}/events/{mock.person(role).id}"


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)
