"""Waits while a client waits, and connections that are reset."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConnectionDropped, ExpectationError
from ..http.connections import is_readable
from ..http.stopwatch import stopwatch

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CLIENT_TIMEOUT: Final = "tiledesk_mock.timeout"
"""Environ key of the client's timeout in seconds, for requests without a socket."""

STOPPING: Final = "tiledesk_mock.stopping"
"""Environ key of an Event that this package's server sets when it stops."""

_RESET: Final = struct.pack("ii", 1, 0)
_PIECES_PER_SECOND: Final = 10
_POLL: Final = 0.5


def wait(
    environ: WSGIEnvironment, seconds: float | None, is_over: Callable[[], bool] = lambda: False
) -> bool:
    """Wait so many seconds of real time, or forever with None; return whether the client is still there.

    Ends early when the client closes its connection, the server stops, or soon after `is_over` returns True.
    Raises ConnectionDropped if the request has no socket and its client has a shorter timeout.
    """
    connection = socket_of(environ)
    if connection is None:
        return _wait_without_socket(environ, seconds)
    deadline = None if seconds is None else stopwatch() + seconds
    stopping = environ.get(STOPPING) or threading.Event()
    while not stopping.is_set() and not is_over():
        left = _POLL if deadline is None else deadline - stopwatch()
        if left <= 0:
            return True
        if not is_readable(connection, min(left, _POLL)):
            continue
        if _is_closed(connection):
            return False
        stopping.wait(min(left, _POLL))  # the client sends on: poll would return at once, forever
    return False


def reset_connection(environ: WSGIEnvironment, reason: str) -> None:
    """Reset the client's connection; raise ConnectionDropped with `reason` if there is no socket."""
    connection = socket_of(environ)
    if connection is None:
        raise ConnectionDropped(reason)
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.sendall(b"")  # takes the connection over from our own server
        if "werkzeug.socket" not in environ:
            connection.shutdown(socket.SHUT_RDWR)  # other servers would send a response
    except OSError:
        pass  # the client has closed it


def throttled(
    body: bytes, bytes_per_second: float, environ: WSGIEnvironment, is_over: Callable[[], bool]
) -> Iterator[bytes]:
    """Yield a body in pieces at that rate; end early as `wait` does."""
    size = max(1, int(bytes_per_second / _PIECES_PER_SECOND))
    for start in range(0, len(body), size):
        if start and not wait(environ, size / bytes_per_second, is_over):
            return
        yield body[start : start + size]


def socket_of(environ: WSGIEnvironment) -> socket.socket | None:
    """Return the client's socket, from servers that pass it."""
    found: Any = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    return found  # type: ignore[no-any-return]  # as those servers document


def _wait_without_socket(environ: WSGIEnvironment, seconds: float | None) -> bool:
    timeout = environ.get(CLIENT_TIMEOUT)
    if seconds is None and timeout is None:
        raise ExpectationError("the client has no timeout: it would wait forever for a response that hangs")
    if seconds is None or (timeout is not None and seconds > timeout):
        raise ConnectionDropped("timeout")
    time.sleep(seconds)
    return True


def _is_closed(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True
