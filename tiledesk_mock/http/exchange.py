"""One request and its answer as values: what the journal keeps, and what recording and replaying pass on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from ..node.json import Json
from .principal import Principal

Headers = tuple[tuple[str, str], ...]
"""Header fields in the order in which they came."""

BODILESS_STATUSES: Final = frozenset({204, 304})
"""Statuses of answers that have no body, and announce none."""


@dataclass(frozen=True, slots=True, repr=False)
class RecordedRequest:
    """A request as it came: `target` is path and query undecoded, `body` the bytes as they were sent.

    Shown are neither query, header nor body: they may have secrets.
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

    def header(self, name: str) -> str | None:
        """Return the first header field of that name, in any case."""
        return first_header(self.headers, name)

    def json(self) -> Json:
        """Return the body as JSON; raise ValueError if it is none."""
        return _read(self.body)


@dataclass(frozen=True, slots=True, repr=False)
class RecordedResponse:
    """An answer as it left: the header fields without those that only frame it (`Date`, `ConnectionHandler`).

    Shown are neither header nor body: they may have secrets.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""

    def __repr__(self) -> str:
        return f"<{self.status}, {len(self.body)} bytes>"

    def header(self, name: str) -> str | None:
        """Return the first header field of that name, in any case."""
        return first_header(self.headers, name)

    def json(self) -> Json:
        """Return the body as JSON; raise ValueError if it is none."""
        return _read(self.body)


@dataclass(frozen=True, slots=True, repr=False)
class Exchange:
    """A request, its answer, and what the emulator knows about them.

    `number` counts from 1; `time` is the emulator's, in milliseconds since 1970; `seconds` is how long the
    answer took, on the machine's clock. `principal` is None for a request that did not authenticate, `role`
    is theirs in the project that was asked for. `answer` is None where nothing was answered: a fault dropped
    the connection, or the client left. `is_served` is false for a path that the emulator does not serve.
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

    def __repr__(self) -> str:
        return f"<Exchange {self.number}: {self.request!r} answered {self.response!r}>"


class Mode(Protocol):
    """Decides who answers: replaces the emulator's own answer, or watches it.

    An emulator without one emulates.
    """

    def respond(
        self, request: RecordedRequest, emulate: Callable[[RecordedRequest], RecordedResponse]
    ) -> RecordedResponse:
        """Return the answer to a request; `emulate` is what the emulator itself answers to one."""


def _read(body: bytes) -> Json:
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def first_header(fields: Headers, name: str) -> str | None:
    """Return the value of the first header field of that name, in any case."""
    wanted = name.lower()
    return next((value for field, value in fields if field.lower() == wanted), None)
