"""The way of every request to Tiledesk: who answers it, and that it is written down."""

from __future__ import annotations

import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from ..domain.exchange import RecordedAnswer, RecordedRequest, first_field
from ..emulator import Emulator
from .environs import recorded_request, with_request
from .guards import PERSON, ROLE
from .paths import ADMIN
from .replies import DRIFT_HEADER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

UNSERVED: Final = "tiledesk_mock.unserved"
"""Set in the environ of a request to a path that no route serves."""

_STATUS_LINES: Final = {int(status): f"{int(status)} {status.phrase}" for status in HTTPStatus}


class Pipeline:
    """WSGI middleware: journal, faults, rate limit and mode around the emulator's own answers.

    The control API passes it untouched.
    """

    def __init__(self, app: WSGIApplication, emulator: Emulator) -> None:
        self._app: Final = app
        self._emulator: Final = emulator

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if is_control(environ):
            return self._app(environ, start_response)
        began = time.perf_counter()
        request = recorded_request(environ)
        if "HTTP_UPGRADE" in environ:
            return self._upgraded(request, environ, start_response, began)
        answer = self._answer(request, environ)
        self._note(request, answer, environ, began)
        start_response(status_line(answer.status), list(answer.headers))
        return [answer.body]

    def _answer(self, request: RecordedRequest, environ: WSGIEnvironment) -> RecordedAnswer:
        mode = self._emulator.mode
        if mode is None:
            return self._emulate(environ)
        return mode.answer(request, lambda asked: self._emulate_other(asked, request, environ))

    def _emulate_other(
        self, asked: RecordedRequest, request: RecordedRequest, environ: WSGIEnvironment
    ) -> RecordedAnswer:
        """Return what the emulator itself answers to what a mode asks for."""
        other = with_request(environ, asked, request)
        answer = self._emulate(other)
        if other is not environ:
            environ.update({name: other[name] for name in (PERSON, ROLE, UNSERVED) if name in other})
        return answer

    def _emulate(self, environ: WSGIEnvironment) -> RecordedAnswer:
        """Return what the emulator itself answers."""
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
            started[:] = status, headers

        pieces = self._app(environ, start)
        try:
            body = b"".join(pieces)
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
        status, headers = started
        return RecordedAnswer(int(status[:3]), tuple(headers), body)

    def _upgraded(
        self,
        request: RecordedRequest,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        began: float,
    ) -> Iterable[bytes]:
        """Let the application take the connection over; note it when it ends."""
        answered = [RecordedAnswer(101)]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            answered[0] = RecordedAnswer(int(status[:3]), tuple(headers))
            return start_response(status, headers, *more)

        try:
            return self._app(environ, start)
        finally:
            self._note(request, answered[0], environ, began)

    def _note(
        self,
        request: RecordedRequest,
        answer: RecordedAnswer | None,
        environ: WSGIEnvironment,
        began: float,
        fault: str | None = None,
    ) -> None:
        asked = first_field(answer.headers, DRIFT_HEADER) if answer else None
        self._emulator.journal.record(
            request,
            answer,
            time.perf_counter() - began,
            principal=environ.get(PERSON),
            role=environ.get(ROLE),
            drifts=tuple(asked.split(", ")) if asked else (),
            fault=fault,
            is_served=UNSERVED not in environ,
        )


def is_control(environ: WSGIEnvironment) -> bool:
    """Tell whether a request is for the control API, with or without a prefix."""
    path: str = environ["PATH_INFO"]
    at = path.find(f"/{ADMIN}")
    return at >= 0 and path.count("/", 0, at) <= 1 and path[at + len(ADMIN) + 1 :][:1] in ("", "/")


def status_line(status: int) -> str:
    """Return a status with its phrase."""
    return _STATUS_LINES.get(status) or f"{status} Unknown"
