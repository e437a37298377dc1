"""Topics of the WebSocket, and the frames that the server sends.

A topic is `/PROJECT/events/PROJECT_USER[/NAME]`. The frames were recorded from the real server.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from ..node.json import Json
from .model import Event
from .wire import Document

PUBLISH: Final = "publish"

PONG_FRAME: Final[Document] = {"action": "heartbeat", "payload": {"message": {"text": "pong"}}}
"""The response to a `heartbeat` with the text `ping`."""

_EVENTS: Final = "events"


class Topic(Struct, frozen=True):
    """A parsed topic; `text` is the topic as it came.

    `project_user` is None if the topic has no such part, and may be empty: `/P/events` is answered with null,
    `/P/events/` not at all. `name` is None if it is missing or empty.
    """

    text: str
    project: str
    is_events: bool = False
    project_user: str | None = None
    name: str | None = None


def parse_topic(text: Json) -> Topic | None:
    """Parse a topic; return None if it is malformed."""
    if not isinstance(text, str):
        return None
    _, *parts = text.split("/")
    if not parts:
        return None
    project, resource, project_user, name = (*parts[:4], None, None, None, None)[:4]
    if resource != _EVENTS:
        return Topic(text, project or "")
    return Topic(text, project or "", True, project_user, name or None)


def topic_of(event: Event) -> str | None:
    """Return the topic to which an event is published, or None without project user."""
    return f"/{event.id_project}/{_EVENTS}/{event.project_user}" if event.project_user else None


def publish_frame(topic: str, message: Json) -> Document:
    """Return the frame that publishes a message to a topic: an event, or the history as an array."""
    return {"action": PUBLISH, "payload": {"topic": topic, "method": "CREATE", "message": message}}


def me_frame(id: str) -> Document:  # noqa: A002  (the frame's own word)
    """Return the response to `me`, with the connection's id. `userId` is always null."""
    return {"action": "me", "payload": {"id": id, "userId": None}}
