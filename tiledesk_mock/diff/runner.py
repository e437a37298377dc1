"""The same requests to two sides: scenarios on two stages, a recording once more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..cassettes.cassette import Entry
from ..http.exchange import RecordedRequest
from ..redaction.secrets import claims_of
from ..scenarios.credentials import Credentials
from ..scenarios.runner import Runner, Send, with_authorization
from ..scenarios.scenarios import Scenario
from ..tiledesk.auth import JwtCredentials, parse_authorization
from ..tiledesk.clock import to_milliseconds
from .report import DiffReport
from .responses import ResponseComparer

_REFUSED: Final = 401


class Duet:
    """Plays scenarios on two stages at once, and compares each answer."""

    def __init__(self, here: Runner, there: Runner, comparison: ResponseComparer, report: DiffReport) -> None:
        self._here: Final = here
        self._there: Final = there
        self._comparison: Final = comparison
        self._report: Final = report

    def play(self, scenario: Scenario) -> None:
        """Play a scenario, unless a side lacks somebody who plays in it: then it is skipped and said so."""
        lacking = [stage.missing(scenario) for stage in (self._here, self._there)]
        if any(lacking):
            self._report.skip(scenario.name, f"needs {', '.join(sorted(lacking[0] | lacking[1]))}")
            return
        self._here.clear()
        self._there.clear()
        for number, step in enumerate(scenario.steps, start=1):
            label = f"{scenario.name} / step {number}" + (f", as {step.person}" if step.person else "")
            for mine, other in zip(self._here.run(step), self._there.run(step), strict=True):
                compared = self._comparison.compare(
                    mine.request, mine.response, other.response, label=label, own_only=step.own
                )
                self._report.add(compared)


class Encore:
    """Asks the emulator once more what was recorded, and compares its answers with the recorded ones.

    Args:
        send: how a request reaches the emulator.
        cast: who the emulator's people are: whoever was let in with a token gets a new one.
    """

    def __init__(
        self, send: Send, cast: Credentials, comparison: ResponseComparer, report: DiffReport
    ) -> None:
        self._send: Final = send
        self._cast: Final = cast
        self._comparison: Final = comparison
        self._report: Final = report

    def play(self, entries: Iterable[Entry]) -> None:
        """Ask for entries one after the other, with the ids of this side."""
        for entry in entries:
            request = self._sent_again(entry)
            answer, now = self._send(request), _seconds(entry.started)
            compared = self._comparison.compare(request, answer, entry.response, label=entry.place, now=now)
            self._report.add(compared)

    def _sent_again(self, entry: Entry) -> RecordedRequest:
        identities = self._comparison.id_map
        request = identities.request_to_left(entry.request)
        token = parse_authorization(request.header("Authorization")).credentials
        if not isinstance(token, JwtCredentials) or entry.response.status == _REFUSED:
            return request
        holder = entry.sender.get("_id") or claims_of(token.token).get("_id")
        own = self._cast.token_for(identities.to_left(str(holder)))
        return with_authorization(request, own) if own else request


def _seconds(moment: str) -> float | None:
    """Return when something was recorded, in seconds since 1970, if that is known."""
    try:
        return to_milliseconds(moment) / 1000
    except ValueError:
        return None
