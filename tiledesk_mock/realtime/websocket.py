"""A WebSocket on the socket of a server: its frames.

One thread receives; any thread may send. Sending never blocks: what the socket does not take at once is
queued, and written by the thread that receives. A client whose queue is full is disconnected.
"""

from __future__ import annotations

import logging
import select
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from msgspec import Struct

from ..http.stopwatch import stopwatch
from ..node.json import stringify
from ..tiledesk.topics import PING_FRAME
from .frames import CLOSE, PING, PONG, TEXT, Frame, FrameParser, FrameRefused, encode_frame, encode_status
from .handshake import Handshake
from .hub import GOING_AWAY

_LINGER: Final = 1.0
"""Seconds for the client to close its side: closing a socket with unread data discards the last frame."""

_HEARTBEAT: Final = stringify(PING_FRAME).encode()
_CHUNK: Final = 64 * 1024
_POLL: Final = 0.5

_log: Final = logging.getLogger("tiledesk_mock.realtime")


class WebSocketLimits(Struct, frozen=True):
    """How long a client may be silent, and how slow.

    `heartbeat` is the seconds between two heartbeats. A client that sends no message in that time is
    disconnected without a close frame; the pings and pongs of WebSocket are no messages. `queue` is the
    bytes that may wait for a client, beyond a frame that is partly written.
    """

    heartbeat: float = 30.0
    queue: int = 4 * 1024 * 1024


