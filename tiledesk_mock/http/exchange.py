"""A request, its caller and its response as one exchange, which is journaled, recorded and replayed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import Enum
from types import MappingProxyType
from typing import Final, Protocol

from msgspec import Struct, field

from ..node.json import Json

Headers = tuple[tuple[str, str], ...]
"""Names and values of header fields, in the order in which they came."""

EXCHANGE: Final = "tiledesk_mock.exchange"
"""Environ key of what the journal has of a request: an Exchange, or None if a reset came in between."""

BODILESS_STATUSES: Final = frozenset({204, 304})
"""The statuses of responses that have neither a body nor a Content-Length."""

HOP_BY_HOP: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Names of header fields that apply to one connection only."""


def first_header(headers: Headers, name: str) -> str | None:
    """Return the value of the first header field with that name, in any case."""
    lower_name = name.lower()
    return next((value for header, value in headers if header.lower() == lower_name), None)


class _Message:
    """What requests and responses have in common."""

    __slots__ = ()
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the value of the first header field with that name, in any case."""
        return first_header(self.headers, name)

    def json(self) -> Json:
        """Return the body as JSON; raise ValueError if it is not JSON."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def json_or_none(self) -> Json:
        """Return the body as JSON; None if it is not JSON."""
        try:
            return self.json()
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, repr=False)
class RecordedRequest(_Message):
    """A request as it came: `target` is path and query undecoded, `body` the bytes as they were sent.

    Its `repr` has no query, header or body, which may contain secrets.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    def __repr__(self) -> str:
        return f"<{self.method} {self.path}, {len(self.body)} bytes>"

    @property
    def path(self) -> str:
        """Return the path, undecoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """Return what follows the question mark, undecoded."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True, repr=False)
class RecordedResponse(_Message):
    """A response as it was sent, without the header fields of the connection (`Date`, `Connection`).

    `reason` says to the tester why a mode gives an error; it is not sent.
    Its `repr` has no header and no body, which may contain secrets.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    reason: str | None = dataclass_field(default=None, compare=False)

    def __repr__(self) -> str:
        return f"<{self.status}, {len(self.body)} bytes>"


class PrincipalKind(Enum):
    """What a caller is; the values are the `sub` of its tokens."""

    USER = "user"
    GUEST = "guest"
    EXTERNAL = "userexternal"
    BOT = "bot"
    SUBSCRIPTION = "subscription"


class Principal(Struct, frozen=True):
    """An authenticated caller.

    `document` is the `user` of webhook payloads: without secrets, and empty where payloads have no `user`.
    """

    kind: PrincipalKind
    id: str
    document: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, repr=False)
class Exchange:
    """A request, its response, and what the emulator knows about them.

    Attributes:
        number: the number of the exchange, from 1.
        time: the emulator's time in milliseconds since 1970.
        request: the request.
        response: None without a response: a fault reset the connection, or the client closed it.
        seconds: how long the response took, on the machine's clock.
        principal: the caller; None for a request without authentication.
        role: the caller's role in the project of the request.
        drifts: the drifts that the request depends on.
        fault: the id of the fault that took effect.
        is_emulated: False for a route that the emulator does not have.
        reason: why the response is an error, in one sentence for the tester; None if nothing explains it.
        event_id: the id of the event that the request fired.
        event_name: its name.
        ignored: the drifts of what the request asks for by the documentation, and the server ignores: in the
            server dialect they take the place of `drifts`.
        stub: the id of the stub that responded.
    """

    number: int
    time: int
    request: RecordedRequest
    response: RecordedResponse | None
    seconds: float
    principal: Principal | None = None
    role: str | None = None
    drifts: tuple[str, ...] = ()
    fault: str | None = None
    is_emulated: bool = True
    reason: str | None = None
    event_id: str | None = None
    event_name: str | None = None
    ignored: tuple[str, ...] = ()
    stub: str | None = None

    def __repr__(self) -> str:
        return f"<Exchange {self.number}: {self.request!r} answered {self.response!r}>"


class Mode(Protocol):
    """Replaces or observes the emulator's own responses; without a mode, the emulator responds itself."""

    def respond(
        self, request: RecordedRequest, emulate: Callable[[RecordedRequest], RecordedResponse]
    ) -> RecordedResponse:
        """Return the response to a request; `emulate` returns the emulator's own response."""

    def rewind(self) -> None:
        """Begin again: the emulator was reset."""


def caller_matches(
    name: str, principal: Principal | None, role: str | None, member: str | None = None
) -> bool:
    """Return whether `name` is the caller's role, e-mail address or id, or its kind if it has no role.

    `member` is the id of the caller's project user, if it is known.
    """
    if principal is None:
        return False
    email = principal.document.get("email")
    names = {role, principal.id, member, principal.kind.value if role is None else None}
    return name in names or (isinstance(email, str) and name.lower() == email.lower())
