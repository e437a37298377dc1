"""The socket to one client, as the server uses it and as an application may take it."""

from __future__ import annotations

import socket
from typing import Any, Final

_PIECE: Final = 64 * 1024


class ClientDisconnected(Exception):
    """The client has left, or is not heard of any more: there is nobody to answer."""


class ClientSocket(socket.socket):
    """A client's socket. The server uses `hear` and `tell`, an application what every socket has.

    An application that writes to it has taken the connection over (a WebSocket, a fault that cuts an answer
    short): the server then writes nothing more, and closes it when the application returns.
    """

    taken_over: bool = False

    def send(self, *arguments: Any) -> int:
        """Write as the application: the connection is its own from now on."""
        self.taken_over = True
        return super().send(*arguments)

    def sendall(self, *arguments: Any) -> None:
        """Write as the application: the connection is its own from now on."""
        self.taken_over = True
        super().sendall(*arguments)

    def receive(self, timeout: float) -> bytes:
        """Return what the client sends next. Raises Gone at the end, TimeoutError if nothing comes."""
        try:
            self.settimeout(timeout)
            data = self.recv(_PIECE)
        except TimeoutError:
            raise
        except OSError:
            raise ClientDisconnected from None
        if not data:
            raise ClientDisconnected
        return data

    def write(self, data: bytes, timeout: float) -> None:
        """Write as the server, within `timeout` seconds. Raises Gone if the client does not take it."""
        try:
            self.settimeout(timeout)
            super().sendall(data)
        except OSError:
            raise ClientDisconnected from None
