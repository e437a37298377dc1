"""One request on its way to Tiledesk: who answers it, what disturbs it, and that it is written down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from ..emulator import Emulator
from ..errors import ApiError, ConnectionDropped, RateLimited
from ..http.exchange import RecordedRequest, RecordedResponse
from ..http.paths import without_prefix
from ..http.principal import Principal
from ..http.stopwatch import stopwatch
from ..node.bson import object_id
from ..settings import Dialect
from ..tiledesk.drifts import RATE_LIMIT
from ..tiledesk.model import ProjectUser
from .environs import collected, recorded_request, with_request
from .express import status_line
from .guards import PERSON, ROLE
from .patience import HANGING, dripped, leave, pause
from .replies import DRIFT_HEADER
from .upgrades import is_handshake

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from ..faults.rule import Fault

UNSERVED: Final = "tiledesk_mock.unserved"
"""Set in the environ of a request to a path that no route serves."""

_BROKEN: Final = "500 Internal Server Error"


class _Overtaken(Exception):
    """Everything went back to the seed while a request was under way."""


class RequestHandling:
    """One request on its way through."""

    def __init__(
        self, app: WSGIApplication, emulator: Emulator, environ: WSGIEnvironment, start: StartResponse
    ) -> None:
        self._began: Final = stopwatch()
        self._app: Final = app
        self._emulator: Final = emulator
        self._environ: Final = environ
        self._start: Final = start
        self._era: Final = emulator.journal.generation
        self._request: Final = recorded_request(environ)

    def limited(self) -> Iterable[bytes] | None:
        """Refuse the request if its caller sent too many; return None if not."""
        rate = self._emulator.rate_limit
        if rate is None or self._request.method == "OPTIONS":  # CORS is answered before anything counts
            return None
        wait = rate.retry_after(self._counted())
        if not wait:
            return None
        # Here and not above, as in `_struck`: most requests are let through and undisturbed.
        from .statuses import response_to

        documented = self._emulator.settings.dialect is Dialect.DOCUMENTED
        refused = RateLimited(wait, (RATE_LIMIT,) if documented else ())
        return self._tell(response_to(refused, self._environ))

    def _counted(self) -> str:
        """Return for whom a request counts: the person, whatever the credentials; else the address."""
        header = self._environ.get("HTTP_AUTHORIZATION")
        try:
            return self._emulator.authenticator.authenticate(header).principal.id
        except ApiError:
            return str(self._environ.get("REMOTE_ADDR", ""))

    def through(self) -> Iterable[bytes]:
        """Answer the request, disturbed by the faults that strike it."""
        fault = self._emulator.faults.match(self._request, self._caller)
        if fault is None and is_handshake(self._environ):
            return self._upgraded()
        try:
            if fault is not None:
                return self._disturbed(fault)
            answer = self._answer()
            return self._hang() if HANGING in self._environ else self._tell(answer)
        except _Overtaken:
            return self._gone("request")

    def _disturbed(self, fault: Fault) -> Iterable[bytes]:
        if not self._pause(fault):
            return self._leave(fault, "request")
        if fault.hang:
            return self._hang(fault)
        if fault.drop == "request":
            return self._leave(fault, "request")
        if fault.status is None and is_handshake(self._environ):
            return self._upgraded(fault)
        answer = self._struck(fault)
        if HANGING in self._environ:
            return self._hang(fault)
        return self._leave(fault, "answer") if fault.drop == "answer" else self._send(fault, answer)

    def _struck(self, fault: Fault) -> RecordedResponse:
        """Return the answer as the fault changes it."""
        from ..faults.effects import damaged_response, fault_response
        from .statuses import own_answer

        if fault.status is None:
            return damaged_response(self._answer(), fault)
        return damaged_response(fault_response(fault, own_answer(fault.status, self._environ)), fault)

    def _send(self, fault: Fault, answer: RecordedResponse) -> Iterable[bytes]:
        if fault.drop == "midway":
            self._note(answer, fault)
            half = head_of(answer) + answer.body[: len(answer.body) // 2]
            return self._gone("midway", half)
        told = self._tell(answer, fault)
        return dripped(answer.body, fault.drip, self._environ, self._is_over) if fault.drip else told

    def _hang(self, fault: Fault | None = None) -> Iterable[bytes]:
        """Answer nothing until the client leaves or the server stops."""
        self._note(None, fault)
        pause(self._environ, None, self._is_over)
        return self._gone("request")

    def _pause(self, fault: Fault) -> bool:
        """Wait as the fault says; tell whether the client is still there."""
        try:
            return pause(self._environ, fault.latency, self._is_over)
        except ConnectionDropped:  # who asks without a socket and would not wait as long
            self._note(None, fault)
            raise

    def _is_over(self) -> bool:
        """Tell whether everything went back to the seed since the request came: it belongs to nobody."""
        return self._emulator.journal.generation != self._era

    def _leave(self, fault: Fault, reason: str) -> Iterable[bytes]:
        self._note(None, fault)
        return self._gone(reason)

    def _gone(self, reason: str, sent: bytes = b"") -> Iterable[bytes]:
        leave(self._environ, reason, sent)
        self._start(_BROKEN, [("Content-Length", "0")])  # nobody hears it, but WSGI wants it said
        return []

    def _tell(self, answer: RecordedResponse, fault: Fault | None = None) -> Iterable[bytes]:
        self._note(answer, fault)
        self._start(status_line(answer.status), list(answer.headers))
        return [answer.body]

    def _answer(self) -> RecordedResponse:
        mode = self._emulator.mode
        if mode is None:
            return self._collected(self._environ)
        return mode.respond(self._request, self._emulate)

    def _emulate(self, asked: RecordedRequest) -> RecordedResponse:
        """Return what the emulator itself answers to what a mode asks for."""
        environ = with_request(self._environ, asked, self._request)
        answer = self._collected(environ)
        if environ is not self._environ:
            told = (PERSON, ROLE, UNSERVED, HANGING)
            self._environ.update({name: environ[name] for name in told if name in environ})
        return answer

    def _collected(self, environ: WSGIEnvironment) -> RecordedResponse:
        """Return the application's answer; raise _Overtaken if a reset came first."""
        in_use = self._emulator.request_lock
        in_use.acquire_shared()
        try:
            if self._is_over():
                raise _Overtaken
            return collected(self._app, environ)
        finally:
            in_use.release_shared()

    def _upgraded(self, fault: Fault | None = None) -> Iterable[bytes]:
        """Let the application take the connection over; note it when it ends."""
        answered = [RecordedResponse(101)]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            answered[0] = RecordedResponse(int(status[:3]), tuple(headers))
            return self._start(status, headers, *more)

        try:
            return self._app(self._environ, start)
        finally:
            self._note(answered[0], fault)

    def _note(self, answer: RecordedResponse | None, fault: Fault | None) -> None:
        environ = self._environ
        principal, role = environ.get(PERSON), environ.get(ROLE)
        if principal is None and fault is not None:
            principal, role, _ = self._caller()
        elif principal is not None and role is None:
            member = self._member(principal)
            role = member.role if member else None
        self._emulator.journal.record(
            self._request,
            answer,
            stopwatch() - self._began,
            principal,
            role,
            _drifts(answer),
            fault.id if fault else None,
            UNSERVED not in environ,
            self._era,
        )

    def _caller(self) -> tuple[Principal | None, str | None, str | None]:
        """Return who asks, their role and their member's id, before the guards have."""
        try:
            caller = self._emulator.authenticator.authenticate(self._environ.get("HTTP_AUTHORIZATION"))
        except ApiError:
            return None, None, None
        member = self._member(caller.principal)
        return caller.principal, member.role if member else None, member.id if member else None

    def _member(self, principal: Principal) -> ProjectUser | None:
        """Return who somebody is in the project that is asked for, whether or not the role reaches."""
        project = object_id(without_prefix(self._request.path)[1:].partition("/")[0])
        return self._emulator.authenticator.member(principal, project) if project else None


def _drifts(answer: RecordedResponse | None) -> tuple[str, ...]:
    """Return the drifts that an answer names."""
    for name, value in answer.headers if answer else ():
        if name == DRIFT_HEADER:
            return tuple(value.split(", "))
    return ()


def head_of(answer: RecordedResponse) -> bytes:
    """Return the head of an answer as it is sent."""
    lines = [
        f"HTTP/1.1 {status_line(answer.status)}",
        *(f"{name}: {value}" for name, value in answer.headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
