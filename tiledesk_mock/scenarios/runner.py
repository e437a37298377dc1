"""Where scenarios are played: one side's cast, and the way to its server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final, Protocol

from msgspec import Struct

from ..errors import ScenarioError
from ..http.exchange import Headers, RecordedRequest, RecordedResponse
from ..node.json import ABSENT, Json
from .credentials import Credentials
from .scenarios import Scenario, Step, substitute


class TimedSend(Protocol):
    """Sends a request, and waits so many seconds for its answer; None for as long as always."""

    def __call__(self, request: RecordedRequest, timeout: float | None = None, /) -> RecordedResponse | None:
        """Return the answer, or None if none comes."""


Send = Callable[[RecordedRequest], "RecordedResponse | None"]
"""Sends a request and returns its answer, or None if none comes."""

_UNSAVED: Final = "unsaved"
_UNKNOWN: Final = (400, 401, 403, 404)
"""How a project or a person is refused that is not known."""


class Result(Struct, frozen=True):
    """One request of a step, and its answer."""

    request: RecordedRequest
    response: RecordedResponse | None


class Runner:
    """One server on which scenarios are played, with its own values for what their steps save."""

    def __init__(self, credentials: Credentials, send: TimedSend, prefix: str = "") -> None:
        self._credentials: Final = credentials
        self._send: Final = send
        self._prefix: Final = prefix
        self._headers: Final[dict[str, str]] = {}
        self._saved: Final[dict[str, str]] = {}
        self.clear()

    def clear(self) -> None:
        """Forget what steps have saved: the next scenario begins."""
        self._saved.clear()
        self._saved.update(self._credentials.substitutions)

    def missing(self, scenario: Scenario) -> set[str]:
        """Return the people and variables that a scenario needs and this side does not have."""
        people = {name for name in scenario.people if not self._credentials.has(name)}
        return people | {
            f"{{{name}}}" for name in scenario.variables - self._credentials.substitutions.keys()
        }

    def refusal(self, name: str) -> str | None:
        """Return what somebody is answered who is not let in to the project here; None if they are."""
        project = self._credentials.substitutions.get("project")
        if project is None or not self._credentials.has(name):
            return None
        header = self._credentials.header(name)
        if header is None:
            return None
        path, fields = f"{self._prefix}/{project}/events", (("Authorization", header),)
        answer = self._send(RecordedRequest("GET", path, fields))
        if answer is None or answer.status not in _UNKNOWN:
            return None
        return f"{answer.status} {answer.body.decode('utf-8', 'replace'):.200}"

    def run(self, step: Step) -> Iterator[Result]:
        """Send a step's requests; what it saves is of the last answer."""
        answer = None
        for index in range(step.repeat):
            request = self._request(step, index)
            answer = self._send(request, step.timeout)
            yield Result(request, answer)
            time.sleep(step.pause)
        body = _json(answer)
        for name, path in step.save.items():
            self._saved[name] = _found(body, path)

    def _request(self, step: Step, index: int) -> RecordedRequest:
        known = {**self._saved, "i": str(index)}
        headers = {name: substitute(value, known) for name, value in step.headers.items()}
        authorization = step.authorization if step.authorization is not None else self._header(step)
        if authorization is not None:
            headers["Authorization"] = authorization
        body = b""
        if step.json is not ABSENT:
            body = substitute(json.dumps(step.json), known).encode()
            headers.setdefault("Content-Type", "application/json")
        elif step.body is not None:
            body = step.body.encode() * step.times
        if step.type:
            headers["Content-Type"] = step.type
        fields: Headers = tuple(headers.items())
        return RecordedRequest(step.method, self._prefix + substitute(step.path, known), fields, body)

    def _header(self, step: Step) -> str | None:
        """Return the Authorization header of whoever sends a step; they sign in if it takes that."""
        name = step.person
        if name is None:
            return None
        header = self._headers.get(name) or self._credentials.header(name)
        if header is None:
            header = self._headers[name] = self._sign_in(name)
        return header

    def _sign_in(self, name: str) -> str:
        person = self._credentials.people[name.partition("/")[0]]
        body = json.dumps({"email": person.user, "password": person.password}).encode()
        request = RecordedRequest(
            "POST", f"{self._prefix}/auth/signin", (("Content-Type", "application/json"),), body
        )
        answer = _json(self._send(request))
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise ScenarioError("", f"{name} cannot sign in", f"expected a token, and came {answer!r:.200}")
        return token


def with_authorization(request: RecordedRequest, header: str) -> RecordedRequest:
    """Return a request that comes with another Authorization header."""
    kept = tuple(field for field in request.headers if field[0].lower() != "authorization")
    return replace(request, headers=(*kept, ("Authorization", header)))


def _json(answer: RecordedResponse | None) -> Json:
    try:
        return answer.json() if answer else None
    except ValueError:
        return None


def _found(value: Any, path: str) -> str:
    """Return what a dotted path leads to, as text."""
    try:
        for part in str(path).split("."):
            value = value[int(part)] if isinstance(value, list) else value[part]
    except (KeyError, IndexError, TypeError, ValueError):
        return _UNSAVED
    return str(value)
