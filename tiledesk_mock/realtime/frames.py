"""Bytes of a WebSocket: received ones become messages, frames to be sent wait until the socket takes them."""

from __future__ import annotations

import socket
from collections import deque
from typing import Any, Final

from wsproto import WSConnection
from wsproto.events import CloseConnection, Event, Message, Ping, TextMessage

MESSAGE_TOO_BIG: Final = 1009

_MESSAGE_LIMIT: Final = 1024 * 1024
"""Bytes of a message that are read; a subscription takes a hundred."""


class FrameReader:
    """Assembles messages from frames. `is_closed` is true once one side has closed the WebSocket."""

    def __init__(self, protocol: WSConnection) -> None:
        self._protocol: Final = protocol
        self._fragments: Final[list[bytes]] = []
        self._size = 0
        self.is_closed = False

    def receive(self, data: bytes) -> tuple[list[str], bytes]:
        """Return the messages that are complete with these bytes, and the bytes to send in response."""
        self._protocol.receive_data(data)
        messages: list[str] = []
        response = b"".join(self._handle(event, messages) for event in self._protocol.events())
        return messages, response

    def _handle(self, event: Event, messages: list[str]) -> bytes:
        if self.is_closed:
            return b""
        if isinstance(event, Message):
            return self._add_fragment(event, messages)
        if isinstance(event, CloseConnection):
            self.is_closed = True
        if isinstance(event, (CloseConnection, Ping)):
            return self._protocol.send(event.response())
        return b""

    def _add_fragment(self, event: Message[Any], messages: list[str]) -> bytes:
        fragment = event.data.encode() if isinstance(event, TextMessage) else bytes(event.data)
        self._fragments.append(fragment)
        self._size += len(fragment)
        if self._size > _MESSAGE_LIMIT:
            self.is_closed = True
            return self._protocol.send(CloseConnection(MESSAGE_TOO_BIG))
        if event.message_finished:
            messages.append(b"".join(self._fragments).decode("utf-8", "replace"))
            self._fragments.clear()
            self._size = 0
        return b""


class WriteBuffer:
    """Writes what the socket takes at once, and queues the rest, up to a limit.

    Not safe to use from several threads at once. Every method raises OSError when the client is gone.

    Args:
        sock: a non-blocking socket.
        limit: bytes that may be queued, beyond a frame that is partly written.
    """

    def __init__(self, sock: socket.socket, limit: int) -> None:
        self._socket: Final = sock
        self._limit: Final = limit
        self._queue: Final[deque[bytes]] = deque()
        self.queued = 0

    def write(self, data: bytes) -> bool:
        """Write or queue data; return False, without doing either, if the queue is full."""
        if not self._queue:
            data = data[self._send(data) :]
        elif self.queued + len(data) > self._limit:
            return False
        if data:
            self._queue.append(data)
            self.queued += len(data)
        return True

    def flush(self) -> None:
        """Write as much of the queue as the socket takes."""
        while self._queue:
            data = self._queue.popleft()
            written = self._send(data)
            self.queued -= written
            if written < len(data):
                self._queue.appendleft(data[written:])
                return

    def _send(self, data: bytes) -> int:
        """Return how many bytes the socket took."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
