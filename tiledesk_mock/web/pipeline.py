"""The way of every request: to the control API, or through everything that stands before Tiledesk."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ..emulator import Emulator
from ..http.paths import without_prefix
from .passage import RequestHandling
from .paths import ADMIN

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Pipeline:
    """WSGI middleware: rate limit, faults, mode and journal around the emulator's own answers.

    The control API passes it untouched.
    """

    def __init__(self, app: WSGIApplication, emulator: Emulator) -> None:
        self._app: Final = app
        self._emulator: Final = emulator

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if is_control(environ):
            return self._control(environ, start_response)
        passage = RequestHandling(self._app, self._emulator, environ, start_response)
        return passage.limited() or passage.through()

    @cached_property
    def _control(self) -> WSGIApplication:
        # Here and not above: its many routes would slow down every start.
        from .control import control_app

        return control_app(self._emulator)


def is_control(environ: WSGIEnvironment) -> bool:
    """Tell whether a request is for the control API, with or without a prefix."""
    path: str = environ["PATH_INFO"]
    if ADMIN not in path:
        return False
    first, _, _ = without_prefix(path)[1:].partition("/")
    return first == ADMIN
