"""What is said over the WebSocket: topics, and the frames of both sides.

A topic is `/PROJECT/events/PROJECT_USER[/NAME]`. The frames are those that were recorded from the server.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from ..node.json import Json
from .model import Event
from .wire import Document

PUBLISH: Final = "publish"

PONG_FRAME: Final[Document] = {"action": "heartbeat", "payload": {"message": {"text": "pong"}}}
"""What answers a `heartbeat` that says `ping`."""

_EVENTS: Final = "events"


class Topic(Struct, frozen=True):
    """A topic taken apart; `text` is what was asked for, to the letter.

    `project_user` is None where the topic has no such part, which is not the same as an empty one:
    `/P/events` is answered with null, `/P/events/` not at all. `name` is None where it is missing or empty.
    """

    text: str
    project: str
    is_events: bool = False
    project_user: str | None = None
    name: str | None = None


def parse_topic(text: Json) -> Topic | None:
    """Take a topic apart; return None for what cannot be one."""
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
    """Return the one topic that an event is told to; None for one that no project user fired."""
    return f"/{event.id_project}/{_EVENTS}/{event.project_user}" if event.project_user else None


def publish_frame(topic: str, message: Json) -> Document:
    """Return the frame that tells subscribers of a topic a message: an event, or the history as an array."""
    return {"action": PUBLISH, "payload": {"topic": topic, "method": "CREATE", "message": message}}


def me_frame(id: str) -> Document:  # noqa: A002  (the frame's own word)
    """Return the frame that answers `me`: the connection's id. `userId` is always null there."""
    return {"action": "me", "payload": {"id": id, "userId": None}}
