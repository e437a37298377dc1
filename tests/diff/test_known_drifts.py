"""The two dialects differ in the drifts and in nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tiledesk_mock import Settings, TiledeskMock
from tiledesk_mock.diff.report import DiffReport
from tiledesk_mock.scenarios.scenarios import Scenario, Step

from ..contract_recordings import CONTRACT
from ..two_emulators import all_scenarios, compare_scenarios

WORLD = CONTRACT / "world.json"
PROJECT = "65b000000000000000000001"
OLD = "65f0000000000000000000a1"


@pytest.fixture
def seed(tmp_path: Path) -> tuple[Path, Path]:
    """Return the recorded world, with an event that is older than an hour."""
    event = {"_id": OLD, "name": "old", "id_project": PROJECT, "createdAt": "-2h"}
    events = tmp_path / "old.json"
    events.write_text(json.dumps({"events": [event]}))
    return WORLD, events


def dialects(*scenarios: Scenario, reverse: bool = False, **options: object) -> DiffReport:
    """Run scenarios on both dialects."""
    settings = Settings(dialect="documented", log_level="error", **options)
    with (
        TiledeskMock(settings) as documented,
        TiledeskMock(
            Settings(dialect="server", log_level="error", **{**options, "rate_limit": None})
        ) as server,
    ):
        return (
            compare_scenarios(server, documented, scenarios)
            if reverse
            else compare_scenarios(documented, server, scenarios)
        )


def steps(*items: Step) -> Scenario:
    """Return a scenario of a few steps."""
    return Scenario("steps", list(items))


@pytest.mark.parametrize("reverse", [False, True], ids=["documented first", "server first"])
def test_every_scenario_shows_the_drifts_and_nothing_else(seed: tuple[Path, Path], reverse: bool) -> None:
    """These are all that show in responses; the rate limit is off in both."""
    listed = Step(get=f"/{PROJECT}/events", person="owner")

    report = dialects(steps(listed), *all_scenarios(), seed=seed, reverse=reverse)

    assert report.unknown == 0, report.lines()
    assert len(report.exchanges) > 440
    assert set(report.drifts) == {
        "id-field",
        "project-user-object",
        "sort-field",
        "events-expire",
        "shared-secret",
        "cross-project-read",
    }


@pytest.mark.parametrize("dialect", ["documented", "server"])
def test_same_dialect_has_no_difference(dialect: str) -> None:
    """Two emulators of one dialect differ in nothing but ids."""
    settings = Settings(dialect=dialect, seed=(WORLD,), log_level="error")
    with TiledeskMock(settings) as here, TiledeskMock(settings) as there:
        report = compare_scenarios(here, there, all_scenarios())

    assert report.unknown == 0, report.lines()
    assert report.drifts == {}


@pytest.mark.parametrize(
    ("query", "drift"),
    [("?sortField=name&direction=1", {"sort-field"}), ("?sort=name&direction=1", set())],
)
def test_order_is_a_drift_only_with_sort_field(query: str, drift: set[str]) -> None:
    """The names of three events are in the opposite order of their times."""
    fire = (Step(post=f"/{PROJECT}/events", person="owner", json={"name": name}) for name in "cab")
    listed = Step(get=f"/{PROJECT}/events{query}", person="owner")

    report = dialects(steps(*fire, listed), seed=(WORLD,))

    assert set(report.drifts) - {"id-field", "project-user-object"} == drift
    assert report.unknown == 0


@pytest.mark.parametrize("path", ["events", f"events/{OLD}"])
def test_old_event_is_a_drift(seed: tuple[Path, Path], path: str) -> None:
    """The server has deleted it: it is missing from the list and its count, and not found by its id."""
    report = dialects(steps(Step(get=f"/{PROJECT}/{path}", person="owner")), seed=seed)

    assert set(report.drifts) == {"events-expire"}
    assert report.unknown == 0


def test_number_of_events_on_a_later_page_is_a_drift_once_old_ones_were_seen(seed: tuple[Path, Path]) -> None:
    """A page without an old event counts them as well."""
    pages = (Step(get=f"/{PROJECT}/events?page={page}", person="owner") for page in (9, 0, 9))

    report = dialects(steps(*pages), seed=seed)

    assert [len(compared.unknown) for compared in report.exchanges] == [1, 0, 0]


def test_event_of_another_project_is_a_drift(seed: tuple[Path, Path]) -> None:
    """Only the server shows it."""
    fire = Step(
        post="/65b000000000000000000002/events",
        person="outsider",
        json={"name": "x"},
        save={"event": "_id"},
    )

    report = dialects(steps(fire, Step(get=f"/{PROJECT}/events/{{event}}", person="owner")), seed=seed)

    assert "cross-project-read" in report.drifts
    assert report.unknown == 0


def test_refusal_above_the_limit_is_a_drift() -> None:
    """One side limits requests, the other does not."""
    get = Step(get="/testauth", person="owner", repeat=3)

    report = dialects(steps(get), seed=(WORLD,), rate_limit="2/min")

    assert report.drifts == {"rate-limit": 1}
    assert report.unknown == 0


def test_missing_event_that_is_not_old_is_a_difference() -> None:
    """A drift explains nothing else."""
    fire = Step(post=f"/{PROJECT}/events", person="owner", json={"name": "x"})
    settings = Settings(dialect="server", seed=(WORLD,), log_level="error")
    with TiledeskMock(settings) as here, TiledeskMock(settings) as there:
        there.fire("another")
        report = compare_scenarios(here, there, [steps(fire, Step(get=f"/{PROJECT}/events", person="owner"))])

    paths = [difference.path_text for compared in report.exchanges for difference in compared.unknown]
    assert paths == ["body.count", "body.events[1]"]
