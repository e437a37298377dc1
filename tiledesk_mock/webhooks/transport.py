"""How a delivery leaves: over HTTP, or into a function."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final, Protocol
from urllib.parse import SplitResult, quote, urlsplit

from msgspec import Struct

from ..http.connections import is_stale

_PATH_SAFE: Final = "!#$%&'()*+,/:;=?@[]~"
_LONGEST_ANSWER: Final = 1 << 20
"""Bytes of an answer that are read; a connection that has more to say is closed."""


class WebhookRequest(Struct, frozen=True):
    """What is posted: to which URL, with which headers, the body as bytes."""

    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Reply(Struct, frozen=True):
    """What a target answered."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class NoResponse(Exception):
    """The target cannot be reached, or does not answer in time; the message says how."""


class Transport(Protocol):
    """Whatever carries one delivery after the other. A worker has its own."""

    def send(self, outgoing: WebhookRequest) -> Reply:
        """Post it and return the answer, whatever its status; raise NoAnswer if none comes."""

    def close(self) -> None:
        """Let go of connections."""

    def abort(self) -> None:
        """End the wait for an answer, from another thread; nothing is sent afterwards."""


Connect = Callable[[], Transport]
"""Makes the transport of a worker."""


class MemoryTransport:
    """Carries deliveries to a function in place of a network."""

    def __init__(self, answer: Callable[[WebhookRequest], Reply]) -> None:
        self._answer: Final = answer

    def send(self, outgoing: WebhookRequest) -> Reply:
        """Return what the function returns; it may raise NoAnswer."""
        return self._answer(outgoing)

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def abort(self) -> None:
        """Do nothing: the function is not waited for."""


class Sender:
    """Posts over HTTP/1.1, on one connection that is kept while its target lets it be.

    Redirects are answers like any other, and proxies of the environment are not used: both as in the real
    server. The standard library's client serves better than requests here: its socket can be shut from
    another thread, and nobody who replaces requests' transport for a test's own calls catches deliveries.

    Args:
        timeout: seconds to wait for a connection, and for each part of the answer.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout: Final = timeout
        self._connection: HTTPConnection | None = None
        self._origin: tuple[str, str] | None = None
        self._is_aborted = False

    def send(self, outgoing: WebhookRequest) -> Reply:
        """Post it and return the answer; raise NoAnswer if none comes, or the target is no HTTP URL."""
        try:
            connection, path = self._connected(urlsplit(outgoing.target))
            if connection.sock is None:
                connection.connect()
                self._check_wanted()  # it may have been aborted meanwhile, when there was nothing to shut
            connection.request("POST", path, outgoing.body, dict(outgoing.headers))
            response = connection.getresponse()
            return self._read(response)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            raise NoResponse(_told(error)) from error

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def abort(self) -> None:
        """Shut the connection, which its worker then finds closed."""
        self._is_aborted = True
        connection = self._connection
        peer: socket.socket | None = connection.sock if connection else None
        if peer is not None:
            with suppress(OSError):  # it is shut already
                peer.shutdown(socket.SHUT_RDWR)

    def _connected(self, url: SplitResult) -> tuple[HTTPConnection, str]:
        origin = url.scheme, url.netloc
        self._check_wanted()
        if self._connection is None or origin != self._origin or is_stale(self._connection.sock):
            self.close()
            self._connection, self._origin = _connection(url, self._timeout), origin
        path = quote(url.path or "/", safe=_PATH_SAFE)
        return self._connection, f"{path}?{quote(url.query, safe=_PATH_SAFE)}" if url.query else path

    def _check_wanted(self) -> None:
        if self._is_aborted:
            raise ConnectionAbortedError("stopped")

    def _read(self, response: HTTPResponse) -> Reply:
        body = response.read(_LONGEST_ANSWER)
        if response.read(1):
            self.close()
        return Reply(response.status, tuple(response.getheaders()), body)


def _connection(url: SplitResult, timeout: float) -> HTTPConnection:
    if not url.hostname or url.scheme not in ("http", "https"):
        raise ValueError(f"{url.geturl()} is no http URL")
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    return kind(url.hostname, url.port, timeout=timeout)


def _told(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text or type(error).__name__
