"""What comes in on a WebSocket: bytes to messages, and to what has to be answered."""

from __future__ import annotations

import socket
from collections import deque
from typing import Any, Final

from wsproto import WSConnection
from wsproto.events import CloseConnection, Event, Message, Ping, TextMessage

TOO_BIG: Final = 1009

_LONGEST: Final = 1024 * 1024
"""Bytes of a message that are read; subscribing takes a hundred."""


class FrameReader:
    """Puts messages together from their pieces. `has_ended` tells that one side ended the conversation."""

    def __init__(self, protocol: WSConnection) -> None:
        self._protocol: Final = protocol
        self._pieces: Final[list[bytes]] = []
        self._size = 0
        self.has_ended = False

    def receive(self, data: bytes) -> tuple[list[str], bytes]:
        """Return the messages that are complete with these bytes, and what to send for them."""
        self._protocol.receive_data(data)
        messages: list[str] = []
        answer = b"".join(self._answer(event, messages) for event in self._protocol.events())
        return messages, answer

    def _answer(self, event: Event, messages: list[str]) -> bytes:
        if self.has_ended:
            return b""
        if isinstance(event, Message):
            return self._gather(event, messages)
        if isinstance(event, CloseConnection):
            self.has_ended = True
        if isinstance(event, (CloseConnection, Ping)):
            return self._protocol.send(event.response())
        return b""

    def _gather(self, event: Message[Any], messages: list[str]) -> bytes:
        piece = event.data.encode() if isinstance(event, TextMessage) else bytes(event.data)
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > _LONGEST:
            self.has_ended = True
            return self._protocol.send(CloseConnection(TOO_BIG))
        if event.message_finished:
            messages.append(b"".join(self._pieces).decode("utf-8", "replace"))
            self._pieces.clear()
            self._size = 0
        return b""


class WriteBuffer:
    """Writes what the socket takes at once, and queues the rest, up to a limit.

    Not safe to use from several threads at once. Every method raises OSError when the client is gone.

    Args:
        sock: a socket that does not block.
        limit: bytes that may be queued, beyond a frame that is on its way.
    """

    def __init__(self, sock: socket.socket, limit: int) -> None:
        self._socket: Final = sock
        self._limit: Final = limit
        self._waiting: Final[deque[bytes]] = deque()
        self.queued = 0

    def write(self, data: bytes) -> bool:
        """Write, or queue; tell whether there was room, without which nothing was done."""
        if not self._waiting:
            data = data[self._write(data) :]
        elif self.queued + len(data) > self._limit:
            return False
        if data:
            self._waiting.append(data)
            self.queued += len(data)
        return True

    def flush(self) -> None:
        """Write of what is queued as much as the socket takes."""
        while self._waiting:
            data = self._waiting.popleft()
            written = self._write(data)
            self.queued -= written
            if written < len(data):
                self._waiting.appendleft(data[written:])
                return

    def _write(self, data: bytes) -> int:
        """Return how many bytes the socket took."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
