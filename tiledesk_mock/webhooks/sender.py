"""The requests of deliveries, and sending them over HTTP."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from functools import lru_cache
from typing import Final

from msgspec import Struct

from ..http.exchange import RecordedResponse
from ..http.stopwatch import stopwatch
from ..node.http_parser import ResponseParser
from ..node.json import stringify
from ..redaction.masking import MASK
from ..tiledesk.auth import AUDIENCE, ISSUER, sign_token
from ..tiledesk.deliveries import BotAddress
from ..tiledesk.model import Subscription
from ..tiledesk.webhooks import AUDIENCE as SUBSCRIPTION_AUDIENCE
from ..tiledesk.webhooks import BOT, BOT_AUDIENCE, SECRET_HEADER, SUBJECT
from ..tiledesk.wire import Document, record_document
from .connections import IdleConnections, connect
from .destination import Destination, destination_of
from .failures import CUT_SHORT, HANG_UP, ClosedError, DeliveryError, NeverEndedError, failure_of

BODY_LIMIT: Final = 8 << 20
"""Bytes of a response's body that are kept. MongoDB stores no document with twice as many."""

_CONTENT_TYPE: Final = ("Content-Type", "application/json")
_AGENT: Final = ("User-Agent", "tiledesk-webhooks")
_BOT_AGENT: Final = ("User-Agent", "tiledesk-bot")
_RECEIVED: Final = 1 << 16

_TIMEOUTS: Final = 3
"""How many timeouts a response may take as a whole, however slowly its parts come."""


class WebhookRequest(Struct, frozen=True):
    """The POST request of a delivery; `target` is its URL."""

    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def document(self) -> Document:
        """Return headers and body as the control API shows them. Secrets are masked."""
        return {
            "headers": {name: MASK if name == SECRET_HEADER else value for name, value in self.headers},
            "body": json.loads(self.body) | {"token": MASK},
        }


class RequestBuilder:
    """Builds the requests of deliveries.

    Args:
        origin: the header Origin.
        global_secret: signs the tokens of global subscriptions, whose audience is Tiledesk as a whole.
    """

    def __init__(self, origin: str, global_secret: str) -> None:
        self._global_secret: Final = global_secret
        self._headers: Final = (("Origin", origin), ("accept", "application/json"))
        self._hook_and_token: Final = lru_cache(maxsize=256)(self._sign)

    def build(
        self, payload: str, subscription: Subscription, time: int, bot: BotAddress | None = None
    ) -> WebhookRequest:
        """Return the request with a JSON payload, fired at `time`, in milliseconds since 1970.

        For a bot the subscription stands for its address and secret.
        """
        seconds = time // 1000
        if bot is None:
            hook, token = self._hook_and_token(subscription, seconds)
            identity = [(SECRET_HEADER, subscription.signing_secret), _AGENT]
        else:
            hook, token = _sign_for_bot(subscription, bot, seconds)
            identity = [_BOT_AGENT]
        body = f'{{"timestamp":{time},"payload":{payload},"hook":{hook},"token":"{token}"}}'
        headers = (_CONTENT_TYPE, *identity, *self._headers)
        return WebhookRequest(subscription.url, headers, body.encode("utf-8", "surrogatepass"))

    def _sign(self, subscription: Subscription, seconds: int) -> tuple[str, str]:
        """Return the subscription as JSON, and its token, which is the same for a second."""
        hook = stringify(record_document(subscription))
        audience, secret = SUBSCRIPTION_AUDIENCE.format(subscription.id), subscription.signing_secret
        if subscription.is_global:
            audience, secret = AUDIENCE, self._global_secret
        claims = {**json.loads(hook), "iat": seconds, "aud": audience, "iss": ISSUER, "sub": SUBJECT}
        return hook, sign_token(claims, secret)


def _sign_for_bot(subscription: Subscription, bot: BotAddress, seconds: int) -> tuple[str, str]:
    """Return a bot as JSON, and its token, which is signed with its secret."""
    audience = BOT_AUDIENCE.format(subscription.id)
    claims = {"iat": seconds, "aud": audience, "iss": ISSUER, "sub": BOT, "jti": bot.token_id}
    return stringify(bot.hook), sign_token({**bot.hook, **claims}, subscription.signing_secret)


