"""The connection of one client: each request is passed to the application, until one side closes it."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from threading import Event
from typing import Any, Final

from msgspec import Struct

from ..http.connection_options import BEHIND_HEAD, asks_for_upgrade, wants_keep_alive
from ..http.exchange import EXCHANGE, Exchange
from ..http.stopwatch import BEGAN, stopwatch
from .head import Environ, RequestRejected, expects_continue, node_refusal, parse_head
from .response import ResponseWriter
from .stream import ClientDisconnected, ClientSocket, RequestReader, Timeouts

_log: Final = logging.getLogger("tiledesk_mock.server")

_DISCARD_LIMIT: Final = 1024 * 1024 * 1024
"""Bytes of an unread body that are read and discarded; beyond them the connection is closed."""

_LINGER: Final = 1.0


class AccessLogEntry(Struct, frozen=True):
    """A line of an access log: `size` in bytes as sent, `seconds` from the head to the last byte.

    `status` is `200 OK` and the like, or `taken over` if the application responded on the socket itself.
    `exchange` is what the application says that it was, under `EXCHANGE` in the environ.
    """

    client: str
    method: str
    target: str
    status: str
    size: int
    seconds: float
    exchange: Exchange | None = None


class ConnectionContext(Struct, frozen=True):
    """What all connections of one server share."""

    application: Callable[..., Any]
    environ: Environ
    stopping: Event
    timeouts: Timeouts
    on_access: Callable[[AccessLogEntry], None] | None


class ConnectionHandler:
    """Serves one connection, in the thread that calls `serve`."""

    def __init__(self, context: ConnectionContext, sock: ClientSocket, address: tuple[Any, ...]) -> None:
        self._context: Final = context
        self._socket: Final = sock
        self._reader: Final = RequestReader(sock, context.timeouts)
        self._environ: Final = {
            **context.environ,
            "tiledesk_mock.stopping": context.stopping,
            "wsgi.errors": sys.stderr,  # as it is now: capturing replaces it
            "REMOTE_ADDR": address[0],
            "REMOTE_PORT": address[1],
            "werkzeug.socket": sock,
        }

    def serve(self) -> None:
        """Serve requests until the client or a response closes the connection, or the server stops."""
        try:
            while self._serve_request() and not self._context.stopping.is_set():
                pass
        except (ClientDisconnected, TimeoutError, ConnectionError):
            pass
        except RequestRejected as rejected:
            if not self._context.stopping.is_set():
                self._reject(rejected)
        finally:
            self._socket.close()

    def interrupt(self) -> None:
        """Close the reading side. Reading a request or a frame ends; responses can still be sent."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RD)

    def abort(self) -> None:
        """Close both sides. Whatever still uses the connection fails."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _serve_request(self) -> bool:
        """Serve one request; return whether another may follow."""
        head = self._reader.read_head()
        started = stopwatch()
        environ = {**self._environ, **parse_head(head), BEGAN: started}
        if environ["REQUEST_METHOD"] == "CONNECT":  # Node closes the connection
            return False
        response = ResponseWriter(
            self._socket, environ, keep_alive=wants_keep_alive(environ), timeouts=self._context.timeouts
        )
        if asks_for_upgrade(environ):
            unread = self._upgrade(environ, response)
        elif refusal := node_refusal(environ):
            unread = self._refuse(environ, response, refusal)
        else:
            unread = self._run(environ, response)
        self._log_access(environ, response, started)
        return not self._socket.taken_over and self._discard(unread) and response.keep_alive

    def _run(self, environ: Environ, response: ResponseWriter) -> Iterator[bytes]:
        """Let the application respond; return an iterator over what it left of the body."""
        if expects_continue(environ):
            self._socket.write(b"HTTP/1.1 100 Continue\r\n\r\n", self._context.timeouts.response)
        environ["wsgi.input"], unread = self._reader.read_body(environ)
        if type(environ["wsgi.input"]) is BytesIO:  # all of the body has come
            self._reader.check_next(keep_alive=response.keep_alive)
        self._run_application(environ, response)
        return unread

    def _upgrade(self, environ: Environ, response: ResponseWriter) -> Iterator[bytes]:
        """Let the application take the connection over, or respond; the connection ends then.

        What follows the head belongs to the new protocol. An application may read it as a body all the same.
        """
        environ[BEHIND_HEAD] = self._reader.behind_head()
        environ["wsgi.input"], _ = self._reader.unread_body(environ)
        self._socket.settimeout(None)  # a WebSocket may be silent
        response.refuse_upgrade()
        self._run_application(environ, response)
        if not self._socket.taken_over:
            self._linger()
        return iter(())

    def _run_application(self, environ: Environ, response: ResponseWriter) -> None:
        try:
            self._respond(environ, response)
        except RequestRejected:
            if not (response.is_started or self._socket.taken_over):
                raise
            response.keep_alive = False
        except ClientDisconnected:
            response.keep_alive = False
        except Exception as error:  # noqa: BLE001  (an application may raise anything)
            response.keep_alive = False
            self._handle_failure(environ, response, error)

    def _refuse(self, environ: Environ, response: ResponseWriter, status: str) -> Iterator[bytes]:
        """Respond as Node does without asking the application; return an iterator over the body."""
        if status.startswith("400"):
            response.refuse(status, ("Connection", "close"))
            self._linger()
            return iter(())
        response.refuse(status)
        try:
            _, unread = self._reader.read_body(environ)
            self._reader.check_next(keep_alive=response.keep_alive)
        except RequestRejected:  # Node sends no second response
            response.keep_alive = False
            return iter(())
        return unread

    def _respond(self, environ: Environ, response: ResponseWriter) -> None:
        parts = self._context.application(environ, response.start)
        if self._context.stopping.is_set():
            response.keep_alive = False
        try:
            if isinstance(parts, (list, tuple)) and len(parts) == 1:
                response.length = len(parts[0])
            for part in parts:
                if self._socket.taken_over:
                    break
                response.write(part)
            if not self._socket.taken_over:
                response.finish()
        finally:
            if hasattr(parts, "close"):
                parts.close()

    def _handle_failure(self, environ: Environ, response: ResponseWriter, error: Exception) -> None:
        """Log what the application raised; respond with 500 if nothing has been sent."""
        if self._socket.taken_over and isinstance(error, (OSError, StopIteration)):
            return  # a WebSocket or a fault has ended the connection
        path = environ["RAW_URI"].partition("?")[0]  # without the query, which may have a token
        _log.error("%s %s failed", environ["REQUEST_METHOD"], path, exc_info=error)
        if response.is_started or self._socket.taken_over:
            return
        with suppress(ClientDisconnected):
            self._send_error("500 Internal Server Error", b"the emulator failed; its log has the reason\n")
            response.status = "500 Internal Server Error"

    def _discard(self, unread: Iterator[bytes]) -> bool:
        """Read what the application left of the body, since the next request follows it."""
        size = 0
        try:
            for part in unread:
                size += len(part)
                if size > _DISCARD_LIMIT:
                    self._linger()
                    return False
        except RequestRejected:  # the response has been sent
            return False
        return True

    def _reject(self, rejected: RequestRejected) -> None:
        """Log the reason, and send the status."""
        if rejected.reason:  # otherwise the client has closed its side
            _log.warning("%s: %s: %s", self._environ["REMOTE_ADDR"], rejected.status, rejected.reason)
        with suppress(ClientDisconnected):
            self._send_error(rejected.status)
            self._linger()

    def _send_error(self, status: str, body: bytes = b"") -> None:
        """Send a response as Node does whose parser fails, which has no body."""
        framing = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\n{framing}\r\n"
        self._socket.write(head.encode() + body, self._context.timeouts.response)

    def _linger(self) -> None:
        """Let the client read the response: closing a socket with unread data would discard it."""
        deadline = stopwatch() + _LINGER
        with suppress(ClientDisconnected, OSError):
            self._socket.shutdown(socket.SHUT_WR)
            while stopwatch() < deadline:
                self._socket.receive(_LINGER)

    def _log_access(self, environ: Environ, response: ResponseWriter, started: float) -> None:
        if self._context.on_access is None:
            return
        client, method, target = environ["REMOTE_ADDR"], environ["REQUEST_METHOD"], environ["RAW_URI"]
        status = "taken over" if self._socket.taken_over else response.status
        seconds = stopwatch() - started
        exchange = environ.get(EXCHANGE)
        self._context.on_access(
            AccessLogEntry(client, method, target, status, response.size, seconds, exchange)
        )
