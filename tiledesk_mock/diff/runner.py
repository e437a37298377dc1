"""The same requests sent to two sides: those of scenarios, or those of a cassette."""

from __future__ import annotations

from collections.abc import Iterable

from ..cassettes.cassette import Entry
from ..comparison.id_map import IdMap
from ..http.exchange import RecordedRequest
from ..redaction.secrets import claims_of
from ..scenarios.credentials import Credentials
from ..scenarios.runner import Runner, Send, with_authorization
from ..scenarios.scenarios import Scenario
from ..tiledesk.auth import JwtCredentials, parse_authorization
from ..tiledesk.clock import to_milliseconds
from .report import DiffReport
from .responses import ResponseComparer


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
        report.add(comparer.compare(request, response, entry.response, label=entry.place, now=now))


def _request_for_emulator(entry: Entry, credentials: Credentials, id_map: IdMap) -> RecordedRequest:
    """Return a recorded request with the emulator's ids and tokens."""
    request = id_map.request_to_left(entry.request)
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
