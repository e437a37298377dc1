"""What goes out on a socket without anybody waiting for the client."""

from __future__ import annotations

import socket
from collections import deque
from typing import Final


class Outlet:
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

    def put(self, data: bytes) -> bool:
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
