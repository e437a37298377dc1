"""Simulated targets: they fail, or a function responds for them, without a server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from ..errors import SettingsError
from ..http.exchange import RecordedResponse
from ..tiledesk.wire import Document
from .destination import destination_of
from .failures import DeliveryError, connect_message
from .sender import WebhookRequest

Responder = Callable[[WebhookRequest], RecordedResponse]
"""Responds in place of a target. It may raise DeliveryError."""

_FAILURES: Final = {"timeout": "ETIMEDOUT", "refused": "ECONNREFUSED", "reset": "ECONNRESET"}
"""The failures that can be simulated, and Node's code for each."""

_STATUSES: Final = range(100, 600)
_COUNTS: Final = range(1, 1_000_000_001)


class Simulation(Struct):
    """What responds for a target (None: for every one) for the next `left` attempts (None: without end).

    `failure` is the `status` or the `error` of one that fails.
    """

    target: str | None
    respond: Responder
    left: int | None
    failure: Document | None = None


class Simulations:
    """The simulated targets. Of several simulations of a target, the oldest responds."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._simulations: Final[dict[str, Simulation]] = {}
        self._number = 0

    def add(
        self,
        target: str | None,
        respond: Responder,
        count: int | None = None,
        failure: Document | None = None,
    ) -> str:
        """Let `respond` respond for a target; return an id for `remove`.

        Raises SettingsError if the target is no text, or `count` no positive integer.
        """
        if not isinstance(target, (str, type(None))):
            raise SettingsError("target", target, "a URL")
        if count is not None:
            _check_number("count", count, _COUNTS)
        with self._lock:
            self._number += 1
            self._simulations[str(self._number)] = Simulation(target, respond, count, failure)
            return str(self._number)

    def fail(
        self,
        target: str | None = None,
        *,
        status: int | None = None,
        error: str | None = None,
        count: int | None = None,
    ) -> str:
        """Let a target (None: every one) respond with `status` (by default 503), or fail with `error`.

        Returns an id for `remove`. Raises SettingsError for a value that cannot be simulated.
        """
        if error is None:
            response = RecordedResponse(_check_number("status", 503 if status is None else status, _STATUSES))
            return self.add(target, lambda _: response, count, {"status": response.status})
        if error not in tuple(_FAILURES):  # a tuple, since what a client sent may not be hashable
            raise SettingsError("error", error, f"one of {', '.join(_FAILURES)}")

        def respond(request: WebhookRequest) -> RecordedResponse:
            raise _failure(error, request.target)

        return self.add(target, respond, count, {"error": error})

    def failures(self) -> list[Document]:
        """Return the targets that fail as documents with their `id`, oldest first."""
        with self._lock:
            return [
                {"id": number, "target": one.target, **one.failure, "left": one.left}
                for number, one in self._simulations.items()
                if one.failure is not None
            ]

    def remove(self, id: str) -> bool:  # noqa: A002  (a record's own word)
        """End a simulation; return whether there was one with that id."""
        with self._lock:
            return self._simulations.pop(id, None) is not None

    def clear(self) -> None:
        """End all simulations."""
        with self._lock:
            self._simulations.clear()

    def responder_for(self, target: str) -> Responder | None:
        """Return what responds for a target in this attempt, and count it; None if it is not simulated."""
        with self._lock:
            for number, simulation in self._simulations.items():
                if simulation.target in (None, target):
                    if simulation.left is not None:
                        simulation.left -= 1
                        if simulation.left <= 0:
                            del self._simulations[number]
                    return simulation.respond
        return None


def _failure(error: str, target: str) -> DeliveryError:
    """Return the error that a target would have; its host's name is in place of the address."""
    code = _FAILURES[error]
    if error == "reset":
        return DeliveryError(f"Error: read {code}")
    destination = destination_of(target)
    return DeliveryError(f"Error: {connect_message(code, destination.host, destination.port)}")


def _check_number(name: str, value: object, allowed: range) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
        raise SettingsError(name, value, f"a whole number from {allowed[0]} to {allowed[-1]}")
    return value
