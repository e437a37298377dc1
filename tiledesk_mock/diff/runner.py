"""The ways to compare: with scenarios, with a cassette, and live, with the requests of clients."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from ..cassettes.cassette import Entry
from ..comparison.id_map import IdMap, translate_request
from ..errors import UpstreamError
from ..http.exchange import RecordedRequest, RecordedResponse
from ..redaction.secrets import claims_of
from ..scenarios.credentials import Credentials
from ..scenarios.runner import Runner, Send, with_authorization
from ..scenarios.scenarios import Scenario
from ..tiledesk.auth import JwtCredentials, parse_authorization
from ..tiledesk.clock import to_milliseconds
from .bodies import CompareOptions
from .report import DiffReport
from .responses import ExchangeDiff, ResponseComparer


def compare_scenario(
    scenario: Scenario, left: Runner, right: Runner, comparer: ResponseComparer, report: DiffReport
) -> None:
    """Run a scenario on both sides and report the differences of each response.

    A scenario is skipped if a side has no credentials of a person in it.
    """
    missing = left.missing(scenario) | right.missing(scenario)
    if missing:
        report.skip(scenario.name, f"needs {', '.join(sorted(missing))}")
        return
    left.clear()
    right.clear()
    for number, step in enumerate(scenario.steps, start=1):
        label = f"{scenario.name} / step {number}" + (f", as {step.person}" if step.person else "")
        for mine, other in zip(left.run(step), right.run(step), strict=True):
            report.add(
                comparer.compare(mine.request, mine.response, other.response, label=label, own_only=step.own)
            )


def compare_entries(
    entries: Iterable[Entry],
    send: Send,
    credentials: Credentials,
    comparer: ResponseComparer,
    report: DiffReport,
) -> None:
    """Send the requests of a cassette to the emulator and compare its responses with the recorded ones.

    Args:
        entries: the entries of the cassette, in order.
        send: sends a request to the emulator.
        credentials: of the emulator's people. Requests with a recorded token get a token of theirs.
        comparer: compares the responses; its right side is the cassette.
        report: gets the differences.
    """
    for entry in entries:
        request = _request_for_emulator(entry, credentials, comparer.id_map)
        response, now = send(request), _seconds(entry.started)
        report.add(comparer.compare(request, response, entry.response, label=entry.location, now=now))


def _request_for_emulator(entry: Entry, credentials: Credentials, id_map: IdMap) -> RecordedRequest:
    """Return a recorded request with the emulator's ids and tokens."""
    request = translate_request(entry.request, id_map.to_left)
    recorded = parse_authorization(request.header("Authorization")).credentials
    if not isinstance(recorded, JwtCredentials) or entry.response.status == 401:
        return request
    holder = entry.sender.get("_id") or claims_of(recorded.token).get("_id")
    token = credentials.token_for(id_map.to_left(str(holder)))
    return with_authorization(request, token) if token else request


def _seconds(time: str) -> float | None:
    """Return an ISO time in seconds since 1970; None if it is malformed."""
    try:
        return to_milliseconds(time) / 1000
    except ValueError:
        return None


class DiffMode:
    """Responds as the emulator does, and reports how another server responds to the same requests.

    It is set as an emulator's `mode`.

    Args:
        send: sends a request to the other server. No response is None, or UpstreamError, and a difference.
        ours: the credentials of the emulator's people, as `seed_credentials` returns them.
        theirs: the credentials of the other side's people, with the same names; None if both sides have the
            same people. They are sent in place of ours, and the holder of a token of ours is signed in.
        own_only: whether of listed documents only those count that the session has met.
        report: gets the differences, if several emulators share one report.
        on_compared: called with each exchange.
    """

    def __init__(
        self,
        send: Send,
        ours: Credentials | None = None,
        theirs: Credentials | None = None,
        *,
        own_only: bool = False,
        report: DiffReport | None = None,
        on_compared: Callable[[ExchangeDiff], None] = lambda _: None,
    ) -> None:
        self.report: Final = DiffReport() if report is None else report
        self.label = ""
        """What the report calls the source of the next requests, such as a test."""
        self._send: Final = send
        self._new_comparer: Final = partial(comparer_for, ours, theirs, own_only=own_only)
        self._comparer = self._new_comparer()
        people = theirs.people.values() if theirs else ()
        self._people: Final = {person.user.lower(): person for person in people if person.user}
        self._tokens: Final[dict[str, str | None]] = {}
        self._on_compared: Final = on_compared
        self._lock: Final = threading.Lock()

    def rewind(self) -> None:
        """Forget which id is which, since the emulator was reset. The report stays."""
        with self._lock:
            self._comparer = self._new_comparer()

    def respond(
        self, request: RecordedRequest, emulate: Callable[[RecordedRequest], RecordedResponse]
    ) -> RecordedResponse:
        """Return the emulator's response, after it was compared with the other server's.

        Requests are compared one after the other, since ids are paired in order.
        """
        with self._lock:
            response = emulate(request)
            compared = self._comparer.compare(
                request, response, self._upstream_response(request), label=self.label
            )
        self.report.add(compared)
        self._on_compared(compared)
        return response

    def _upstream_response(self, request: RecordedRequest) -> RecordedResponse | None:
        id_map = self._comparer.id_map
        try:
            token = self._token_for(request.header("Authorization"), id_map)
            sent = translate_request(request, id_map.to_right)
            return self._send(sent if token is None else with_authorization(sent, token))
        except UpstreamError:
            return None

    def _token_for(self, header: str | None, id_map: IdMap) -> str | None:
        """Return the Authorization header that replaces one whose token the other server cannot verify."""
        credentials = parse_authorization(header).credentials
        if not isinstance(credentials, JwtCredentials):
            return None
        if id_map.to_right(credentials.token) != credentials.token:
            return None
        email = claims_of(credentials.token).get("email")
        user = id_map.to_right(email).lower() if isinstance(email, str) else ""
        if user not in self._tokens:
            self._tokens[user] = self._sign_in(user)
        return self._tokens[user]

    def _sign_in(self, user: str) -> str | None:
        person = self._people.get(user)
        if person is None or person.token:
            return person.token if person else None
        body = json.dumps({"email": person.user, "password": person.password}).encode()
        headers = (("Content-Type", "application/json"),)
        response = self._send(RecordedRequest("POST", "/auth/signin", headers, body))
        document = response.json_or_none() if response and response.status == 200 else None
        token = document.get("token") if isinstance(document, dict) else None
        return token if isinstance(token, str) else None


def comparer_for(
    ours: Credentials | None, theirs: Credentials | None, *, own_only: bool = False
) -> ResponseComparer:
    """Return a comparer of two sides that have the same people, or each its own."""
    options = CompareOptions(own_only=own_only, same_people=theirs is None)
    return ResponseComparer(IdMap(shared_names(ours, theirs)), options)


def shared_names(ours: Credentials | None, theirs: Credentials | None) -> list[tuple[str, str]]:
    """Return the projects, addresses and passwords of both sides, paired by their names."""
    if ours is None or theirs is None:
        return []
    words = theirs.substitutions
    return [(value, words[name]) for name, value in ours.substitutions.items() if name in words]
