"""Topics of the WebSocket, and the frames that the server sends.

A topic is `/PROJECT/events/PROJECT_USER[/NAME]`, or about something else than events. The frames were
recorded from the real server.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from msgspec import Struct

from ..node.json import ABSENT, Absent, Json
from .model import Event
from .wire import Document

PUBLISH: Final = "publish"

PING: Final = "ping"

PING_FRAME: Final[Document] = {"action": "heartbeat", "payload": {"message": {"text": PING}}}
"""What the server sends every 30 seconds, and a client when it wants a `pong`."""

PONG_FRAME: Final[Document] = {"action": "heartbeat", "payload": {"message": {"text": "pong"}}}
"""The response to a `heartbeat` with the text `ping`."""


class Method(Enum):
    """The `method` of a frame. Whatever a subscriber gets first has `CREATE`."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"


class Resource(Enum):
    """What a topic is about. The value is the part of its text that says so."""

    MESSAGES = "/messages"
    CONVERSATIONS = "/requests"
    MEMBER_OF_USER = "/project_users/users/"
    MEMBER = "/project_users/"
    EVENTS = "/events/"
    BOT = "/bots/"
    CONVERSATION = "/requests/"
    OTHER = ""

    @property
    def is_open(self) -> bool:
        """Return whether the real server lets everybody subscribe; for others one has to be a member."""
        return self in (Resource.EVENTS, Resource.BOT)


_AT_THE_END: Final = (Resource.MESSAGES, Resource.CONVERSATIONS)
_WITHIN: Final = tuple(resource for resource in Resource if resource not in _AT_THE_END)


class Frame(Struct, frozen=True):
    """One frame on its way to the subscribers of exactly a topic.

    Args:
        topic: the topic's text.
        method: what happened to what the message shows.
        message: what subscribers get.
    """

    topic: str
    method: Method
    message: Json


class Topic(Struct, frozen=True):
    """A parsed topic; `text` is the topic as it came.

    `id` is that of what the topic is about, if it has one: of the project user in `/P/events/ID/NAME`, whose
    `name` is None if it is missing or empty.
    """

    text: str
    project: str
    resource: Resource
    id: str
    name: str | None


def parse_topic(text: Json) -> Topic | None:
    """Parse a topic; return None if it is malformed.

    The word that says what it is about may stand anywhere in it, but the id is always the third part, that of
    a user the fourth.
    """
    if not isinstance(text, str) or "/" not in text:
        return None
    _, project, _, third, fourth = (*text.split("/"), "", "", "")[:5]
    resource = _resource(text)
    return Topic(
        text, project, resource, fourth if resource is Resource.MEMBER_OF_USER else third, fourth or None
    )


def _resource(text: str) -> Resource:
    for resource in _AT_THE_END:
        if text.endswith(resource.value):
            return resource
    return next(resource for resource in _WITHIN if resource.value in text)


def topic_of(event: Event) -> str | None:
    """Return the topic to which an event is published, or None without project user."""
    return f"/{event.id_project}{Resource.EVENTS.value}{event.project_user}" if event.project_user else None


def publish_frame(topic: str, message: Json, method: Method = Method.CREATE) -> Document:
    """Return the frame with which the server publishes a change, or what a subscriber gets first."""
    return {"action": PUBLISH, "payload": {"topic": topic, "method": method.value, "message": message}}


def relayed_frame(topic: str, message: Json | Absent) -> Document:
    """Return the frame that passes on what a client has published to a topic."""
    payload: Document = {"topic": topic}
    if message is not ABSENT:
        payload["message"] = message
    return {"action": PUBLISH, "payload": payload}


def me_frame(id: str) -> Document:  # noqa: A002  (the frame's own word)
    """Return the response to `me`, with the connection's id. `userId` is always null."""
    return {"action": "me", "payload": {"id": id, "userId": None}}
