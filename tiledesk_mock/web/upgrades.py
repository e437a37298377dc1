"""Requests that want to become a WebSocket."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ..emulator import Emulator
from .express import raw_path
from .paths import canonical

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .sockets import WebSockets

PATHS: Final = frozenset({"/", "/ws"})
"""Where WebSockets are, without a prefix and a trailing slash."""


class Upgrades:
    """WSGI middleware: hands handshakes to who speaks WebSocket, and passes every other request on."""

    def __init__(self, app: WSGIApplication, emulator: Emulator) -> None:
        self._app: Final = app
        self._emulator: Final = emulator

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if is_handshake(environ):
            return self._sockets(environ, start_response)
        return self._app(environ, start_response)

    @cached_property
    def _sockets(self) -> WebSockets:
        # Here and not above: most tests have no WebSocket, and none shall wait for what speaks it.
        from .sockets import WebSockets

        return WebSockets(self._emulator)


def is_handshake(environ: WSGIEnvironment) -> bool:
    """Tell whether a request wants to become a WebSocket where there are some.

    Another upgrade is a wish that need not be met: Java's client sends `h2c` with its first request.
    """
    if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
        return False
    return canonical(raw_path(environ)).lower() in PATHS