def sent_headers(request: WebhookRequest, destination: Destination) -> dict[str, str]:
    """Return a request's headers with those that its target adds, in the order in which they are sent.

    The real server adds the host, and the credentials of the target's URL, before `accept`.
    """
    headers = dict(request.headers)
    accept = headers.pop("accept", None)
    headers["host"] = destination.host_header
    if destination.authorization is not None:
        headers["authorization"] = destination.authorization
    if accept is not None:
        headers["accept"] = accept
    headers["content-length"] = str(len(request.body))
    return headers


class Sender:
    """Posts over HTTP/1.1 as Node does.

    Redirects are not followed, and proxies of the environment are not used: both as in the real server.
    It uses sockets rather than a library because what is sent and which responses are taken are Node's to the
    byte, because another thread can shut its socket, and because a test that replaces the transport of a
    library for its own calls does not catch deliveries.

    Args:
        timeout: seconds to wait for a connection, and for each part of the response. All of it has to come
            within three times as many.
        idle: the connections that are kept for later requests; by default the sender has its own.
    """

    def __init__(self, timeout: float, idle: IdleConnections | None = None) -> None:
        self._timeout: Final = timeout
        self._connections: Final = idle or IdleConnections()
        self._socket: socket.socket | None = None
        self._is_aborted = False

    def send(self, request: WebhookRequest) -> RecordedResponse:
        """Post a request and return the response, whatever its status; raise DeliveryError without one."""
        try:
            destination = destination_of(request.target)
            response = self._exchange(request, destination)
        except Exception as error:
            self._disconnect()
            if self._is_aborted:
                raise DeliveryError("Error: stopped") from error
            if not isinstance(error, (OSError, ValueError, ClosedError, DeliveryError)):
                raise
            raise failure_of(error, self._timeout) from error
        return RecordedResponse(response.status, response.headers, bytes(response.body))

    def close(self) -> None:
        """Close the connections that are kept."""
        self._connections.close()

    def abort(self) -> None:
        """Shut the connection, from another thread; a `send` that waits, and each later one, fails."""
        self._is_aborted = True
        connection = self._socket
        if connection is not None:
            with suppress(OSError):  # it is shut already
                connection.shutdown(socket.SHUT_RDWR)

    def _exchange(self, request: WebhookRequest, destination: Destination) -> ResponseParser:
        self._check_not_aborted()
        connection = self._connections.take(destination.origin) or connect(destination, self._timeout)
        self._socket = connection
        self._check_not_aborted()  # while it connected, abort() found no socket to shut
        connection.settimeout(self._timeout)
        connection.sendall(_head(request, destination) + request.body)
        response = self._receive(connection)
        self._socket = None
        if response.is_kept_alive:
            self._connections.keep(destination.origin, connection, _header(response, "keep-alive"))
        else:
            connection.close()
        if self._is_aborted:  # after the idle connections were closed
            self.close()
        return response

    def _receive(self, connection: socket.socket) -> ResponseParser:
        """Return a whole response; raise ClosedError if it is cut short, and TimeoutError if it is late."""
        response = ResponseParser(BODY_LIMIT)
        deadline = stopwatch() + _TIMEOUTS * self._timeout
        while not response.is_complete:
            left = deadline - stopwatch()
            if left < self._timeout:
                connection.settimeout(max(left, 0.001))
            data = connection.recv(_RECEIVED)
            if data:
                response.feed(data)
            elif not response.has_head:
                raise ClosedError(HANG_UP)
            elif not response.is_until_end:
                raise ClosedError(CUT_SHORT)
            else:
                break
        if response.is_upgrade:
            raise NeverEndedError("the target switched protocols: the real server waits forever")
        return response

    def _disconnect(self) -> None:
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def _check_not_aborted(self) -> None:
        if self._is_aborted:
            raise ConnectionAbortedError("stopped")


def _head(request: WebhookRequest, destination: Destination) -> bytes:
    headers = sent_headers(request, destination)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {destination.path} HTTP/1.1\r\n{lines}Connection: keep-alive\r\n\r\n".encode()


def _header(response: ResponseParser, name: str) -> str:
    return next((value for key, value in response.headers if key.lower() == name), "")
