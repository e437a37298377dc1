"""The history of deliveries as the real server keeps it: a document for each that has ended."""

from __future__ import annotations

from collections import deque
from typing import Final
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from ..http.exchange import RecordedResponse
from ..node.json import Json, parse_json, stringify
from ..tiledesk.clock import Clock
from ..tiledesk.ids import Ids
from ..tiledesk.model import Subscription
from ..tiledesk.wire import VERSION_KEY, Document
from .sender import WebhookRequest


class HistoryEntry(Struct, frozen=True):
    """A delivery that has ended: the last request, and its response or the error."""

    id: str
    at: str
    subscription: Subscription
    request: WebhookRequest
    response: RecordedResponse | None
    error: str | None


class History:
    """Keeps the last `limit` entries. Its owner locks it.

    Their ids come from a source of their own, because they are generated when deliveries end: other ids must
    not depend on when that is.
    """

    def __init__(self, clock: Clock, seed: str | None, limit: int) -> None:
        self._clock: Final = clock
        self._ids: Final = Ids(clock, None if seed is None else f"{seed} history")
        self._entries: Final[deque[HistoryEntry]] = deque(maxlen=limit)

    def add(
        self,
        subscription: Subscription,
        request: WebhookRequest,
        response: RecordedResponse | None,
        error: str | None,
    ) -> None:
        """Add a delivery that has ended."""
        self._entries.append(
            HistoryEntry(self._ids.object_id(), self._clock.iso(), subscription, request, response, error)
        )

    def entries(self, id_project: str) -> list[HistoryEntry]:
        """Return a project's entries, newest first."""
        return [entry for entry in reversed(self._entries) if entry.subscription.id_project == id_project]

    def clear(self) -> None:
        """Remove all entries."""
        self._entries.clear()
        self._ids.restart()


def entry_document(entry: HistoryEntry) -> Document:
    """Return an entry as the server shows it. Fields with JSON are text, and absent without a response."""
    subscription, response = entry.subscription, entry.response
    document: Document = {"_id": entry.id, "event": subscription.event, "target": subscription.target}
    if response is not None:
        body = _body(response)
        document["response"] = stringify(_response_document(entry.request, response, body))
        document |= {} if body == "" else {"body": stringify(body)}
    document["jsonRequest"] = entry.request.body.decode("utf-8", "surrogatepass")
    document["err"] = None if entry.error is None else f"Error: {entry.error}"
    document["id_project"] = subscription.id_project
    return document | {"createdAt": entry.at, "updatedAt": entry.at, VERSION_KEY: 0}


def _body(response: RecordedResponse) -> Json:
    text = response.body.decode("utf-8", "replace")
    try:
        return parse_json(text)
    except ValueError:
        return text


def _response_document(request: WebhookRequest, response: RecordedResponse, body: Json) -> Document:
    return {
        "statusCode": response.status,
        "body": body,
        "headers": {name.lower(): value for name, value in response.headers},
        "request": {
            "uri": _uri_document(urlsplit(request.target)),
            "method": "POST",
            "headers": {**dict(request.headers), "content-length": len(request.body)},
        },
    }


def _uri_document(url: SplitResult) -> Document:
    """Return a URL as Node's url module parses it."""
    search = f"?{url.query}" if url.query else None
    host = url.netloc.rpartition("@")[2]
    port = host.rpartition("]")[2].partition(":")[2]
    path = (url.path or "/") + (search or "")
    return {
        "protocol": f"{url.scheme}:",
        "slashes": True,
        "auth": None,
        "host": host,
        "port": port or ("443" if url.scheme == "https" else "80"),
        "hostname": url.hostname,
        "hash": None,
        "search": search,
        "query": url.query or None,
        "pathname": url.path or "/",
        "path": path,
        "href": f"{url.scheme}://{url.netloc}{path}",
    }
