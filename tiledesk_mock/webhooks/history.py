"""The history of deliveries as the real server keeps it: a row for each that has ended."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from ..node.json import Json, parse_json, stringify
from ..tiledesk.clock import Clock
from ..tiledesk.ids import Ids
from ..tiledesk.model import Subscription
from ..tiledesk.wire import VERSION_KEY, Document
from .transport import Reply, WebhookRequest


class HistoryEntry(Struct, frozen=True):
    """A delivery that has ended: what was sent last, and the answer, or the error in its place."""

    id: str
    at: str
    subscription: Subscription
    outgoing: WebhookRequest
    reply: Reply | None
    error: str | None


class History:
    """Keeps the last `limit` entries; one that is to keep none is always empty.

    Its ids come from a source of its own: they are made when deliveries end, and the ids of everything else
    shall not depend on when that is.
    """

    def __init__(self, clock: Clock, seed: str | None, limit: int) -> None:
        self._clock: Final = clock
        self._ids: Final = Ids(clock, None if seed is None else f"{seed} history")
        self._entries: Final[deque[HistoryEntry]] = deque(maxlen=limit)
        self._lock: Final = threading.Lock()

    def add(
        self, subscription: Subscription, outgoing: WebhookRequest, reply: Reply | None, error: str | None
    ) -> None:
        """Note what a delivery came to."""
        with self._lock:
            entry = HistoryEntry(
                self._ids.object_id(), self._clock.iso(), subscription, outgoing, reply, error
            )
            self._entries.append(entry)

    def documents(self, id_project: str) -> list[Document]:
        """Return a project's entries as the server answers them, oldest first."""
        with self._lock:
            entries = tuple(self._entries)
        return [_row(entry) for entry in entries if entry.subscription.id_project == id_project]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._ids.restart()


def _row(entry: HistoryEntry) -> Document:
    """Write an entry; fields that are JSON themselves are text, and absent where nothing answered."""
    subscription, reply = entry.subscription, entry.reply
    document: Document = {"_id": entry.id, "event": subscription.event, "target": subscription.target}
    if reply is not None:
        body = _body(reply)
        document["response"] = stringify(_response(entry.outgoing, reply, body))
        document |= {} if body == "" else {"body": stringify(body)}
    document["jsonRequest"] = entry.outgoing.body.decode("utf-8", "surrogatepass")
    document["err"] = None if entry.error is None else f"Error: {entry.error}"
    document["id_project"] = subscription.id_project
    return document | {"createdAt": entry.at, "updatedAt": entry.at, VERSION_KEY: 0}


def _body(reply: Reply) -> Json:
    text = reply.body.decode("utf-8", "replace")
    try:
        return parse_json(text)
    except ValueError:
        return text


def _response(outgoing: WebhookRequest, reply: Reply, body: Json) -> Document:
    return {
        "statusCode": reply.status,
        "body": body,
        "headers": {name.lower(): value for name, value in reply.headers},
        "request": {
            "uri": _uri(urlsplit(outgoing.target)),
            "method": "POST",
            "headers": {**dict(outgoing.headers), "content-length": len(outgoing.body)},
        },
    }


def _uri(url: SplitResult) -> Document:
    """Return an address as Node's url module takes it apart."""
    search = f"?{url.query}" if url.query else None
    port = url.netloc.rpartition("@")[2].rpartition("]")[2].partition(":")[2]
    path = (url.path or "/") + (search or "")
    return {
        "protocol": f"{url.scheme}:",
        "slashes": True,
        "auth": None,
        "host": url.netloc.rpartition("@")[2],
        "port": port or ("443" if url.scheme == "https" else "80"),
        "hostname": url.hostname,
        "hash": None,
        "search": search,
        "query": url.query or None,
        "pathname": url.path or "/",
        "path": path,
        "href": f"{url.scheme}://{url.netloc}{path}",
    }
