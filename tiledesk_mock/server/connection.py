"""One client's connection: request after request, each through the application, until somebody leaves."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event
from typing import Any, Final

from msgspec import Struct

from ..http.stopwatch import stopwatch
from .head import Environ, RequestRejected, read_head, wants_keep_alive
from .peer import ClientDisconnected, ClientSocket
from .response import ResponseWriter
from .stream import RequestReader

_log: Final = logging.getLogger("tiledesk_mock.server")

_DISCARDED: Final = 1024 * 1024 * 1024
"""Bytes of an unread body that are passed over before the connection is given up instead."""

_LINGER: Final = 1.0


class AccessLogEntry(Struct, frozen=True):
    """One line for an access log: `size` in bytes as sent, `seconds` from head to last byte.

    `status` is `200 OK` and the like, or `taken over` where the application answered on the socket itself.
    """

    client: str
    method: str
    target: str
    status: str
    size: int
    seconds: float


class Timeouts(Struct, frozen=True):
    """Seconds that a connection may stay silent: between requests, and within one."""

    idle: float = 120.0
    request: float = 30.0


class ConnectionContext(Struct, frozen=True):
    """What all connections of one server share."""

    application: Callable[..., Any]
    environ: Environ
    stopping: Event
    timeouts: Timeouts
    on_access: Callable[[AccessLogEntry], None] | None


class ConnectionHandler:
    """Serves one accepted socket to its end, in the thread that calls `serve`."""

    def __init__(self, service: ConnectionContext, peer: ClientSocket, client: tuple[Any, ...]) -> None:
        self._service: Final = service
        self._peer: Final = peer
        self._stream: Final = RequestReader(peer, service.timeouts.idle, service.timeouts.request)
        self._common: Final = {
            **service.environ,
            "tiledesk_mock.stopping": service.stopping,
            "wsgi.errors": sys.stderr,  # what it is now: who captures it puts another in its place
            "REMOTE_ADDR": client[0],
            "REMOTE_PORT": client[1],
            "werkzeug.socket": peer,
        }

    def serve(self) -> None:
        """Answer until the client leaves, an answer ends the connection, or the server stops."""
        try:
            while self._exchange() and not self._service.stopping.is_set():
                pass
        except (ClientDisconnected, TimeoutError, ConnectionError):
            pass  # nobody is left to tell
        except RequestRejected as refused:
            self._refuse(refused)
        finally:
            self._peer.close()

    def interrupt(self) -> None:
        """End the reading side: who waits for a request or a frame sees the end; answers still leave."""
        with suppress(OSError):
            self._peer.shutdown(socket.SHUT_RD)

    def abandon(self) -> None:
        """End both sides: whoever still uses the connection fails."""
        with suppress(OSError):
            self._peer.shutdown(socket.SHUT_RDWR)

    def _exchange(self) -> bool:
        """Serve one request; tell whether another may follow."""
        head = self._stream.read_head()
        began = stopwatch()
        environ = {**self._common, **read_head(head)}
        environ["wsgi.input"], unread = self._stream.read_body(environ)
        if "HTTP_UPGRADE" in environ:
            self._peer.settimeout(None)  # frames come when they come
        within = self._service.timeouts.request
        answer = ResponseWriter(self._peer, environ, keep_alive=wants_keep_alive(environ), timeout=within)
        self._run(environ, answer)
        self._tell(environ, answer, began)
        return not self._peer.taken_over and self._discard(unread) and answer.keep_alive

    def _run(self, environ: Environ, answer: ResponseWriter) -> None:
        try:
            self._answer(environ, answer)
        except (ClientDisconnected, RequestRejected):
            answer.keep_alive = False
        except Exception as error:  # noqa: BLE001  (an application may raise what it likes)
            answer.keep_alive = False
            self._apologize(environ, answer, error)

    def _answer(self, environ: Environ, answer: ResponseWriter) -> None:
        pieces = self._service.application(environ, answer.start)
        if self._service.stopping.is_set():
            answer.keep_alive = False
        try:
            if isinstance(pieces, (list, tuple)) and len(pieces) == 1:
                answer.set_length(len(pieces[0]))
            for piece in pieces:
                if self._peer.taken_over:
                    break
                answer.write(piece)
            if not self._peer.taken_over:
                answer.finish()
        finally:
            if hasattr(pieces, "close"):
                pieces.close()

    def _apologize(self, environ: Environ, answer: ResponseWriter, error: Exception) -> None:
        """Log what the application raised; say 500 to the client if nothing has been said yet."""
        if self._peer.taken_over and isinstance(error, (OSError, StopIteration)):
            return  # who took the connection over may have lost it, or have no answer for us
        path = environ["RAW_URI"].partition("?")[0]  # a query may have a token
        _log.error("%s %s failed", environ["REQUEST_METHOD"], path, exc_info=error)
        if answer.sent or self._peer.taken_over:
            return
        with suppress(ClientDisconnected):
            self._say("500 Internal Server Error", "the emulator failed; its log has the reason")
            answer.status = "500 Internal Server Error"

    def _discard(self, unread: Iterator[bytes]) -> bool:
        """Pass over what the application did not read, so that the next request begins behind it."""
        size = 0
        for piece in unread:
            size += len(piece)
            if size > _DISCARDED:
                self._linger()
                return False
        return True

    def _refuse(self, refused: RequestRejected) -> None:
        _log.info("%s: %s (%s)", self._common["REMOTE_ADDR"], refused.status, refused.reason)
        with suppress(ClientDisconnected):
            self._say(refused.status, refused.reason)
            self._linger()

    def _say(self, status: str, reason: str) -> None:
        body = f"{reason}\n".encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self._peer.write(head.encode() + body, self._service.timeouts.request)

    def _linger(self) -> None:
        """Let the client read the answer: closing on what it still sends would wipe that out."""
        deadline = stopwatch() + _LINGER
        with suppress(ClientDisconnected, OSError):
            self._peer.shutdown(socket.SHUT_WR)
            while stopwatch() < deadline:
                self._peer.receive(_LINGER)

    def _tell(self, environ: Environ, answer: ResponseWriter, began: float) -> None:
        if self._service.on_access is None:
            return
        status = "taken over" if self._peer.taken_over else answer.status
        access = AccessLogEntry(
            client=environ["REMOTE_ADDR"],
            method=environ["REQUEST_METHOD"],
            target=environ["RAW_URI"],
            status=status,
            size=answer.size,
            seconds=stopwatch() - began,
        )
        self._service.on_access(access)
