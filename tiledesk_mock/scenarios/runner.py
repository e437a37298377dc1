"""Runs scenarios on one server, with the credentials of its people."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from msgspec import UNSET, Struct

from ..errors import ScenarioError
from ..http.exchange import Headers, RecordedRequest, RecordedResponse
from .credentials import Credentials
from .scenarios import Scenario, Step, substitute


class TimedSend(Protocol):
    """Sends a request and waits up to `timeout` seconds for the response; by default its own timeout."""

    def __call__(self, request: RecordedRequest, timeout: float | None = None, /) -> RecordedResponse | None:
        """Return the response, or None without one."""


Send = Callable[[RecordedRequest], "RecordedResponse | None"]
"""Sends a request and returns the response, or None without one."""

_UNSAVED: Final = "unsaved"
_REFUSED: Final = (400, 401, 403, 404)
"""The statuses of an unknown project, and of unknown or wrong credentials."""


class Result(Struct, frozen=True):
    """One request of a step, and its response."""

    request: RecordedRequest
    response: RecordedResponse | None


class Runner:
    """Runs scenarios on one server, and keeps the values that their steps save."""

    def __init__(self, credentials: Credentials, send: TimedSend, prefix: str = "") -> None:
        self._credentials: Final = credentials
        self._send: Final = send
        self._prefix: Final = prefix
        self._headers: Final[dict[str, str]] = {}
        self._saved = dict(credentials.substitutions)

    def clear(self) -> None:
        """Clear the values that steps have saved, before the next scenario."""
        self._saved = dict(self._credentials.substitutions)

    def missing(self, scenario: Scenario) -> set[str]:
        """Return the people, variables and secret that a scenario needs and this server lacks."""
        people = {name for name in scenario.people if not self._credentials.has(name)}
        if scenario.needs_secret and self._credentials.project_secret is None:
            people.add("jwtSecret")
        return people | {
            f"{{{name}}}" for name in scenario.variables - self._credentials.substitutions.keys()
        }

    def refusal(self, name: str) -> str | None:
        """Return status and body if the server refuses a person in its project; None if it accepts them."""
        project = self._credentials.substitutions.get("project")
        header = self._credentials.header(name) if self._credentials.has(name) else None
        if project is None or header is None:
            return None
        path, headers = f"{self._prefix}/{project}/events", (("Authorization", header),)
        response = self._send(RecordedRequest("GET", path, headers))
        if response is None or response.status not in _REFUSED:
            return None
        return f"{response.status} {response.body.decode('utf-8', 'replace'):.200}"

    def run(self, step: Step) -> Iterator[Result]:
        """Send the requests of a step. Its saved values are those of the last response."""
        response = None
        for index in range(step.repeat):
            request = self._request(step, index)
            response = self._send(request, step.timeout)
            yield Result(request, response)
            time.sleep(step.pause)
        body = response.json_or_none() if response else None
        for name, path in step.save.items():
            self._saved[name] = _value_at(body, str(path))

    def _request(self, step: Step, index: int) -> RecordedRequest:
        variables = {**self._saved, "i": str(index)}
        headers = {name: substitute(str(value), variables) for name, value in step.headers.items()}
        authorization = self._authorization(step, variables)
        if authorization is not None:
            headers["Authorization"] = authorization
        body = b""
        if step.json is not UNSET:
            body = substitute(json.dumps(step.json), variables).encode()
            headers.setdefault("Content-Type", "application/json")
        elif isinstance(step.body, str):
            body = step.body.encode() * step.times
        if step.type:
            headers["Content-Type"] = step.type
        fields: Headers = tuple(headers.items())
        return RecordedRequest(step.method, self._prefix + substitute(step.path, variables), fields, body)

    def _authorization(self, step: Step, variables: Mapping[str, str]) -> str | None:
        if step.authorization is not None:
            return step.authorization
        if step.claims is not UNSET:
            return self._credentials.custom_token(json.loads(substitute(json.dumps(step.claims), variables)))
        return self._header(step.person)

    def _header(self, name: str | None) -> str | None:
        """Return the Authorization header of a person, who signs in first if it needs that."""
        if name is None:
            return None
        header = self._headers.get(name) or self._credentials.header(name)
        if header is None:
            header = self._headers[name] = self._sign_in(name)
        return header

    def _sign_in(self, name: str) -> str:
        person = self._credentials.people[name.partition("/")[0]]
        body = json.dumps({"email": person.user, "password": person.password}).encode()
        headers = (("Content-Type", "application/json"),)
        response = self._send(RecordedRequest("POST", f"{self._prefix}/auth/signin", headers, body))
        document = response.json_or_none() if response else None
        token = document.get("token") if isinstance(document, dict) else None
        if not isinstance(token, str):
            raise ScenarioError("", f"{name} cannot sign in", f"expected a token, not {document!r:.200}")
        return token


def with_authorization(request: RecordedRequest, header: str) -> RecordedRequest:
    """Return a request with another Authorization header."""
    headers = tuple(pair for pair in request.headers if pair[0].lower() != "authorization")
    return replace(request, headers=(*headers, ("Authorization", header)))


def _value_at(value: Any, path: str) -> str:
    """Return the value at a dotted path as text."""
    try:
        for part in path.split("."):
            value = value[int(part)] if isinstance(value, list) else value[part]
    except (KeyError, IndexError, TypeError, ValueError):
        return _UNSAVED
    return str(value)
