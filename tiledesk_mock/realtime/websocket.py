"""One WebSocket on a socket that a server handed over: frames in, in one thread; frames out, from any.

Nobody who sends waits for the client: what its socket does not take at once is queued, and leaves in the
thread that reads. A client whose queue is full is dropped.
"""

from __future__ import annotations

import logging
import select
import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from msgspec import Struct
from wsproto.events import CloseConnection, Ping, TextMessage

from ..http.stopwatch import stopwatch
from .frames import FrameReader, WriteBuffer
from .handshake import Handshake
from .hub import GOING_AWAY

_LINGER: Final = 1.0
"""Seconds in which a client may take its leave; closing on what it still sends would wipe out ours."""

_PIECE: Final = 64 * 1024
_CAN_BE_WOKEN: Final = hasattr(select, "epoll") or hasattr(select, "kqueue")
_POLL: Final = 0.5

_log: Final = logging.getLogger("tiledesk_mock.realtime")


class WebSocketLimits(Struct, frozen=True):
    """How long a client may be silent, and how slow.

    `ping` is the seconds between two pings: a client that sends nothing in that time, not even the answer,
    is gone. `queue` is the bytes that may wait for a client, beyond the frame that is on its way.
    """

    ping: float = 25.0
    queue: int = 4 * 1024 * 1024


class WebSocket:
    """A WebSocket from its acceptance to its end.

    Args:
        sock: the client's; it stays the server's to close.
        handshake: what the client asked with.
        name: what the log calls the client.
        limits: how long it may be silent, and how slow.
        is_stopping: tells whether the server stops; asked when the client's side ends, and every `poll`
            seconds if that is given.
    """

    def __init__(
        self,
        sock: socket.socket,
        handshake: Handshake,
        name: str,
        limits: WebSocketLimits,
        is_stopping: Callable[[], bool],
        poll: float | None = None,
    ) -> None:
        self._socket: Final = sock
        self._name: Final = name
        self._limits: Final = limits
        self._is_stopping: Final = is_stopping
        self._poll: Final = poll if _CAN_BE_WOKEN else min(poll or _POLL, _POLL)
        self._lock: Final = threading.Lock()
        self._outlet: Final = WriteBuffer(sock, limits.queue)
        self._has_ended = False
        self._was_heard = True
        sock.setblocking(False)
        self._selector: Final = selectors.DefaultSelector()
        self._selector.register(sock, selectors.EVENT_READ)
        self._protocol, answer = handshake.accept()
        self._inlet: Final = FrameReader(self._protocol)
        self._put(answer)

    def send(self, text: str) -> bool:
        """Send a text frame behind those that were sent before; tell whether the connection still stands."""
        with self._lock:
            if not self._has_ended:
                self._put(self._protocol.send(TextMessage(text)))
            return not self._has_ended

    def close(self, code: int) -> None:
        """Say that it is over, with that code, and end."""
        with self._lock:
            if not self._has_ended:
                self._put(self._protocol.send(CloseConnection(code)))
                self._end(socket.SHUT_RD)  # which wakes the thread that reads

    def serve(self, on_message: Callable[[str], None]) -> None:
        """Call `hear` with each message until one side ends the connection."""
        try:
            self._converse(on_message)
        finally:
            with self._lock:
                self._has_ended = True
                self._selector.close()
                self._flush()

    def linger(self) -> None:
        """End the writing side, and pass over what the client still sends until it ends its own."""
        deadline = stopwatch() + _LINGER
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(_LINGER)
            while self._socket.recv(_PIECE) and stopwatch() < deadline:
                pass

    def _converse(self, hear: Callable[[str], None]) -> None:
        next_ping = stopwatch() + self._limits.ping
        while not self._has_ended:
            left = next_ping - stopwatch()
            if left <= 0:
                self._ping()
                next_ping += self._limits.ping
                continue
            ready = self._selector.select(left if self._poll is None else min(left, self._poll))
            if self._poll is not None and self._is_stopping():
                self.close(GOING_AWAY)
            for _, mask in ready:
                if mask & selectors.EVENT_WRITE:
                    self._write_on()
                if mask & selectors.EVENT_READ:
                    self._read(hear)

    def _ping(self) -> None:
        with self._lock:
            if self._has_ended:
                return
            if not self._was_heard:
                _log.info("%s is not heard of any more: disconnected", self._name)
                self._end(socket.SHUT_RDWR)
                return
            self._was_heard = False
            self._put(self._protocol.send(Ping()))

    def _write_on(self) -> None:
        """Go on with what is queued: the client takes it again."""
        with self._lock:
            self._flush()
            if not self._outlet.queued:
                self._watch(selectors.EVENT_READ)

    def _read(self, hear: Callable[[str], None]) -> None:
        try:
            data = self._socket.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._hang_up()
            return
        for text in self._messages(data):
            hear(text)

    def _hang_up(self) -> None:
        """The reading side is at its end: the client left without a word, or the server stops."""
        if self._is_stopping():
            self.close(GOING_AWAY)
        with self._lock:
            self._has_ended = True

    def _messages(self, data: bytes) -> list[str]:
        """Return the messages that are complete with these bytes; see to everything else they hold."""
        with self._lock:
            self._was_heard = True
            if self._has_ended:
                return []
            messages, answer = self._inlet.receive(data)
            if answer:
                self._put(answer)
            self._has_ended = self._has_ended or self._inlet.has_ended
            return messages

    # What goes out; all of this is called with the lock held.

    def _put(self, data: bytes) -> None:
        try:
            had_room = self._outlet.write(data)
        except OSError:
            self._end(socket.SHUT_RDWR)
            return
        if not had_room:
            _log.warning(
                "%s reads too slowly: dropped with %d bytes waiting", self._name, self._outlet.queued
            )
            self._end(socket.SHUT_RDWR)
        elif self._outlet.queued:
            self._watch(selectors.EVENT_READ | selectors.EVENT_WRITE)

    def _flush(self) -> None:
        try:
            self._outlet.flush()
        except OSError:
            self._end(socket.SHUT_RDWR)

    def _end(self, how: int) -> None:
        self._has_ended = True
        with suppress(OSError):
            self._socket.shutdown(how)

    def _watch(self, events: int) -> None:
        """Wait for these from now on, in the thread that reads: it hears of that while it waits."""
        if not self._has_ended:
            self._selector.modify(self._socket, events)
