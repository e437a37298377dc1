"""The history of deliveries as the real server keeps it: a document for each that has ended."""

from __future__ import annotations

from collections import deque
from typing import Final

from msgspec import Struct

from ..http.exchange import RecordedResponse
from ..node.http_headers import headers_object
from ..node.json import ABSENT, Absent, Json, stringify
from ..tiledesk.clock import Clock
from ..tiledesk.ids import Ids
from ..tiledesk.model import Subscription
from ..tiledesk.wire import VERSION_KEY, Document
from .destination import destination_of
from .failures import DeliveryError
from .questions import body_of
from .sender import BODY_LIMIT, WebhookRequest, sent_headers

_BYTES_LIMIT: Final = 64 << 20
"""Bytes of bodies that the history keeps; beyond it drops the oldest."""


class HistoryEntry(Struct, frozen=True):
    """A delivery that has ended: the request, its response or the error, and the request's body as shown."""

    id: str
    at: str
    subscription: Subscription
    request: WebhookRequest
    body: bytes
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
        self._limit: Final = limit
        self._entries: Final[deque[HistoryEntry]] = deque()
        self._bytes = 0

    def add(
        self,
        subscription: Subscription,
        request: WebhookRequest,
        body: bytes | None,
        result: RecordedResponse | str,
    ) -> None:
        """Add a delivery that has ended with a response or an error.

        `body` is shown in place of the request's; None shows that. A document that is larger than MongoDB
        stores is not added.
        """
        response, error = (None, result) if isinstance(result, str) else (result, None)
        size = len(response.body) if response else 0
        if size >= BODY_LIMIT:
            return
        self._bytes += size
        entry = HistoryEntry(
            self._ids.object_id(),
            self._clock.iso(),
            subscription,
            request,
            request.body if body is None else body,
            response,
            error,
        )
        self._entries.append(entry)
        while len(self._entries) > self._limit or self._bytes > _BYTES_LIMIT:
            dropped = self._entries.popleft()
            self._bytes -= len(dropped.response.body) if dropped.response else 0

    def entries(self, id_project: str) -> list[HistoryEntry]:
        """Return a project's entries, newest first."""
        return [entry for entry in reversed(self._entries) if entry.subscription.id_project == id_project]

    def clear(self) -> None:
        """Remove all entries."""
        self._entries.clear()
        self._bytes = 0
        self._ids.restart()


def entry_document(entry: HistoryEntry) -> Document:
    """Return an entry as the server shows it. Fields with JSON are text, and absent without a response."""
    subscription, response = entry.subscription, entry.response
    document: Document = {"_id": entry.id, "event": subscription.event, "target": subscription.target}
    if response is not None:
        body = body_of(response)
        document["response"] = stringify(_response_document(entry.request, response, body))
        document |= {} if body is ABSENT else {"body": stringify(body)}
    document["jsonRequest"] = entry.body.decode("utf-8", "surrogatepass")
    document["err"] = entry.error
    document["id_project"] = subscription.id_project
    return document | {"createdAt": entry.at, "updatedAt": entry.at, VERSION_KEY: 0}


def _response_document(request: WebhookRequest, response: RecordedResponse, body: Json | Absent) -> Document:
    document: Document = {"statusCode": response.status}
    if body is not ABSENT:
        document["body"] = body
    document["headers"] = headers_object(response.headers)
    document["request"] = _request_document(request)
    return document


def _request_document(request: WebhookRequest) -> Document:
    try:
        destination = destination_of(request.target)
    except DeliveryError:  # a simulation responded for a target to which nothing can be sent
        return {"uri": None, "method": "POST", "headers": dict(request.headers)}
    headers: Document = sent_headers(request, destination)
    del headers["host"]
    headers["content-length"] = len(request.body)
    return {"uri": destination.uri, "method": "POST", "headers": headers}
