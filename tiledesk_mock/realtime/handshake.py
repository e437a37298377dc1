"""How a WebSocket begins: what a client asks with, and the answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request
from wsproto.utilities import RemoteProtocolError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class HandshakeError(Exception):
    """What the client sent is no WebSocket handshake."""


class Handshake:
    """A client's wish to open a WebSocket, well-formed. Raises HandshakeRefused for another."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._protocol: Final = WSConnection(ConnectionType.SERVER)
        if environ["REQUEST_METHOD"] != "GET":
            raise HandshakeError("WebSockets begin with a GET")
        try:
            self._protocol.initiate_upgrade_connection(list(_fields(environ)), environ["PATH_INFO"])
            request = next(iter(self._protocol.events()))
        except (RemoteProtocolError, UnicodeDecodeError) as error:  # the latter: fields that are no ASCII
            raise HandshakeError(str(error)) from error
        self._offered: Final = request.subprotocols if isinstance(request, Request) else []

    def accept(self) -> tuple[WSConnection, bytes]:
        """Return the protocol and the answer; of subprotocols the first is taken, as `ws` takes it."""
        chosen = self._offered[0] if self._offered else None
        return self._protocol, self._protocol.send(AcceptConnection(subprotocol=chosen))


def _fields(environ: WSGIEnvironment) -> Iterable[tuple[bytes, bytes]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-").lower().encode("latin-1"), value.encode("latin-1")
