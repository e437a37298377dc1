"""The contract: every recorded exchange of the real server, played against the emulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.recorded import CONTRACT, recorded_answers
from tests.sending import Sender
from tiledesk_mock import Settings, TiledeskMock
from tiledesk_mock.instruments.cast import read_cast
from tiledesk_mock.instruments.comparison import Compared, Comparison
from tiledesk_mock.instruments.differences import Rigor
from tiledesk_mock.instruments.scenarios import Scenario, read_scenarios
from tiledesk_mock.instruments.stage import Stage

SCENARIOS = [scenario for file in sorted(CONTRACT.glob("[!c]*.yaml")) for scenario in read_scenarios(file)]
STARTED = "2026-01-01T01"
"""The world's own times are before this one, and are the same in every run."""


@pytest.fixture(scope="module", params=["server", "documented"])
def mock(request: pytest.FixtureRequest) -> Iterator[TiledeskMock]:
    """Return an emulator of the recorded world, in each dialect."""
    settings = Settings(dialect=request.param, seed=(CONTRACT / "world.json",), log_level="error")
    with TiledeskMock(settings) as started:
        yield started


def compared(mock: TiledeskMock, scenario: Scenario) -> list[Compared]:
    """Play a scenario, and compare each answer with the recorded one."""
    recorded = recorded_answers(scenario.file.rpartition("/")[2].removesuffix(".yaml"))[scenario.name]
    comparison = Comparison(rigor=Rigor(settled=STARTED))
    mock.reset()
    with Sender(mock.url) as send:
        stage = Stage(read_cast(CONTRACT / "cast.yaml"), send)
        turns = [list(stage.play(step))[-1] for step in scenario.steps]
    return [
        comparison.compare(turn.request, turn.answer, answer, label=str(step))
        for step, turn, answer in zip(scenario.steps, turns, recorded, strict=True)
    ]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario_is_answered_as_the_real_server_did(mock: TiledeskMock, scenario: Scenario) -> None:
    """Nothing differs but for the drifts of the documented dialect."""
    results = compared(mock, scenario)

    assert [(result.label, result.unknown) for result in results if result.unknown] == []
    if mock.settings.dialect == "server":
        assert not any(result.drifts for result in results)


def test_recordings_are_all_played() -> None:
    """The scenarios are as many as were recorded, with 272 requests."""
    assert sum(len(scenario.steps) for scenario in SCENARIOS) == 272
