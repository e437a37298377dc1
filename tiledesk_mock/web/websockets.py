"""WebSockets: who may open one."""

from __future__ import annotations

import errno
import logging
import threading
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from ..emulator import Emulator
from ..emulator.topics import TopicAccess
from ..errors import ApiError, NoResponse, Unauthenticated
from ..http.exchange import Principal, PrincipalKind, RecordedResponse
from ..realtime.websocket import Handshake, HandshakeError, WebSocket, WebSocketLimits
from .guards import STATE
from .responses import error_response, express_response
from .waits import reset_connection, socket_of, wait

if TYPE_CHECKING:
    import socket

    from _typeshed.wsgi import WSGIEnvironment

_POLL: Final = 0.5

_log: Final = logging.getLogger("tiledesk_mock.realtime")


class WebSocketEnded(BrokenPipeError):
    """The WebSocket has ended. Servers take this for a closed connection, and write nothing more."""

    def __init__(self) -> None:
        super().__init__(errno.EPIPE, "the WebSocket has ended")


class WebSockets:
    """Opens the WebSockets of an emulator.

    This needs the client's socket in the environ, as the own server, werkzeug's and gunicorn put it there.
    """

    def __init__(self, emulator: Emulator, limits: WebSocketLimits | None = None) -> None:
        self._emulator: Final = emulator
        self._limits: Final = limits or WebSocketLimits()
        self._access: Final = TopicAccess(emulator)

    def respond(self, environ: WSGIEnvironment) -> RecordedResponse:
        """Return the refusal of a handshake; else serve the WebSocket and raise WebSocketEnded at its end."""
        sock = socket_of(environ)
        if sock is None:
            _log.warning(
                "this server passes no sockets: WebSockets need the own server, or gunicorn with threads"
            )
            return _refusal(501, b"Not Implemented")
        try:
            handshake = Handshake(environ)
            principal = self._principal(environ)
        except HandshakeError:
            return _refusal(400, b"Bad Request")
        except NoResponse as error:
            if self._emulator.settings.hang:
                wait(environ, None)
                reset_connection(environ, "timeout")
                raise WebSocketEnded from None
            return express_response(error_response(error), environ)
        except ApiError:
            return _refusal(401, b"Unauthorized")
        self._serve(environ, sock, handshake, principal)
        raise WebSocketEnded

    def _principal(self, environ: WSGIEnvironment) -> Principal:
        """Return the user whose token is in the query.

        Raises Unauthenticated or UnprocessableToken, or NoResponse for a guest.
        """
        token = parse_qs(environ["QUERY_STRING"]).get("token", [""])[0]
        header = token if token[:4].lower() == "jwt " else f"JWT {token}"
        principal = self._emulator.authenticator.authenticate(header).principal
        environ[STATE].principal = principal
        if principal.kind is PrincipalKind.GUEST:
            raise NoResponse("a guest opens a WebSocket")
        if principal.kind is not PrincipalKind.USER:
            raise Unauthenticated
        return principal

    def _serve(
        self, environ: WSGIEnvironment, sock: socket.socket, handshake: Handshake, principal: Principal
    ) -> None:
        stopping: threading.Event | None = environ.get("tiledesk_mock.stopping")
        websocket = WebSocket(
            sock,
            handshake,
            f"WebSocket of {principal.document.get('email', principal.id)}",
            self._limits,
            stopping.is_set if stopping else self._is_process_ending,
            None if stopping else _POLL,
        )
        emulator, hub = self._emulator, self._emulator.realtime
        connection = hub.connect(emulator.ids.uuid(), principal, websocket)
        try:
            websocket.receive(lambda text: hub.handle(connection, text, self._access))
        finally:
            hub.disconnect(connection)
            websocket.linger()

    def _is_process_ending(self) -> bool:
        """Return whether the process ends: servers that pass no stopping event wait for us then."""
        return self._emulator.is_stopping or not threading.main_thread().is_alive()


def _refusal(status: int, body: bytes) -> RecordedResponse:
    """Return a refusal of `ws`, which stands before Express."""
    return RecordedResponse(status, (("Content-Type", "text/html"), ("Content-Length", str(len(body)))), body)
