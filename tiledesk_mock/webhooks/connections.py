"""Connections to targets: opened, and kept for the next request, as Node does."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from functools import cache
from typing import Any, Final

from ..http.connections import is_stale
from ..http.stopwatch import stopwatch
from .destination import Destination
from .failures import ConnectError, UnknownHostError

Origin = tuple[bool, str, int]

KEPT_SECONDS: Final = 5.0
"""How long a connection is kept without a request; a target can ask for less."""

_MARGIN: Final = 1.0
"""How many seconds before the target would close it a connection is not used any more."""

_HINT: Final = re.compile(r"timeout=([0-9]+)")


class IdleConnections:
    """Keeps connections that have no request, for all subscriptions together. Threads may share it."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._idle: Final[dict[Origin, list[tuple[float, socket.socket]]]] = {}

    def take(self, origin: Origin) -> socket.socket | None:
        """Return the connection to an origin that was used last, or None."""
        while True:
            with self._lock:
                kept = self._idle.get(origin)
                if not kept:
                    return None
                expires, connection = kept.pop()
            if stopwatch() < expires and not is_stale(connection):
                return connection
            connection.close()

    def keep(self, origin: Origin, connection: socket.socket, hint: str) -> None:
        """Keep a connection after a response; `hint` is the response's header Keep-Alive."""
        match = _HINT.match(hint)
        seconds = min(KEPT_SECONDS, float(match[1]) - _MARGIN) if match else KEPT_SECONDS
        with self._lock:
            self._idle.setdefault(origin, []).append((stopwatch() + seconds, connection))

    def close_expired(self) -> None:
        """Close the connections that were kept for long enough."""
        self._close_until(stopwatch())

    def close(self) -> None:
        """Close all connections that are kept."""
        self._close_until(float("inf"))

    def _close_until(self, time: float) -> None:
        with self._lock:
            kept = [(origin, *one) for origin, ones in self._idle.items() for one in ones]
            self._idle.clear()
            for origin, expires, connection in kept:
                if expires > time:
                    self._idle.setdefault(origin, []).append((expires, connection))
        for _, expires, connection in kept:
            if expires <= time:
                connection.close()


def connect(destination: Destination, timeout: float) -> socket.socket:
    """Open a connection, to the first address of the host that takes one.

    Raises ConnectError, UnknownHostError, or ssl.SSLError.
    """
    connection = _connect_to_any(destination, timeout)
    if not destination.is_tls:
        return connection
    try:
        return _tls_context().wrap_socket(connection, server_hostname=destination.host)
    except BaseException:
        connection.close()
        raise


def _connect_to_any(destination: Destination, timeout: float) -> socket.socket:
    failures: list[tuple[OSError, str, int]] = []
    for family, address in _addresses(destination):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout)
            connection.connect(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connection.close()
            failures.append((error, str(address[0]), destination.port))
        else:
            return connection
    raise ConnectError(failures)


def _addresses(destination: Destination) -> list[tuple[int, Any]]:
    host = destination.host.encode()  # bytes: Python would refuse names that a name server may know
    try:
        found = socket.getaddrinfo(
            host, destination.port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
    except socket.gaierror as error:
        raise UnknownHostError(error, destination.host) from None
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


@cache
def _tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()
