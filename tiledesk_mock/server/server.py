"""The server: binds in the caller's thread, answers in daemon threads, stops at once.

A thread of the pool accepts a connection and serves it to its end, so that no delayed answer holds up
another. The pool grows when its last waiting thread takes a connection, and shrinks when they end.
"""

from __future__ import annotations

import errno
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from ..http.stopwatch import stopwatch
from .connection import AccessLogEntry, ConnectionContext, ConnectionHandler, Timeouts
from .head import server_environ
from .listener import listen
from .peer import ClientSocket

__all__ = ["AccessLogEntry", "Server", "Timeouts"]

WSGIApplication = Callable[..., Any]

_log: Final = logging.getLogger("tiledesk_mock.server")

_SPARE: Final = 4
"""Threads that may wait for a connection at the same time; more than these end."""

_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (for the address that clients are told)


class Server:
    """Serves a WSGI application over HTTP/1.1 at `url`, from when it is started until it is stopped.

    Arguments:
        app: any WSGI application. Its environ has, beyond WSGI's own, `RAW_URI` and `REQUEST_URI` (path and
            query undecoded), `werkzeug.socket` (writing to it takes the connection over) and
            `tiledesk_mock.stopping`, an Event that is set when the server stops. A stopping server also ends
            the socket's reading side, so that who waits for the client to leave waits for both.
        host: a name or address of this machine; `::1` as well.
        port: 0 takes a free one.
        on_access: called after each answer, in the thread that gave it.
        patience: seconds that a connection may be silent.

    Raises:
        PortInUse: the address cannot be bound.

    """

    def __init__(
        self,
        app: WSGIApplication,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        on_access: Callable[[AccessLogEntry], None] | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._listener: Final = listen(host, port)
        self.host: Final = host
        self.port: Final[int] = self._listener.getsockname()[1]
        self._stopping: Final = threading.Event()
        self._service: Final = ConnectionContext(
            app, server_environ(host, self.port), self._stopping, timeouts or Timeouts(), on_access
        )
        self._lock: Final = threading.RLock()  # of the re-entrant kind, for stop() in a signal handler
        self._stopped: Final = threading.Lock()  # taken once, by the first call of stop()
        self._ended: Final = threading.Lock()
        self._ended.acquire()
        self._threads: Final[set[threading.Thread]] = set()
        self._connections: Final[set[ConnectionHandler]] = set()
        self._waiting = 0
        self._stopper: int | None = None

    @property
    def url(self) -> str:
        """Return `http://HOST:PORT`, which clients on this machine can use."""
        host = _ANYWHERE.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def start(self) -> Server:
        """Begin to answer; return the server itself."""
        with self._lock:
            if not self._threads and not self._stopping.is_set():
                self._grow()
        return self

    def stop(self, timeout: float = 2.0) -> None:
        """Stop accepting, let answers under way leave within `timeout` seconds, and close everything.

        Connections without a request under way are closed at once. May be called twice: from another thread,
        which waits for the same end, and from a signal handler, which cannot.
        """
        if not self._stopped.acquire(blocking=False):
            if self._stopper not in (None, threading.get_ident()) and self._ended.acquire(
                timeout=timeout + 1
            ):
                self._ended.release()
            return
        self._stopper = threading.get_ident()
        self._stopping.set()
        self._close_listener()
        for connection in self._open_connections():
            connection.interrupt()
        if not self._join(timeout):
            self._abandon()
        self._listener.close()
        self._ended.release()

    def serve_forever(self) -> None:
        """Start, and wait until `stop` is called: from a signal handler, or from another thread."""
        self.start()
        while not self._ended.acquire(timeout=1):  # Windows hears no signals in a wait without end
            pass
        self._ended.release()

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _grow(self) -> None:
        """Add a waiting thread. Called with the lock held."""
        thread = threading.Thread(target=self._work, name=f"tiledesk-mock-{self.port}", daemon=True)
        self._threads.add(thread)
        self._waiting += 1
        try:
            thread.start()
        except RuntimeError:
            self._threads.discard(thread)
            self._waiting -= 1
            _log.warning("no more threads to be had: new connections wait until others end")

    def _work(self) -> None:
        while not self._stopping.is_set() and self._work_once():
            pass
        with self._lock:
            self._threads.discard(threading.current_thread())

    def _work_once(self) -> bool:
        """Accept a connection and serve it to its end; tell whether to wait for another."""
        try:
            accepted, client = self._listener.accept()
        except OSError as error:  # the server stops, the client left again, or there are no more files
            if error.errno in (errno.EMFILE, errno.ENFILE) and not self._stopping.wait(0.5):
                _log.warning("no more files to be had: new connections wait until others end")
            return True
        self._serve(accepted, client)
        with self._lock:
            self._waiting += 1
            return self._waiting <= _SPARE or self._leave()

    def _serve(self, accepted: socket.socket, client: Any) -> None:
        peer = ClientSocket(accepted.family, accepted.type, accepted.proto, accepted.detach())
        connection = ConnectionHandler(self._service, peer, client)
        with self._lock:
            self._connections.add(connection)
            self._waiting -= 1
            if not self._waiting and not self._stopping.is_set():
                self._grow()
        if self._stopping.is_set():  # stop() may have looked for open connections a moment before
            connection.interrupt()
        try:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.serve()
        except Exception:  # noqa: BLE001  (whatever one connection does, the thread serves the next)
            _log.exception("a connection failed")
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _leave(self) -> bool:
        """Count this thread out of those that wait."""
        self._waiting -= 1
        return False

    def _open_connections(self) -> list[ConnectionHandler]:
        with self._lock:
            return list(self._connections)

    def _close_listener(self) -> None:
        """Wake the threads that wait for a connection."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:  # some systems want it closed for that
            self._listener.close()

    def _join(self, timeout: float) -> bool:
        """Wait for the threads to end; tell whether they did."""
        deadline = stopwatch() + timeout
        with self._lock:
            threads = self._threads - {threading.current_thread()}
        for thread in threads:
            with suppress(RuntimeError):  # not started yet: a signal came in between, and it will end at once
                thread.join(max(deadline - stopwatch(), 0))
        return not any(thread.is_alive() for thread in threads)

    def _abandon(self) -> None:
        connections = self._open_connections()
        _log.warning("%d requests were under way and did not end: given up", len(connections))
        for connection in connections:
            connection.abandon()
        self._join(0.5)
