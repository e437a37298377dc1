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
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Request,
    TextMessage,
)
from wsproto.utilities import RemoteProtocolError

from ..delivery.realtime import GOING_AWAY

TOO_BIG: Final = 1009

_LONGEST: Final = 1024 * 1024
"""Characters of a message that are read; subscribing takes a hundred."""

_LINGER: Final = 1.0
"""Seconds in which a client may take its leave; closing on what it still sends would wipe out ours."""

_PIECE: Final = 64 * 1024
_CAN_BE_WOKEN: Final = hasattr(select, "epoll") or hasattr(select, "kqueue")
_POLL: Final = 0.5

_log: Final = logging.getLogger("tiledesk_mock.realtime")


class HandshakeRefused(Exception):
    """What the client sent is no WebSocket handshake."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a client may be silent, and how slow.

    `ping` is the seconds between two pings: a client that sends nothing in that time, not even the answer,
    is gone. `queue` is the bytes that may wait for a client, beyond the frame that is on its way.
    """

    ping: float = 25.0
    queue: int = 16 * 1024 * 1024


class Handshake:
    """A client's wish to open a WebSocket, well-formed. Raises HandshakeRefused for another."""

    def __init__(self, headers: Iterable[tuple[bytes, bytes]], path: str) -> None:
        self._protocol: Final = WSConnection(ConnectionType.SERVER)
        try:
            self._protocol.initiate_upgrade_connection(list(headers), path)
            request = next(iter(self._protocol.events()))
        except RemoteProtocolError as error:
            raise HandshakeRefused(str(error)) from error
        self._offered: Final = request.subprotocols if isinstance(request, Request) else []

    def accept(self) -> tuple[WSConnection, bytes]:
        """Return the protocol and the answer; of subprotocols the first is taken, as `ws` takes it."""
        chosen = self._offered[0] if self._offered else None
        return self._protocol, self._protocol.send(AcceptConnection(subprotocol=chosen))


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
        limits: Limits,
        is_stopping: Callable[[], bool],
        poll: float | None = None,
    ) -> None:
        self._socket: Final = sock
        self._name: Final = name
        self._limits: Final = limits
        self._is_stopping: Final = is_stopping
        self._poll: Final = poll if _CAN_BE_WOKEN else min(poll or _POLL, _POLL)
        self._lock: Final = threading.Lock()
        self._waiting: Final[deque[bytes]] = deque()
        self._queued = 0
        self._has_ended = False
        self._was_heard = True
        self._message: list[str] = []
        sock.setblocking(False)
        self._selector: Final = selectors.DefaultSelector()
        self._selector.register(sock, selectors.EVENT_READ)
        self._protocol, answer = handshake.accept()
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

    def serve(self, hear: Callable[[str], None]) -> None:
        """Call `hear` with each message until one side ends the connection."""
        try:
            self._converse(hear)
        finally:
            with self._lock:
                self._has_ended = True
                self._selector.close()
                self._flush()
            self._part()

    def _converse(self, hear: Callable[[str], None]) -> None:
        next_ping = time.monotonic() + self._limits.ping
        while not self._has_ended:
            left = next_ping - time.monotonic()
            if left <= 0:
                self._ping()
                next_ping += self._limits.ping
                continue
            ready = self._selector.select(left if self._poll is None else min(left, self._poll))
            if self._poll is not None and self._is_stopping():
                self.close(GOING_AWAY)
            for _, mask in ready:
                if mask & selectors.EVENT_WRITE:
                    self._go_on()
                if mask & selectors.EVENT_READ:
                    self._read(hear)

    def _part(self) -> None:
        """End the writing side, and pass over what the client still sends until it ends its own."""
        deadline = time.monotonic() + _LINGER
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(_LINGER)
            while self._socket.recv(_PIECE) and time.monotonic() < deadline:
                pass

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
            self._protocol.receive_data(data)
            return [text for event in self._protocol.events() for text in self._texts(event)]

    def _texts(self, event: Event) -> Iterable[str]:
        if isinstance(event, Message):
            return self._gather(event)
        if isinstance(event, Ping):
            self._put(self._protocol.send(event.response()))
        elif isinstance(event, CloseConnection) and not self._has_ended:
            self._put(self._protocol.send(event.response()))
            self._has_ended = True
        return ()

    def _gather(self, event: Message[Any]) -> Iterable[str]:
        """Put a message together from its pieces."""
        if self._has_ended:
            return
        self._message.append(_text(event))
        if sum(map(len, self._message)) > _LONGEST:
            self._put(self._protocol.send(CloseConnection(TOO_BIG)))
            self._has_ended = True
        elif event.message_finished:
            yield "".join(self._message)
            self._message = []

    # What goes out; all of this is called with the lock held.

    def _put(self, data: bytes) -> None:
        if not self._waiting:
            data = data[self._write(data) :]
        elif self._queued + len(data) > self._limits.queue:
            _log.warning("%s reads too slowly: dropped with %d bytes waiting", self._name, self._queued)
            self._waiting.clear()
            self._end(socket.SHUT_RDWR)
            return
        if data and not self._has_ended:
            self._waiting.append(data)
            self._queued += len(data)
            self._watch(selectors.EVENT_READ | selectors.EVENT_WRITE)

    def _write(self, data: bytes) -> int:
        """Return how many bytes the socket took."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self._end(socket.SHUT_RDWR)
            return len(data)

    def _flush(self) -> None:
        while self._waiting:
            data = self._waiting.popleft()
            written = self._write(data)
            self._queued -= written
            if written < len(data):
                self._waiting.appendleft(data[written:])
                return

    def _end(self, how: int) -> None:
        self._has_ended = True
        with suppress(OSError):
            self._socket.shutdown(how)

    def _watch(self, events: int) -> None:
        """Wait for these from now on, in the thread that reads: it hears of that while it waits."""
        self._selector.modify(self._socket, events)

    def _go_on(self) -> None:
        with self._lock:
            self._flush()
            if not self._waiting and not self._has_ended:
                self._watch(selectors.EVENT_READ)


def _text(event: Message[Any]) -> str:
    return event.data.decode("utf-8", "replace") if isinstance(event, BytesMessage) else str(event.data)
