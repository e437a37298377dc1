"""The middleware around the emulator's responses: journal, rate limit, faults and mode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ..emulator import Emulator
from ..errors import ApiError, ConnectionDropped, RateLimited, UnprocessableToken
from ..http.connection_options import asks_for_upgrade
from ..http.connections import is_loopback
from ..http.exchange import EXCHANGE, Exchange, Principal, RecordedRequest, RecordedResponse
from ..http.paths import without_prefix
from ..http.stopwatch import BEGAN, stopwatch
from ..node.bson import object_id
from ..node.reasons import reason_of
from ..settings import Dialect
from ..tiledesk.drifts import RATE_LIMIT
from ..tiledesk.model import ProjectUser
from .guards import BODY, STATE, RequestState, caller_of
from .requests import (
    environ_for,
    has_websocket,
    is_control,
    is_page,
    parsed_body,
    recorded_request,
    set_paths,
)
from .responses import (
    DRIFT_HEADER,
    error_response,
    express_response,
    status_response,
    text_response,
    without_cors,
)
from .waits import CLIENT_TIMEOUT, reset_connection, throttled, wait

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from werkzeug.routing import Map

    from ..faults.rate_limit import RateLimit
    from ..faults.rule import Fault
    from ..faults.stubs import Stub
    from .websockets import WebSockets

_RESENT: Final = {
    "REMOTE_ADDR": "127.0.0.1",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.url_scheme": "http",
    CLIENT_TIMEOUT: 60.0,
}
"""The environ of a request that a tester sends again, and that has no connection."""

Respond = Callable[["WSGIEnvironment"], RecordedResponse]
"""Returns the emulator's own response to the request of an environ."""


