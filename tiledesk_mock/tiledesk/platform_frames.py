"""The frames that subscribers of the WebSocket get when one of the platform's own events happens.

Five events have frames, and each frame shows the payload of the webhook. Only requests that change are shown
in another form. `fixtures/contract/recordings/frames.json` has what was recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .conversations import Conversation
from .platform_events import BotMessage, PlatformEvent
from .request_payloads import snapshot_agents, updated_request
from .topics import Frame, Method, Resource
from .wire import Document


def frames_of(
    event: PlatformEvent | BotMessage, find_conversation: Callable[[str], Conversation | None]
) -> tuple[Frame, ...]:
    """Return the frames of an event, in the order in which they are sent.

    Args:
        event: the event. Its variants, such as `message.create.channel.chat21`, have no frames of their own.
        find_conversation: returns the stored conversation with an `_id`.
    """
    row = _FRAMES.get(event.name)
    if row is None or isinstance(event, BotMessage):
        return ()
    method, topics = row
    message = event.payload
    if event.name == _REQUEST_UPDATE:
        conversation = find_conversation(message["_id"])
        message = updated_request(message, snapshot_agents(conversation) if conversation else None)
    return tuple(Frame(f"/{event.id_project}{end}", method, message) for end in topics(message))


def _request_topics(payload: Document) -> list[str]:
    requests = Resource.CONVERSATIONS.value
    return [requests, f"{requests}/{payload['request_id']}"]


def _message_topics(payload: Document) -> list[str]:
    return [f"{Resource.CONVERSATIONS.value}/{payload['recipient']}{Resource.MESSAGES.value}"]


def _member_topics(payload: Document) -> list[str]:
    user = payload.get("id_user") or payload.get("uuid_user")
    user_id = user["_id"] if isinstance(user, dict) else user
    return [f"{Resource.MEMBER.value}{payload['_id']}", f"{Resource.MEMBER_OF_USER.value}{user_id}"]


def _bot_topics(payload: Document) -> list[str]:
    return [f"{Resource.BOT.value}{payload['_id']}"]


_REQUEST_UPDATE: Final = "request.update"
_FRAMES: Final[dict[str, tuple[Method, Callable[[Document], list[str]]]]] = {
    "request.create": (Method.CREATE, _request_topics),
    _REQUEST_UPDATE: (Method.UPDATE, _request_topics),
    "message.create": (Method.CREATE, _message_topics),
    "project_user.update": (Method.UPDATE, _member_topics),
    "faqbot.update": (Method.UPDATE, _bot_topics),
}
"""The method and the topics of each event that has frames."""
