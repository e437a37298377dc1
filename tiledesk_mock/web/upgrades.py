"""Requests that want to become something else than an answer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ..emulator import Emulator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .sockets import WebSockets


class Upgrades:
    """WSGI middleware: hands upgrades to who speaks WebSocket, and passes every other request on."""

    def __init__(self, app: WSGIApplication, emulator: Emulator) -> None:
        self._app: Final = app
        self._emulator: Final = emulator

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if "HTTP_UPGRADE" in environ:
            return self._sockets(environ, start_response)
        return self._app(environ, start_response)

    @cached_property
    def _sockets(self) -> WebSockets:
        # Here and not above: most tests have no WebSocket, and none shall wait for what speaks it.
        from .sockets import WebSockets

        return WebSockets(self._app, self._emulator)
