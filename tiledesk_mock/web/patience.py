"""Waiting while a client waits, and leaving it without an answer."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConnectionDropped, ExpectationError
from ..http.stopwatch import stopwatch

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CLIENT_TIMEOUT: Final = "tiledesk_mock.timeout"
"""Where the environ of a request without a socket may tell how many seconds its client waits."""

HANGING: Final = "tiledesk_mock.hanging"
"""Set in the environ of a request that the real server never answers, where that is to be felt."""

_RESET: Final = struct.pack("ii", 1, 0)
_PIECES_PER_SECOND: Final = 10
_GLANCE: Final = 0.5


def pause(
    environ: WSGIEnvironment, seconds: float | None, is_over: Callable[[], bool] = lambda: False
) -> bool:
    """Wait so many seconds of real time, or for ever with None; tell whether the client is still there.

    Ends early when the client leaves, the server stops, or soon after the request `is_over`. Raises
    ConnectionDropped where no socket tells of that and the client would not wait as long.
    """
    deadline = None if seconds is None else stopwatch() + seconds
    connection = socket_of(environ)
    if connection is None:
        return _pause_blindly(environ, seconds)
    stopping = environ.get("tiledesk_mock.stopping") or threading.Event()
    while not stopping.is_set() and not is_over():
        left = _GLANCE if deadline is None else deadline - stopwatch()
        if left <= 0:
            return True
        if not _is_readable(connection, min(left, _GLANCE)):
            continue
        if _has_left(connection):
            return False
        stopping.wait(min(left, _GLANCE))  # it sends on: nothing more can be heard of it
    return False


def leave(environ: WSGIEnvironment, reason: str, sent: bytes = b"") -> None:
    """Reset the connection, after the bytes that are `sent`; raise ConnectionDropped if there is none."""
    connection = socket_of(environ)
    if connection is None:
        raise ConnectionDropped(reason, sent)
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.sendall(sent)  # takes it over from our own server, even if that is nothing
        if "werkzeug.socket" not in environ:
            connection.shutdown(socket.SHUT_RDWR)  # another server would answer something
    except OSError:
        pass  # the client was faster


def dripped(
    body: bytes, rate: float, environ: WSGIEnvironment, is_over: Callable[[], bool]
) -> Iterator[bytes]:
    """Yield the body in pieces, `rate` bytes a second; end early as `pause` does."""
    size = max(1, int(rate / _PIECES_PER_SECOND))
    for start in range(0, len(body), size):
        if start and not pause(environ, size / rate, is_over):
            return
        yield body[start : start + size]


def socket_of(environ: WSGIEnvironment) -> socket.socket | None:
    """Return the client's socket, from servers that hand it out."""
    found: Any = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    return found  # type: ignore[no-any-return]  # by the word of those servers


def _pause_blindly(environ: WSGIEnvironment, seconds: float | None) -> bool:
    patience = environ.get(CLIENT_TIMEOUT)
    if seconds is None and patience is None:
        raise ExpectationError("the client has no timeout: it would wait for ever for an answer that hangs")
    if seconds is None or (patience is not None and seconds > patience):
        raise ConnectionDropped("timeout")
    time.sleep(seconds)
    return True


def _is_readable(connection: socket.socket, seconds: float) -> bool:
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    return bool(select.select([connection], [], [], seconds)[0])  # no poll on Windows


def _has_left(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True
