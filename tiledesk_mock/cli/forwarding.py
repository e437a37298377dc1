"""A target that hands on what it gets, unchanged, and tells of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ..http.exchange import RecordedResponse
from ..http.stopwatch import stopwatch
from ..node.json import Json
from ..webhooks.sender import DeliveryError, Sender, WebhookRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_OWN: Final = frozenset({"host", "connection", "content-length", "transfer-encoding"})
"""Headers of one connection, which the next one makes for itself."""

_BAD_GATEWAY: Final = 502


class Forwarded(Struct, frozen=True):
    """A webhook that was handed on: its body, and the answer's status, or the error in its place."""

    body: Json
    status: int | None
    error: str | None
    seconds: float


class Forwarder:
    """A WSGI application that posts each request to `target` and answers as that does.

    Without a target it answers 200. A target that does not answer is told as 502, which is tried again.
    """

    def __init__(self, target: str | None, timeout: float, tell: Callable[[Forwarded], None]) -> None:
        self._target: Final = target
        self._timeout: Final = timeout
        self._tell: Final = tell

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand on a request and its answer."""
        body = environ["wsgi.input"].read()
        started = stopwatch()
        reply, error = self._forward(_headers(environ), body)
        seconds = stopwatch() - started
        self._tell(Forwarded(_json(body), reply.status if reply else None, error, seconds))
        answer = reply or RecordedResponse(_BAD_GATEWAY, body=str(error).encode())
        kept = [(name, value) for name, value in answer.headers if name.lower() not in _OWN]
        start_response(f"{answer.status} Forwarded", kept)
        return [answer.body]

    def _forward(
        self, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> tuple[RecordedResponse | None, str | None]:
        if self._target is None:
            return RecordedResponse(200, body=b"ok"), None
        sender = Sender(self._timeout)
        try:
            return sender.send(WebhookRequest(self._target, headers, body)), None
        except DeliveryError as error:
            return None, str(error)
        finally:
            sender.close()


def _headers(environ: WSGIEnvironment) -> tuple[tuple[str, str], ...]:
    given = {"content-type": environ.get("CONTENT_TYPE", "")} if environ.get("CONTENT_TYPE") else {}
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            given[name.removeprefix("HTTP_").replace("_", "-").lower()] = value
    return tuple((name, value) for name, value in given.items() if name not in _OWN)


def _json(body: bytes) -> Json:
    try:
        return json.loads(body)
    except ValueError:
        return None