class Middleware:
    """The WSGI application: `/__admin` as it is, everything else with journal, rate limit, faults, mode.

    `respond` makes the emulator's own responses; `routes` are those that it has.
    """

    def __init__(self, respond: Respond, emulator: Emulator, routes: Map) -> None:
        self.respond: Final = respond
        self.emulator: Final = emulator
        self.routes: Final = routes
        self.has_cors: Final = emulator.settings.cors
        self._origins: Final = emulator.settings.origin
        emulator.send_again = self.send_again

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Respond to a request."""
        set_paths(environ)
        if is_control(environ):  # which has stricter rules for web pages of its own
            app = self._page if is_page(environ) else self._control
            return app(environ, start_response)
        if self._origins and (refusal := self._refusal(environ)):
            return _send(text_response(403, refusal), start_response)
        return RequestHandler(self, environ, start_response).handle()

    def send_again(self, request: RecordedRequest) -> Exchange | None:
        """Respond to a request as if it came again; return the exchange, None if a reset came meanwhile."""
        environ = environ_for(request, _RESENT)
        with suppress(ConnectionDropped):
            RequestHandler(self, environ, lambda *_: _ignore).handle()
        exchange: Exchange | None = environ.get(EXCHANGE)
        return exchange

    @cached_property
    def websockets(self) -> WebSockets:
        """Return what opens WebSockets."""
        # Imported on first use: most tests have no WebSocket, and the import takes long.
        from .websockets import WebSockets

        return WebSockets(self.emulator)

    def _refusal(self, environ: WSGIEnvironment) -> str | None:
        """Return why a request is refused that a web page may have sent."""
        # Imported on first use: few emulators know the pages that use them.
        from .origins import page_refusal

        return page_refusal(environ, self._origins, is_local=is_loopback(self.emulator.settings.host))

    @cached_property
    def _control(self) -> WSGIApplication:
        # Imported on first use: its many routes would slow down every start.
        from .control import control_app

        return control_app(self.emulator)

    @cached_property
    def _page(self) -> WSGIApplication:
        # Imported on first use: most emulators never show the page, and Jinja has to compile its templates.
        from .page.app import page_app

        return page_app(self.emulator)


class _ResetMeanwhile(Exception):
    """The emulator was reset while the request was under way."""


class RequestHandler:
    """Handles one request."""

    def __init__(
        self, middleware: Middleware, environ: WSGIEnvironment, start_response: StartResponse
    ) -> None:
        self._began: Final[float] = environ.get(BEGAN) or stopwatch()
        self._middleware: Final = middleware
        self._emulator: Final = middleware.emulator
        self._environ: Final = environ
        self._start: Final = start_response
        self._generation: Final = self._emulator.journal.generation_at(self._began)
        self._is_upgrade: Final = asks_for_upgrade(environ) and self._concerns_websockets()
        # This waits for a slow client.
        self._request: Final = recorded_request(environ, has_body=not self._is_upgrade)
        self._state: Final = RequestState()
        environ[STATE] = self._state

    def handle(self) -> Iterable[bytes]:
        """Start the response and return its body; record the exchange."""
        if self._is_over():  # it must not take a fault or a recorded response of the next test
            return self._reset_connection("request")
        rate_limit = self._emulator.rate_limit
        refused = self._rate_limit_response(rate_limit) if rate_limit else None
        if refused is not None:
            return self._send(refused)
        fault = self._emulator.faults.match(self._request, self._caller)
        try:
            if fault is not None:
                return self._handle_with_fault(fault)
            if self._is_upgrade:
                return self._open_websocket()
            response = self._response()
        except _ResetMeanwhile:
            return self._reset_connection("request")
        return self._hang() if self._state.hangs else self._send(response)

    def _rate_limit_response(self, rate_limit: RateLimit) -> RecordedResponse | None:
        """Return the refusal of a caller who sent too many requests."""
        if self._request.method == "OPTIONS":  # which cors responds to before that
            return None
        principal = self._principal()  # a person counts once, whatever the credentials
        caller = principal.id if principal else str(self._environ.get("REMOTE_ADDR", ""))
        seconds = rate_limit.retry_after(caller)
        if not seconds:
            return None
        self._state.principal = principal
        name = (principal and principal.document.get("email")) or caller
        self._state.reason = (
            f"{name} has sent {rate_limit.limit} requests in {rate_limit.seconds} s, as many as are allowed: "
            f"the next is allowed after {seconds} s"
        )
        documented = self._emulator.settings.dialect is Dialect.DOCUMENTED
        refused = RateLimited(seconds, (RATE_LIMIT,) if documented else ())
        return express_response(error_response(refused), self._environ)

    def _handle_with_fault(self, fault: Fault) -> Iterable[bytes]:
        try:
            is_client_there = wait(self._environ, fault.latency, self._is_over)
        except ConnectionDropped:  # the client has no socket, and a shorter timeout
            self._record(None, fault)
            raise
        if not is_client_there:
            return self._drop(fault, "request")
        if fault.hang:
            return self._hang(fault)
        if fault.drop == "request":
            return self._drop(fault, "request")
        if fault.status is None and self._is_upgrade:
            return self._open_websocket(fault)
        response = self._changed_response(fault)
        if self._state.hangs:
            return self._hang(fault)
        return self._send_with_fault(response, fault)

    def _send_with_fault(self, response: RecordedResponse, fault: Fault) -> Iterable[bytes]:
        if fault.drop == "response":
            return self._drop(fault, "response")
        body = self._send(response, fault)
        if fault.drop == "midway":
            return self._first_half(response.body)
        if fault.drip:
            return throttled(response.body, fault.drip, self._environ, self._is_over)
        return body

    def _changed_response(self, fault: Fault) -> RecordedResponse:
        # Imported on first use: most tests have no faults.
        from ..faults.rule import damaged_response, fault_response

        if fault.status is None:
            return damaged_response(self._response(), fault)
        own = express_response(status_response(fault.status), self._environ)
        return damaged_response(fault_response(fault, own), fault)

    def _response(self) -> RecordedResponse:
        """Return the response of a stub or of the mode, else the emulator's own."""
        stub = self._emulator.match_stub(self._request)
        if stub is not None:
            return self._stub_response(stub)
        mode = self._emulator.mode
        if mode is None:
            return self._emulate(self._request)
        response = mode.respond(self._request, self._emulate)
        self._state.reason = response.reason or self._state.reason
        return response

    def _stub_response(self, stub: Stub) -> RecordedResponse:
        # Without the request lock: a function of the tester's may fire events, or reset the emulator.
        from .stubs import stub_response  # as above

        self._state.stub, self._state.principal = stub.id, self._principal()
        response = stub_response(
            stub, self._emulator.stubs, self._request, self._environ, self._middleware.routes
        )
        self._state.reason = response.reason
        return response

    def _emulate(self, request: RecordedRequest) -> RecordedResponse:
        """Return the emulator's own response; raise _ResetMeanwhile if it was reset meanwhile."""
        environ = self._environ if request is self._request else environ_for(request, self._environ)
        environ[BODY] = parsed_body(environ)  # without the lock: it may take long, and a reset would wait
        lock = self._emulator.request_lock
        lock.acquire_shared()
        try:
            if self._is_over():
                raise _ResetMeanwhile
            return self._middleware.respond(environ)
        finally:
            lock.release_shared()

    def _concerns_websockets(self) -> bool:
        """Return whether a request for an upgrade is responded to here, and not by the mode.

        A recorder forwards other upgrades as the requests that they are, as other proxies do.
        """
        return self._emulator.mode is None or has_websocket(self._environ)

    def _open_websocket(self, fault: Fault | None = None) -> Iterable[bytes]:
        """Refuse the handshake, or serve the WebSocket; record that when it ends."""
        try:
            refusal = self._middleware.websockets.respond(self._environ)
        except BaseException:
            self._record(None if self._state.hangs else RecordedResponse(101), fault)
            raise
        return self._send(refusal, fault)

    def _send(self, response: RecordedResponse, fault: Fault | None = None) -> Iterable[bytes]:
        if not self._middleware.has_cors:
            response = without_cors(response)
        self._record(response, fault)
        return _send(response, self._start)

    def _first_half(self, body: bytes) -> Iterator[bytes]:
        yield body[: len(body) // 2]
        reset_connection(self._environ, "midway")

    def _drop(self, fault: Fault, reason: str) -> Iterable[bytes]:
        self._record(None, fault)
        return self._reset_connection(reason)

    def _hang(self, fault: Fault | None = None) -> Iterable[bytes]:
        """Send nothing until the client closes the connection or the server stops."""
        self._record(None, fault)
        wait(self._environ, None, self._is_over)
        return self._reset_connection("request")

    def _reset_connection(self, reason: str) -> Iterable[bytes]:
        reset_connection(self._environ, reason)
        self._start("500 Internal Server Error", [("Content-Length", "0")])  # WSGI requires it
        return []

    def _is_over(self) -> bool:
        """Return whether the emulator was reset since the request came."""
        return self._emulator.journal.generation != self._generation

    def _record(self, response: RecordedResponse | None, fault: Fault | None) -> None:
        principal, role = self._state.principal, self._state.role
        if principal is None and fault is not None:
            principal, role, _ = self._caller()
        elif principal is not None and role is None:
            member = self._member(principal)
            role = member.role if member else None
        self._environ[EXCHANGE] = self._emulator.journal.record(
            self._request,
            response,
            stopwatch() - self._began,
            principal,
            role,
            _drifts(response),
            fault.id if fault else None,
            self._state.is_emulated,
            self._state.reason
            if fault is None or self._state.hangs
            else self._reason_of_fault(response, fault),
            self._state.event_id,
            self._state.event_name,
            self._state.ignored,
            self._state.stub,
            cause=self._state.cause,
            generation=self._generation,
        )

    def _reason_of_fault(self, response: RecordedResponse | None, fault: Fault) -> str | None:
        from ..faults.rule import fault_reason  # as above

        return fault_reason(fault, response) or self._state.reason

    def _caller(self) -> tuple[Principal | None, str | None, str | None]:
        """Return the principal, its role and its member's id, before the guards do."""
        principal = self._principal()
        member = self._member(principal) if principal else None
        return principal, member.role if member else None, member.id if member else None

    def _principal(self) -> Principal | None:
        try:
            return caller_of(self._emulator, self._environ).principal
        except ApiError:
            return None

    def _member(self, principal: Principal) -> ProjectUser | None:
        """Return the principal's membership of the request's project, whatever the role."""
        project = object_id(without_prefix(self._request.path)[1:].partition("/")[0])
        try:
            return self._emulator.authenticator.member(principal, project) if project else None
        except UnprocessableToken:
            return None


def _send(response: RecordedResponse, start_response: StartResponse) -> Iterable[bytes]:
    start_response(f"{response.status} {reason_of(response.status)}", list(response.headers))
    has_length = "Content-Length" in dict(response.headers) or response.header("content-length") is not None
    # Servers send a body in chunks if they do not know that there is only one part.
    return [response.body] if has_length or not response.body else iter([response.body])


def _ignore(_: bytes) -> None:
    """Write a part of a response that has no client."""


def _drifts(response: RecordedResponse | None) -> tuple[str, ...]:
    """Return the drifts that a response names."""
    for name, value in response.headers if response else ():
        if name == DRIFT_HEADER:
            return tuple(value.split(", "))
    return ()
