"""WebSockets: who may open one."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from ..emulator import Emulator
from ..errors import ApiError, NoResponse, Unauthenticated
from ..http.principal import Principal, PrincipalKind
from ..realtime.handshake import Handshake, HandshakeError
from ..realtime.websocket import WebSocket, WebSocketLimits
from .conversation import Conversation
from .express import ExpressResponse, Sent, respond
from .guards import PERSON
from .patience import leave, pause, socket_of
from .replies import reply_to

if TYPE_CHECKING:
    import socket

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_STOPPING: Final = "tiledesk_mock.stopping"
_POLL: Final = 0.5

_log: Final = logging.getLogger("tiledesk_mock.realtime")


class Ended(BrokenPipeError):
    """The WebSocket is over. Servers take it for a client that left, and write nothing more."""

    def __init__(self) -> None:
        super().__init__(errno.EPIPE, "the WebSocket has ended")


class WebSockets:
    """The WSGI application that opens WebSockets.

    It needs the client's socket in the environ, as the own server, werkzeug's and gunicorn put it there.
    """

    def __init__(self, emulator: Emulator, limits: WebSocketLimits | None = None) -> None:
        self._emulator: Final = emulator
        self._limits: Final = limits or WebSocketLimits()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Refuse a handshake, or speak on its socket until that ends; raise Ended then."""
        return self._open(environ)(environ, start_response)

    def _open(self, environ: WSGIEnvironment) -> ExpressResponse:
        sock = socket_of(environ)
        if sock is None:
            _log.warning(
                "this server hands out no sockets: WebSockets need the own one, or gunicorn's threads"
            )
            return _refused(501, "Not Implemented")
        try:
            handshake = Handshake(environ)
            principal = self._principal(environ)
        except HandshakeError:
            return _refused(400, "Bad Request")
        except NoResponse as error:
            self._hang(environ)
            return Sent(respond(reply_to(error), environ))
        except ApiError:
            return _refused(401, "Unauthorized")
        self._serve(environ, sock, handshake, principal)
        raise Ended

    def _hang(self, environ: WSGIEnvironment) -> None:
        """Leave the client waiting, if the settings say so."""
        if self._emulator.settings.hang:
            pause(environ, None)
            leave(environ, "timeout")
            raise Ended

    def _principal(self, environ: WSGIEnvironment) -> Principal:
        """Return the user whose token the query has.

        Raises Unauthenticated or UnprocessableToken, or NoResponse for a guest.
        """
        token = parse_qs(environ["QUERY_STRING"]).get("token", [""])[0]
        header = token if token[:4].lower() == "jwt " else f"JWT {token}"
        principal = self._emulator.authenticator.authenticate(header).principal
        environ[PERSON] = principal
        if principal.kind is PrincipalKind.GUEST:
            raise NoResponse("a guest opens a WebSocket")
        if principal.kind is not PrincipalKind.USER:
            raise Unauthenticated
        return principal

    def _serve(
        self, environ: WSGIEnvironment, sock: socket.socket, handshake: Handshake, principal: Principal
    ) -> None:
        stopping: threading.Event | None = environ.get(_STOPPING)
        name = f"WebSocket of {principal.document.get('email', principal.id)}"
        line = WebSocket(
            sock,
            handshake,
            name,
            self._limits,
            stopping.is_set if stopping else self._is_ending,
            None if stopping else _POLL,
        )
        realtime = self._emulator.realtime
        connection = realtime.connect(self._emulator.ids.uuid(), principal, line)
        try:
            line.serve(Conversation(self._emulator, connection).hear)
        finally:
            realtime.disconnect(connection)
            line.linger()

    def _is_ending(self) -> bool:
        """Tell whether the process ends: servers that do not say when they stop wait for us then."""
        return self._emulator.is_stopping or not threading.main_thread().is_alive()


def _refused(status: int, text: str) -> ExpressResponse:
    """Answer as `ws` does, which stands before Express."""
    return ExpressResponse(text.encode(), status, [("Content-Type", "text/html")])
