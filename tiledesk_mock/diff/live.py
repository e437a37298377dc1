"""The mode in which every request is answered here and sent there as well, and both answers are compared."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from ..comparison.differences import CompareOptions
from ..comparison.identities import IdMap
from ..errors import UpstreamError
from ..http.exchange import RecordedRequest, RecordedResponse
from ..redaction.secrets import claims_of
from ..scenarios.credentials import Credentials
from ..scenarios.runner import Send, with_authorization
from ..tiledesk.auth import JwtCredentials, parse_authorization
from .report import DiffReport
from .responses import ExchangeDiff, ResponseComparer


class DiffMode:
    """Answers from the emulator, sends the same to another server, and keeps how the answers differ.

    To be set as an emulator's `mode`; when that goes back to its seed, call `begin`
    (`emulator.on_reset.append(mode.begin)`).

    Args:
        send: how a request reaches the other server; no answer is None, or UpstreamError, and a difference.
        ours: who the people of the emulator are, as in `cast_of(emulator.export(), secret)`.
        theirs: who they are on the other side, by the same names; left out if both have the same people.
            Their credentials are sent in place of ours, and whoever comes with a token of ours is signed in.
        own_only: of listed documents only those count that the session has met; the other server has others.
        report: takes in what is compared, if several emulators are to have one.
        on_compared: told of each exchange.
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
        self._send: Final = send
        self._new_comparison: Final = partial(comparer_for, ours, theirs, own_only=own_only)
        self._comparison = self._new_comparison()
        self._understudies: Final = Understudies(send, theirs)
        self._on_compared: Final = on_compared
        self._lock: Final = threading.Lock()

    def rewind(self) -> None:
        """Forget which id is which: the emulator is back at its seed. What was compared is kept."""
        with self._lock:
            self._comparison = self._new_comparison()

    def respond(
        self, request: RecordedRequest, emulate: Callable[[RecordedRequest], RecordedResponse]
    ) -> RecordedResponse:
        """Return the emulator's answer, having compared it with the other server's.

        One request goes after the other: which id is which is learned in order. `label` is what the report
        calls it, such as the test that sends it.
        """
        with self._lock:
            here = emulate(request)
            there = self._answer_there(request)
            compared = self._comparison.compare(request, here, there, label=self.label)
        self.report.add(compared)
        self._on_compared(compared)
        return here

    def _answer_there(self, request: RecordedRequest) -> RecordedResponse | None:
        try:
            return self._send(self._translated(request))
        except UpstreamError:
            return None

    def _translated(self, request: RecordedRequest) -> RecordedRequest:
        identities = self._comparison.id_map
        token = self._understudies.token_for(request.header("Authorization"), identities.to_right)
        translated = identities.request_to_right(request)
        return translated if token is None else with_authorization(translated, token)


def comparer_for(
    ours: Credentials | None, theirs: Credentials | None, *, own_only: bool = False
) -> ResponseComparer:
    """Return what compares two sides with the same people, or with each side's own."""
    rigor = CompareOptions(own_only=own_only, same_people=theirs is None)
    return ResponseComparer(IdMap(shared_names(ours, theirs)), rigor)


def shared_names(ours: Credentials | None, theirs: Credentials | None) -> list[tuple[str, str]]:
    """Return how both sides call the same: their projects, their people's addresses and passwords."""
    if ours is None or theirs is None:
        return []
    words = theirs.substitutions
    return [(value, words[name]) for name, value in ours.substitutions.items() if name in words]


class Understudies:
    """Signs people of this side in on the other, when they come with a token that the other cannot know."""

    def __init__(self, send: Send, cast: Credentials | None) -> None:
        self._send: Final = send
        self._people: Final = {
            person.user.lower(): person for person in (cast.people.values() if cast else ()) if person.user
        }
        self._tokens: Final[dict[str, str | None]] = {}

    def token_for(self, header: str | None, to_there: Callable[[str], str]) -> str | None:
        """Return the other side's Authorization header for somebody's token; None if theirs will do."""
        credentials = parse_authorization(header).credentials
        if not isinstance(credentials, JwtCredentials) or to_there(credentials.token) != credentials.token:
            return None
        email = claims_of(credentials.token).get("email")
        there = to_there(email).lower() if isinstance(email, str) else ""
        if there not in self._tokens:
            self._tokens[there] = self._signed_in(there)
        return self._tokens[there]

    def _signed_in(self, email: str) -> str | None:
        person = self._people.get(email)
        if person is None or person.token:
            return person.token if person else None
        body = json.dumps({"email": person.user, "password": person.password}).encode()
        fields = (("Content-Type", "application/json"),)
        answer = self._send(RecordedRequest("POST", "/auth/signin", fields, body))
        try:
            token = answer.json().get("token") if answer and answer.status == 200 else None
        except ValueError:
            return None
        return token if isinstance(token, str) else None
