"""The contract: every recorded exchange of the real server, played against the emulator."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from conformance.differences import differences
from conformance.grounds import cases_of, grounds, http_grounds, play_all, recording_of
from conformance.servers import Emulator
from tiledesk_mock import Settings, TiledeskMock
from tiledesk_mock.diff.bodies import CompareOptions
from tiledesk_mock.diff.responses import ExchangeDiff, ResponseComparer
from tiledesk_mock.http.encodings import weak_etag
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.scenarios.credentials import read_credentials
from tiledesk_mock.scenarios.runner import Runner
from tiledesk_mock.scenarios.scenarios import Scenario, read_scenarios

from .contract_recordings import CONTRACT, recorded_responses
from .request_sender import RequestSender

SCENARIOS = [
    (name, scenario) for name in http_grounds() for scenario in read_scenarios(CONTRACT / f"{name}.yaml")
]
STARTED = "2026-01-01T01"
"""The world's own times are before this one, and are the same in every run."""

DRIFTS = {
    "server": set(),
    "documented": {"id-field", "project-user-object", "sort-field", "cross-project-read", "shared-secret"},
}


@pytest.fixture(scope="module", params=["server", "documented"])
def mock(request: pytest.FixtureRequest) -> Iterator[TiledeskMock]:
    """Return an emulator of the recorded world, in each dialect."""
    settings = Settings(dialect=request.param, seed=(CONTRACT / "world.json",), log_level="error")
    with TiledeskMock(settings) as started:
        yield started


SECRET = re.compile(r"\w+-secret\b|eyJ[\w-]{9}|\b(?:JWT|Basic) [\w-]{9}")
"""Passwords and secrets of the recorded world, tokens and encoded credentials."""


def is_error(response: RecordedResponse | None) -> bool:
    """Return whether a client was refused, or got no response."""
    return response is None or response.status >= 400


def compared(mock: TiledeskMock, name: str, scenario: Scenario) -> list[ExchangeDiff]:
    """Run a scenario, and compare each response with the recorded one."""
    recorded = recorded_responses(name)[scenario.name]
    comparison = ResponseComparer(options=CompareOptions(settled=STARTED))
    mock.reset()
    with RequestSender(mock.url) as send:
        runner = Runner(read_credentials(CONTRACT / "credentials.yaml"), send)
        results = [list(runner.run(step))[-1] for step in scenario.steps]
    return [
        comparison.compare(result.request, result.response, response, label=str(step))
        for step, result, response in zip(scenario.steps, results, recorded, strict=True)
    ]


def changed_responses(response: RecordedResponse) -> Iterator[RecordedResponse]:
    """Yield a response with one value changed, for each of its values."""
    for body in changed_values(response.json()):
        raw = json.dumps(body).encode()
        headers = [field for field in response.headers if field[0] != "etag"]
        yield RecordedResponse(response.status, (*headers, ("etag", weak_etag(raw))), raw)


def changed_values(value: Any) -> Iterator[Any]:
    """Yield a JSON value with one of the values in it changed, for each of them."""
    if isinstance(value, dict):
        yield from ({**value, key: other} for key in value for other in changed_values(value[key]))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from ([*value[:index], other, *value[index + 1 :]] for other in changed_values(item))
    else:
        yield {bool: not value, str: f"{value}x", type(None): "null"}.get(type(value), "a number")


@pytest.mark.parametrize(("name", "scenario"), SCENARIOS, ids=[scenario.name for _, scenario in SCENARIOS])
def test_responses_are_those_of_the_real_server(mock: TiledeskMock, name: str, scenario: Scenario) -> None:
    """They differ only by the drifts of the documented dialect. Each error has a reason, without secrets."""
    results = compared(mock, name, scenario)

    assert [(result.label, result.unknown) for result in results if result.unknown] == []
    assert {drift for result in results for drift in result.drifts} <= DRIFTS[mock.settings.dialect]
    assert [one for one in mock.requests if is_error(one.response) and not one.reason] == []
    assert [one.reason for one in mock.requests if one.reason and SECRET.search(one.reason)] == []


@pytest.mark.parametrize("ground", http_grounds())
def test_answers_are_those_of_the_real_server_word_for_word(ground: str) -> None:
    """In the server's dialect they differ by ids and times only, also in the claims of tokens."""
    recording = recording_of(ground)
    with TiledeskMock(dialect="server", seed=CONTRACT / "world.json", log_level="error") as mock:
        played = [(case["name"], answers) for case, answers in play_all(Emulator(mock.url), ground)]

    found = [(name, str(one)) for name, answers in played for one in differences(recording[name], answers)]
    assert found == []


@pytest.mark.parametrize("name", http_grounds())
def test_comparison_finds_every_changed_value(name: str) -> None:
    """Each of the first 60 values of a response, changed alone."""
    request = RecordedRequest("GET", "/")
    for response in (response for responses in recorded_responses(name).values() for response in responses):
        for changed in (
            islice(changed_responses(response), 60) if response and response.body[:1] == b"{" else ()
        ):
            result = ResponseComparer(options=CompareOptions(settled=STARTED)).compare(
                request, changed, response
            )

            assert result.unknown, changed.body


@pytest.mark.parametrize("ground", grounds())
def test_every_case_has_a_recording(ground: str) -> None:
    """Recordings are of the cases that exist, in their order."""
    assert list(recording_of(ground)) == [case["name"] for case in cases_of(ground)]


@pytest.mark.parametrize(("name", "scenario"), SCENARIOS, ids=[scenario.name for _, scenario in SCENARIOS])
def test_every_step_has_a_recorded_response(name: str, scenario: Scenario) -> None:
    """A scenario that was changed has to be recorded again."""
    assert len(recorded_responses(name)[scenario.name]) == len(scenario.steps)
