"""The mode in which every request is answered here and sent there as well, and both answers are compared."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Final

from ..domain.credentials import Jwt, read_authorization
from ..domain.exchange import RecordedAnswer, RecordedRequest
from .cast import Cast
from .comparison import Compared, Comparison
from .report import Report
from .stage import Send, with_authorization
from .volatile import head_and_claims


class DiffMode:
    """Answers from the emulator, sends the same to another server, and keeps how the answers differ.

    Args:
        send: how a request reaches the other server; returns None if no answer comes.
        comparison: compares; its identities are those that translate requests for the other side.
        cast: who the other side's people are, so that a token of this side's emulator can be replaced by one
            that its holder gets there by signing in.
        on_compared: told of each exchange.
    """

    def __init__(
        self,
        send: Send,
        comparison: Comparison | None = None,
        cast: Cast | None = None,
        on_compared: Callable[[Compared], None] = lambda _: None,
    ) -> None:
        self.report: Final = Report()
        self._send: Final = send
        self._comparison: Final = comparison or Comparison()
        self._understudies: Final = Understudies(send, cast)
        self._on_compared: Final = on_compared
        self._lock: Final = threading.Lock()

    def answer(
        self, request: RecordedRequest, emulate: Callable[[RecordedRequest], RecordedAnswer]
    ) -> RecordedAnswer:
        """Return the emulator's answer, having compared it with the other server's.

        One request goes after the other: which id is which is learned in order.
        """
        with self._lock:
            here = emulate(request)
            there = self._send(self._translated(request))
            compared = self._comparison.compare(request, here, there)
        self.report.add(compared)
        self._on_compared(compared)
        return here

    def _translated(self, request: RecordedRequest) -> RecordedRequest:
        identities = self._comparison.identities
        token = self._understudies.token_for(request.header("Authorization"), identities.to_there)
        translated = identities.request_to_there(request)
        return translated if token is None else with_authorization(translated, token)


class Understudies:
    """Signs people of this side in on the other, when they come with a token that the other cannot know."""

    def __init__(self, send: Send, cast: Cast | None) -> None:
        self._send: Final = send
        self._people: Final = {
            person.user.lower(): person for person in (cast.people.values() if cast else ()) if person.user
        }
        self._tokens: Final[dict[str, str | None]] = {}

    def token_for(self, header: str | None, to_there: Callable[[str], str]) -> str | None:
        """Return the other side's Authorization header for somebody's token; None if theirs will do."""
        credentials = read_authorization(header).credentials
        if not isinstance(credentials, Jwt) or to_there(credentials.token) != credentials.token:
            return None
        claims = (head_and_claims(credentials.token) or [None, None])[1]
        email = claims.get("email") if isinstance(claims, dict) else None
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
