"""A fired event as listeners are told it: webhooks in their payload, WebSockets in their live frames."""

from __future__ import annotations

from .bus import Fired
from .model import User
from .wire import Document, event_document, member_document


def fired_document(fired: Fired, user: User | None) -> Document:
    """Return the event with its project user in full, who fired it, and `id`, in both dialects the same.

    `user` is the one behind the member, if there is one. Nobody's password is in it, where the real server
    sends the hash of one who used Basic authentication.
    """
    document = event_document(fired.event)
    if fired.member is not None:
        document["project_user"] = member_document(fired.member, user)
    if fired.principal.document:
        document["user"] = dict(fired.principal.document)
    document["id"] = fired.event.id
    return document
