"""The requests of deliveries, and sending them over HTTP."""

from __future__ import annotations

import io
import socket
from contextlib import suppress
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlsplit

from msgspec import Struct

from ..http.connections import is_stale, shown_url
from ..http.exchange import RecordedResponse
from ..http.stopwatch import stopwatch
from ..node.json import stringify
from ..tiledesk.auth import ISSUER, sign_token
from ..tiledesk.model import Subscription
from ..tiledesk.webhooks import AUDIENCE, SECRET_HEADER, SUBJECT
from ..tiledesk.wire import record_document

_PATH_SAFE: Final = "!#$%&'()*+,/:;=?@[]~"
_BODY_LIMIT: Final = 1 << 20
"""Bytes of a response's body that are read. The connection is closed if there are more."""

_PAUSES: Final = 3
"""How many timeouts a response may take as a whole, however slowly its parts drip."""


class WebhookRequest(Struct, frozen=True):
    """The POST request of a delivery; `target` is its URL."""

    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class RequestBuilder:
    """Builds the requests of deliveries; `origin` is the header Origin."""

    def __init__(self, origin: str) -> None:
        self._headers: Final = (
            ("content-type", "application/json"),
            ("User-Agent", "tiledesk-webhooks"),
            ("Origin", origin),
            ("accept", "application/json"),
        )
        self._hook_and_token: Final = lru_cache(maxsize=256)(self._sign)

    def build(self, payload: str, subscription: Subscription, time: int) -> WebhookRequest:
        """Return the request with a JSON payload, fired at `time`, in milliseconds since 1970."""
        hook, token = self._hook_and_token(subscription, time // 1000)
        body = f'{{"timestamp":{time},"payload":{payload},"hook":{hook},"token":"{token}"}}'
        headers = ((SECRET_HEADER, subscription.signing_secret), *self._headers)
        return WebhookRequest(subscription.url, headers, body.encode("utf-8", "surrogatepass"))

    def _sign(self, subscription: Subscription, seconds: int) -> tuple[str, str]:
        """Return the subscription as JSON, and its token, which is the same for a second."""
        hook = record_document(subscription)
        audience = AUDIENCE.format(subscription.id)
        claims = {**hook, "iat": seconds, "aud": audience, "iss": ISSUER, "sub": SUBJECT}
        return stringify(hook), sign_token(claims, subscription.signing_secret)


class DeliveryError(Exception):
    """The target cannot be reached, or does not respond in time; the message says why."""


class Sender:
    """Posts over HTTP/1.1, and keeps the connection to the last target open.

    Redirects are not followed, and proxies of the environment are not used: both as in the real server.
    It uses http.client rather than requests because another thread can shut its socket, and because a test
    that replaces requests' transport for its own calls does not catch deliveries.

    Args:
        timeout: seconds to wait for a connection, and for each part of the response. All of it has to come
            within three times as many.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout: Final = timeout
        self._connection: HTTPConnection | None = None
        self._origin: tuple[str, str] | None = None
        self._is_aborted = False

    def send(self, request: WebhookRequest) -> RecordedResponse:
        """Post a request and return the response, whatever its status; raise DeliveryError without one."""
        try:
            connection, path = self._connect(urlsplit(request.target))
            if connection.sock is None:
                connection.connect()
                self._check_not_aborted()  # while it connected, abort() found no socket to shut
            connection.sock.settimeout(self._timeout)  # the response before may have shortened it
            connection.request("POST", path, request.body, dict(request.headers))
            response = connection.getresponse()
            body = response.read(_BODY_LIMIT)
            if response.read(1):
                self.close()
            return RecordedResponse(response.status, tuple(response.getheaders()), body)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            raise DeliveryError(_describe(error)) from error

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def abort(self) -> None:
        """Shut the connection, from another thread; a `send` that waits, and each later one, fails."""
        self._is_aborted = True
        connection = self._connection
        sock: socket.socket | None = connection.sock if connection else None
        if sock is not None:
            with suppress(OSError):  # it is shut already
                sock.shutdown(socket.SHUT_RDWR)

    def _connect(self, url: SplitResult) -> tuple[HTTPConnection, str]:
        """Return the kept connection or a new one, which is not connected yet, and the path to request."""
        self._check_not_aborted()
        origin = url.scheme, url.netloc
        if self._connection is None or origin != self._origin or is_stale(self._connection.sock):
            self.close()
            if not url.hostname or url.scheme not in ("http", "https"):
                raise ValueError(f"{shown_url(url.geturl())} is no http URL")
            kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
            self._connection, self._origin = kind(url.hostname, url.port, timeout=self._timeout), origin
            self._connection.response_class = _TimedResponse
        path = quote(url.path or "/", safe=_PATH_SAFE)
        return self._connection, f"{path}?{quote(url.query, safe=_PATH_SAFE)}" if url.query else path

    def _check_not_aborted(self) -> None:
        if self._is_aborted:
            raise ConnectionAbortedError("stopped")


class _TimedResponse(HTTPResponse):
    """A response that has to come as a whole, so that a target which drips holds no worker forever."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedFile(sock))


class _TimedFile(io.RawIOBase):
    """What comes from a socket. Raises TimeoutError after its timeout, or three times of it in all."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket: Final = sock
        self._file: Final = sock.makefile("rb", buffering=0)
        self._timeout: Final[float] = sock.gettimeout() or 0.0
        self._deadline: Final = stopwatch() + _PAUSES * self._timeout

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int | None:
        left = self._deadline - stopwatch()
        if left < self._timeout:
            self._socket.settimeout(max(left, 0.001))
        return self._file.readinto(target)

    def close(self) -> None:
        self._file.close()
        super().close()


def _describe(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text or type(error).__name__
