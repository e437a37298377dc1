"""The server: binds in the thread of the caller, serves in daemon threads, stops at once.

A thread accepts a connection and serves it to its end, so that a delayed response holds up no other client.
A thread is added when the last idle one gets a connection; idle threads beyond a few end.
"""

from __future__ import annotations

import errno
import logging
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any, Final

from ..errors import PortInUse
from ..http.stopwatch import stopwatch
from .connection import AccessLogEntry, ConnectionContext, ConnectionHandler
from .green import check_patches, has_green_sockets
from .head import COMMON_ENVIRON
from .stream import ClientSocket, Timeouts

WSGIApplication = Callable[..., Any]

_log: Final = logging.getLogger("tiledesk_mock.server")

_MAX_IDLE: Final = 4
"""Threads that may wait for a connection at the same time."""

_BACKLOG: Final = 1024
_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""The address for clients, where the server listens on all of them."""


class Server:
    """Serves a WSGI application over HTTP/1.1 at `url`, from when it is started until it is stopped.

    Args:
        app: any WSGI application. Its environ has, beyond WSGI's own, `RAW_URI` and `REQUEST_URI` (path and
            query undecoded), `werkzeug.socket` (writing to it takes the connection over) and
            `tiledesk_mock.stopping`, an Event that is set when the server stops. The reading side of the
            socket ends then, too: waiting for the client to leave is waiting for both.
        host: a name or address of this machine; `::1` as well.
        port: 0 takes a free one.
        on_access: called after each response, in the thread that sent it.
        timeouts: seconds that a client may be silent.
        listener: what `listen` has returned for this host and port, instead of a new socket.

    Raises:
        PortInUse: the address cannot be bound.
        SetupError: gevent or eventlet have replaced a part of what the server needs.
    """

    def __init__(
        self,
        app: WSGIApplication,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        on_access: Callable[[AccessLogEntry], None] | None = None,
        timeouts: Timeouts | None = None,
        listener: socket.socket | None = None,
    ) -> None:
        check_patches()
        self._listener: Final = listener or listen(host, port)
        self.host: Final = host
        self.port: Final[int] = self._listener.getsockname()[1]
        self._stopping: Final = threading.Event()
        environ = {**COMMON_ENVIRON, "SERVER_NAME": host, "SERVER_PORT": str(self.port)}
        self._context: Final = ConnectionContext(
            app, environ, self._stopping, timeouts or Timeouts(), on_access
        )
        self._lock: Final = threading.RLock()  # re-entrant, for stop() in a signal handler
        # gevent and eventlet let only one greenlet wait for a socket. A thread waits for it at less cost.
        self._accepting: Final = threading.Lock() if has_green_sockets() else nullcontext()
        self._stop_called: Final = threading.Lock()  # taken once, by the first call of stop()
        self._ending: Final = threading.Lock()  # free once serve_forever() is to end
        self._ending.acquire()
        self._stopped: Final = threading.Lock()  # free once everything has ended
        self._stopped.acquire()
        self._threads: Final[set[threading.Thread]] = set()
        self._connections: Final[set[ConnectionHandler]] = set()
        self._idle = 0
        self._stopping_thread: int | None = None

    @property
    def url(self) -> str:
        """Return `http://HOST:PORT`, as clients on this machine can use it."""
        host = _LOOPBACK.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def start(self) -> Server:
        """Start to serve; return the server itself."""
        with self._lock:
            if not self._threads and not self._stopping.is_set():
                self._add_thread()
        return self

    def stop(self, timeout: float = 2.0) -> None:
        """Stop accepting, let responses under way finish within `timeout` seconds, and close everything.

        Connections without a request are closed at once. May be called again: from another thread, which
        waits for the same end, and from a signal handler, which cannot wait.
        """
        self.interrupt()
        if not self._stop_called.acquire(blocking=False):
            is_other_thread = self._stopping_thread not in (None, threading.get_ident())
            if is_other_thread and self._stopped.acquire(timeout=timeout + 1):
                self._stopped.release()
            return
        self._stopping_thread = threading.get_ident()
        self._stopping.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the threads that accept
        except OSError:  # on some systems only closing wakes them
            self._listener.close()
        for connection in self._open_connections():
            connection.interrupt()
        if not self._join(timeout):
            connections = self._open_connections()
            _log.warning("%d requests were under way and did not end: aborted", len(connections))
            for connection in connections:
                connection.abort()
            self._join(0.5)
        self._listener.close()
        self._stopped.release()

    def serve_forever(self) -> None:
        """Start, wait for `interrupt` or `stop`, and stop."""
        self.start()
        while not self._ending.acquire(timeout=1):  # Windows handles no signals in a wait without timeout
            pass
        self.stop()

    def interrupt(self) -> None:
        """End `serve_forever`. Waits for nothing, as signal handlers have to under gevent and eventlet."""
        with suppress(RuntimeError):  # called before
            self._ending.release()

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _add_thread(self) -> None:
        """Add an idle thread. Called with the lock held."""
        thread = threading.Thread(target=self._run, name=f"tiledesk-mock-{self.port}", daemon=True)
        self._threads.add(thread)
        self._idle += 1
        try:
            thread.start()
        except RuntimeError:
            self._threads.discard(thread)
            self._idle -= 1
            _log.warning("no thread can be started: new connections wait until others end")

    def _run(self) -> None:
        while not self._stopping.is_set() and self._accept():
            pass
        with self._lock:
            self._threads.discard(threading.current_thread())

    def _accept(self) -> bool:
        """Accept a connection and serve it to its end; return whether to accept another."""
        try:
            with self._accepting:
                if self._stopping.is_set():
                    return False
                accepted, address = self._listener.accept()
        except OSError as error:  # the server stops, the client has left, or there are no more files
            if error.errno in (errno.EMFILE, errno.ENFILE) and not self._stopping.wait(0.5):
                _log.warning("too many open files: new connections wait until others end")
            return True
        self._serve(accepted, address)
        with self._lock:
            if self._idle >= _MAX_IDLE:
                return False
            self._idle += 1
            return True

    def _serve(self, accepted: socket.socket, address: Any) -> None:
        connection = ConnectionHandler(self._context, ClientSocket(accepted), address)
        with self._lock:
            self._connections.add(connection)
            self._idle -= 1
            if not self._idle and not self._stopping.is_set():
                self._add_thread()
        if self._stopping.is_set():  # stop() may have looked for open connections before
            connection.interrupt()
        try:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.serve()
        except Exception:  # noqa: BLE001  (the thread goes on with the next connection)
            _log.exception("a connection failed")
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _open_connections(self) -> list[ConnectionHandler]:
        with self._lock:
            return list(self._connections)

    def _join(self, timeout: float) -> bool:
        """Wait for the threads to end; return whether they did."""
        deadline = stopwatch() + timeout
        with self._lock:
            threads = self._threads - {threading.current_thread()}
        for thread in threads:
            with suppress(RuntimeError):  # not started yet, if a signal interrupted that: it ends at once
                thread.join(max(deadline - stopwatch(), 0))
        return not any(thread.is_alive() for thread in threads)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket, whose connections wait for a Server.

    Raises PortInUse with the reason if there can be none.
    """
    if not 0 <= port <= 65535:
        raise PortInUse(f"{port} is no port: pass a --port from 0 (a free one) to 65535")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise PortInUse(f"{host} is not an address of this machine: pass another --host") from None
    listener = socket.socket(family, kind, protocol)
    listener.setblocking(True)  # whatever socket.setdefaulttimeout() has set
    try:
        if sys.platform != "win32":  # where the option means something else
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortInUse(_reason(host, port, error)) from error
    return listener


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{host}:{port} is taken by another program: choose another port (0 takes a free one)"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{host}:{port} may not be used by this account: pass a --port above 1023"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine: pass another --host"
    return f"{host}:{port} cannot be used ({error}): choose another port, or host"