class WebSocket:
    """A WebSocket whose handshake is accepted.

    Args:
        sock: the client's; the server closes it.
        handshake: the client's.
        received: what the client has sent behind the handshake, before the response.
        name: of the client, for the log.
        limits: how long the client may be silent, and how slow.
        is_stopping: returns whether the server stops. Called when the client's side is at its end, and every
            `poll` seconds unless that is None.
    """

    def __init__(
        self,
        sock: socket.socket,
        handshake: Handshake,
        received: bytes,
        name: str,
        limits: WebSocketLimits,
        is_stopping: Callable[[], bool],
        poll: float | None = None,
    ) -> None:
        self._socket: Final = sock
        self._name: Final = name
        self._limits: Final = limits
        self._is_stopping: Final = is_stopping
        self._poll: Final = poll if _shutdown_wakes() else min(poll or _POLL, _POLL)
        self._lock: Final = threading.Lock()
        self._queue: Final[deque[bytes]] = deque()
        self._queued = 0
        self._parser: Final = FrameParser()
        self._is_closed = False
        self._is_alive = True
        sock.setblocking(False)
        self._selector: Final = selectors.DefaultSelector()
        self._selector.register(sock, selectors.EVENT_READ)
        early = received + self._waiting()
        self._write(handshake.response())
        if self._messages(early):
            _log.warning("%s sent messages before it had the response: lost, as with Tiledesk", name)

    def send(self, text: str) -> bool:
        """Send a text frame after all earlier ones; return whether the WebSocket is open."""
        with self._lock:
            if not self._is_closed:
                self._write(encode_frame(TEXT, text.encode()))
            return not self._is_closed

    def close(self, code: int | None) -> None:
        """Close the WebSocket with a status code; with None without a close frame."""
        with self._lock:
            if not self._is_closed:
                if code is not None:
                    self._write(encode_status(code))
                self._shut_down(socket.SHUT_RD)  # which wakes the thread that receives

    def receive(self, on_message: Callable[[str], None]) -> None:
        """Call `on_message` with each message, until one side closes the WebSocket."""
        try:
            self._receive(on_message)
        finally:
            with self._lock:
                self._is_closed = True
                self._selector.close()
                self._flush()

    def linger(self) -> None:
        """Close the writing side, and discard what the client still sends until it closes its own."""
        deadline = stopwatch() + _LINGER
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(_LINGER)
            while self._socket.recv(_CHUNK) and stopwatch() < deadline:
                pass

    def _receive(self, on_message: Callable[[str], None]) -> None:
        next_heartbeat = stopwatch() + self._limits.heartbeat
        while not self._is_closed:
            left = next_heartbeat - stopwatch()
            if left <= 0:
                self._beat()
                next_heartbeat += self._limits.heartbeat
                continue
            ready = self._selector.select(left if self._poll is None else min(left, self._poll))
            if self._poll is not None and self._is_stopping():
                self.close(GOING_AWAY)
            for _, mask in ready:
                if mask & selectors.EVENT_WRITE:  # the socket takes queued bytes again
                    with self._lock:
                        self._flush()
                        if not self._queue:
                            self._select(selectors.EVENT_READ)
                if mask & selectors.EVENT_READ:
                    self._read(on_message)

    def _beat(self) -> None:
        """Send a heartbeat; disconnect a client that has not responded to the one before."""
        with self._lock:
            if self._is_closed:
                return
            if not self._is_alive:
                _log.warning(
                    "%s did not respond to the heartbeat: disconnected, as Tiledesk does", self._name
                )
                self._shut_down(socket.SHUT_RDWR)
                return
            self._is_alive = False
            self._write(encode_frame(TEXT, _HEARTBEAT))

    def _waiting(self) -> bytes:
        """Return what has come and was not read."""
        with suppress(OSError):
            return self._socket.recv(_CHUNK)
        return b""

    def _read(self, on_message: Callable[[str], None]) -> None:
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:  # the client left without a close frame, or the server stops
            if self._is_stopping():
                self.close(GOING_AWAY)
            with self._lock:
                self._is_closed = True
            return
        for text in self._messages(data):
            on_message(text)

    def _messages(self, data: bytes) -> list[str]:
        """Return the messages that are complete with these bytes; respond to pings and close frames."""
        messages: list[str] = []
        with self._lock:
            if self._is_closed:
                return messages
            try:
                for frame in self._parser.feed(data):
                    self._handle(frame, messages)
                    if self._is_closed:
                        break
            except FrameRefused as refused:
                _log.info("%s sent a frame that ws refuses: closed with %d", self._name, refused.code)
                self._end(encode_status(refused.code))
        return messages

    # The methods below are called with the lock held.

    def _handle(self, frame: Frame, messages: list[str]) -> None:
        """Respond to a frame of control; add a text to the messages. Binary messages are ignored."""
        if frame.opcode == PING:
            self._write(encode_frame(PONG, frame.payload))
        elif frame.opcode == CLOSE:
            self._end(encode_frame(CLOSE, frame.payload))
        elif frame.opcode != PONG:
            self._is_alive = True
            if frame.opcode == TEXT:
                messages.append(frame.text)
            else:
                _log.warning("%s sent a binary frame, which Tiledesk ignores", self._name)

    def _end(self, close_frame: bytes) -> None:
        """Send the last frame."""
        self._write(close_frame)
        self._is_closed = True

    def _write(self, data: bytes) -> None:
        """Send data, or queue what the socket does not take at once."""
        if self._queue and self._queued + len(data) > self._limits.queue:
            _log.warning("%s reads too slowly: disconnected with %d bytes queued", self._name, self._queued)
            self._shut_down(socket.SHUT_RDWR)
            return
        if not self._queue:  # most frames are taken at once
            data = data[self._send(data) :]
        if data and not self._is_closed:
            self._queue.append(data)
            self._queued += len(data)
            self._select(selectors.EVENT_READ | selectors.EVENT_WRITE)

    def _flush(self) -> None:
        """Send as much of the queue as the socket takes."""
        while self._queue:
            written = self._send(self._queue[0])
            self._queued -= written
            if written < len(self._queue[0]):
                self._queue[0] = self._queue[0][written:]
                return
            self._queue.popleft()

    def _send(self, data: bytes) -> int:
        """Return how many bytes the socket took."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self._shut_down(socket.SHUT_RDWR)
            return 0

    def _shut_down(self, how: int) -> None:
        self._is_closed = True
        with suppress(OSError):
            self._socket.shutdown(how)

    def _select(self, events: int) -> None:
        """Let the thread that receives wait for these events; this works while it waits, too."""
        if not self._is_closed:
            self._selector.modify(self._socket, events)


def _shutdown_wakes() -> bool:
    """Return whether shutting a socket down wakes who waits for it. gevent and eventlet remove what does."""
    return hasattr(select, "epoll") or hasattr(select, "kqueue")
