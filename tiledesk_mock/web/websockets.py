"""WebSockets: who may open one."""

from __future__ import annotations

import errno
import logging
import threading
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from ..emulator import Emulator
from ..emulator.topics import TopicAccess
from ..errors import NoResponse, Unauthenticated
from ..http.connection_options import BEHIND_HEAD
from ..http.exchange import Principal, RecordedResponse
from ..realtime.handshake import Handshake, HandshakeRefused, parse_handshake
from ..realtime.websocket import WebSocket, WebSocketLimits
from ..settings import Dialect
from .guards import STATE
from .requests import has_websocket
from .responses import NOTE_HEADER, error_response, express_response
from .waits import STOPPING, reset_connection, socket_of, wait

if TYPE_CHECKING:
    import socket

    from _typeshed.wsgi import WSGIEnvironment

_MOST_PARAMETERS: Final = 1000
_POLL: Final = 0.5
_NO_SOCKET: Final = "this server passes no sockets: WebSockets need the own server, or gunicorn with threads"

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
        """Return the refusal of a request for an upgrade; else serve the WebSocket.

        Raises WebSocketEnded at its end.
        """
        try:
            handshake = parse_handshake(environ)
            if not has_websocket(environ):
                raise HandshakeRefused("there are no WebSockets at this path, but at /ws")
            principal = environ[STATE].principal = self._principal(environ)
        except HandshakeRefused as refused:
            return self._refused(environ, str(refused))
        except NoResponse as error:
            environ[STATE].reason = str(error)
            if self._emulator.settings.hang:
                environ[STATE].hangs = True
                wait(environ, None)
                reset_connection(environ, "timeout")
                raise WebSocketEnded from None
            return express_response(error_response(error), environ)
        except Unauthenticated:
            environ[STATE].explain(lambda: self._credentials_reason(environ))
            return _refusal(401, b"Unauthorized")
        sock = socket_of(environ)
        if sock is None:
            environ[STATE].reason = _NO_SOCKET
            _log.warning(_NO_SOCKET)
            return _refusal(501, b"Not Implemented")
        self._serve(environ, sock, handshake, principal)
        raise WebSocketEnded

    def _refused(self, environ: WSGIEnvironment, reason: str) -> RecordedResponse:
        """Log why a request is refused whose path may exist, and say so in the documented dialect."""
        environ[STATE].reason = reason
        _log.info("400 as from Tiledesk: %s %s: %s", environ["REQUEST_METHOD"], environ["PATH_INFO"], reason)
        refusal = _refusal(400, b"Bad Request")
        if self._emulator.settings.dialect is Dialect.SERVER:
            return refusal
        note = (NOTE_HEADER, f"refused as by Tiledesk: {reason}")
        return RecordedResponse(refusal.status, (*refusal.headers, note), refusal.body)

    def _principal(self, environ: WSGIEnvironment) -> Principal:
        """Return the user whose token is in the query. Raises Unauthenticated or NoResponse."""
        tokens = _tokens(environ)
        if len(tokens) > 1:
            raise NoResponse("a WebSocket is opened with two tokens")
        return self._emulator.authenticator.websocket_user(_without_word(tokens))

    def _credentials_reason(self, environ: WSGIEnvironment) -> str:
        from ..emulator.credential_reasons import websocket_reason  # most clients have a right token

        token, header = _without_word(_tokens(environ)), environ.get("HTTP_AUTHORIZATION")
        return websocket_reason(self._emulator.authenticator, token, header)

    def _serve(
        self, environ: WSGIEnvironment, sock: socket.socket, handshake: Handshake, principal: Principal
    ) -> None:
        stopping: threading.Event | None = environ.get(STOPPING)
        websocket = WebSocket(
            sock,
            handshake,
            environ.get(BEHIND_HEAD, b""),
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


def _tokens(environ: WSGIEnvironment) -> list[str]:
    # Node's querystring reads so many parameters.
    parameters = "&".join(environ["QUERY_STRING"].split("&", _MOST_PARAMETERS)[:_MOST_PARAMETERS])
    return [value for name, value in parse_qsl(parameters, keep_blank_values=True) if name == "token"]


def _without_word(tokens: list[str]) -> str:
    return "".join(tokens).replace("JWT ", "", 1)


def _refusal(status: int, body: bytes) -> RecordedResponse:
    """Return a refusal of `ws`, which stands before Express."""
    return RecordedResponse(status, (("Content-Type", "text/html"), ("Content-Length", str(len(body)))), body)
