"""The handshake of a WebSocket, as `ws` 7.5.8 reads it and responds to it."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ..node.values import to_number

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_VERSIONS: Final = (8, 13)
_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY: Final = re.compile(r"[+/0-9A-Za-z]{22}==")
_WEBSOCKET: Final = "websocket"


class HandshakeRefused(Exception):
    """The request for an upgrade is no valid handshake of a WebSocket; the text says why."""


class Handshake(Struct, frozen=True):
    """A valid handshake: its key, and the subprotocol that is chosen, which may be empty."""

    key: str
    subprotocol: str

    def response(self) -> bytes:
        """Return the response that accepts the handshake.

        Its names are in the order of `ws`. Extensions are not negotiated, as with the real server.
        """
        digest = hashlib.sha1(f"{self.key}{_GUID}".encode(), usedforsecurity=False).digest()
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
        ]
        if self.subprotocol:
            lines.append(f"Sec-WebSocket-Protocol: {self.subprotocol}")
        return "\r\n".join([*lines, "", ""]).encode()


def parse_handshake(environ: WSGIEnvironment) -> Handshake:
    """Return the handshake in a request for an upgrade. Raises HandshakeRefused."""
    if not is_websocket(environ):
        raise HandshakeRefused(f"it asks for {environ['HTTP_UPGRADE']!r}, and there are only WebSockets")
    if environ["REQUEST_METHOD"] != "GET":
        raise HandshakeRefused("the handshake of a WebSocket is a GET request")
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
    if not _KEY.fullmatch(key):
        raise HandshakeRefused("Sec-WebSocket-Key is not 16 bytes in base64")
    if to_number(environ.get("HTTP_SEC_WEBSOCKET_VERSION", "")) not in _VERSIONS:
        raise HandshakeRefused("Sec-WebSocket-Version is neither 13 nor 8")
    # Of several names the first one is taken, whatever is in it.
    subprotocol, *_ = environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL", "").split(",")
    return Handshake(key, subprotocol.strip(" \t\xa0"))


def is_websocket(environ: WSGIEnvironment) -> bool:
    """Return whether a request for an upgrade asks for a WebSocket, and for nothing beside it."""
    protocol: str = environ["HTTP_UPGRADE"]
    return protocol.lower() == _WEBSOCKET
