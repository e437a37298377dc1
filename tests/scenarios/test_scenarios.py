"""Scenarios are read, and refused with their path."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from conformance.grounds import http_grounds
from tiledesk_mock.errors import ScenarioError
from tiledesk_mock.scenarios.scenarios import read_scenarios
from tiledesk_mock.seeding.files import read_document

FIXTURES = Path(__file__).parents[2] / "fixtures"
SCHEMA: dict[str, Any] = json.loads((FIXTURES / "scenario.schema.json").read_bytes())
SHIPPED = sorted((FIXTURES / "scenarios").glob("*.yaml"))
RECORDED = [FIXTURES / "contract" / f"{name}.yaml" for name in http_grounds()]

WRONG = {
    "no list": ("{name: x}", "expected a list of scenarios"),
    "no name": ("[{steps: [{get: /}]}]", "scenario 1, name: missing; expected text"),
    "no steps": ("[{name: x}]", "scenario 'x', steps: missing; expected a list"),
    "unknown key of a scenario": (
        "[{name: x, step: [], steps: [{get: /}]}]",
        "step: unknown; did you mean",
    ),
    "leaves no text": ("[{name: x, leaves: 3, steps: [{get: /}]}]", "leaves: expected text"),
    "step is text": ("[{name: x, steps: [get]}]", "scenario 'x', steps[0]: expected a request"),
    "no method": ("[{name: x, steps: [{as: owner}]}]", "steps[0]: expected one method"),
    "two methods": ("[{name: x, steps: [{get: /, post: /}]}]", "steps[0]: expected one method"),
    "relative path": ("[{name: x, steps: [{get: /}, {get: events}]}]", "steps[1].get: expected a path"),
    "unknown key of a step": (
        "[{name: x, steps: [{get: /, who: me}]}]",
        "who: unknown; expected a request, like",
    ),
    "repeat no number": ("[{name: x, steps: [{get: /, repeat: true}]}]", "repeat: expected a whole number"),
    "repeat zero": ("[{name: x, steps: [{get: /, repeat: 0}]}]", "repeat: expected a whole number"),
    "pause negative": ("[{name: x, steps: [{get: /, pause: -1}]}]", "pause: expected a number of seconds"),
    "own no flag": ("[{name: x, steps: [{get: /, own: 1}]}]", "own: expected true or false"),
    "headers nested": (
        "[{name: x, steps: [{get: /, headers: {a: [1]}}]}]",
        "headers.a: expected text, a number",
    ),
    "two bodies": ("[{name: x, steps: [{post: /, json: {}, body: x}]}]", "expected json or body, not both"),
}


def written(tmp_path: Path, text: str) -> Path:
    """Write a file of scenarios."""
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", ["[{name: x, steps: [{get: /{a}/events}]}]"])
def test_step_is_read_with_its_defaults(tmp_path: Path, text: str) -> None:
    """By default it is sent once, without credentials and body."""
    (scenario,) = read_scenarios(written(tmp_path, text.replace("/{a}/events", '"/{a}/events"')))

    (step,) = scenario.steps
    assert (step.method, step.path, step.person, step.repeat) == ("GET", "/{a}/events", None, 1)


def test_scenario_has_the_people_and_variables_that_it_needs(tmp_path: Path) -> None:
    """Variables that its own steps save before are not needed."""
    text = """
    - name: x
      steps:
      - {as: owner, post: "/{project}/events", json: {"{i}": ["{agent.user}"]}, save: {event: _id}, repeat: 2}
      - {as: agent/jwt, get: "/{project}/events/{event}"}
    """

    (scenario,) = read_scenarios(written(tmp_path, text))

    assert scenario.people == {"owner", "agent/jwt"}
    assert scenario.variables == {"project", "agent.user"}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_scenario_is_refused_with_its_path(tmp_path: Path, name: str) -> None:
    """The message has file, scenario, path, and what was expected."""
    text, expected = WRONG[name]
    path = written(tmp_path, text)

    with pytest.raises(ScenarioError) as refusal:
        read_scenarios(path)

    assert str(refusal.value).startswith(f"{path}: ")
    assert expected in str(refusal.value)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_scenario_fails_the_schema(name: str) -> None:
    """An editor with the schema finds the same errors."""
    document = yaml.safe_load(WRONG[name][0])

    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize("path", SHIPPED + RECORDED, ids=lambda path: path.stem)
def test_shipped_scenarios_pass_the_schema(path: Path) -> None:
    """The schema is a valid one, and every file that ships fits it."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(read_document(path))) == []
    assert read_scenarios(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[{name: 'x", "line 1, column [0-9]+: expected YAML"),
        ("- a\n  b: c", "line 2, column 4: expected YAML"),
        ("[" * 10_000, "nest(ed|ing)"),
    ],
)
def test_malformed_yaml_is_refused_with_line_and_column(tmp_path: Path, text: str, expected: str) -> None:
    """The message names the position of the error."""
    with pytest.raises(ScenarioError, match=expected):
        read_scenarios(written(tmp_path, text))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A missing file is one line."""
    with pytest.raises(ScenarioError, match="cannot be read: No such file"):
        read_scenarios(tmp_path / "none.yaml")


def test_time_without_quotes_stays_text(tmp_path: Path) -> None:
    """JSON has no times."""
    path = written(tmp_path, "[{name: x, steps: [{post: /, json: {at: 2026-01-01T00:00:00.000Z}}]}]")

    (scenario,) = read_scenarios(path)

    assert scenario.steps[0].json == {"at": "2026-01-01T00:00:00.000Z"}


def test_shipped_scenarios_cover_every_endpoint() -> None:
    """A user who runs them has checked everything that is emulated."""
    steps = [step for path in SHIPPED for scenario in read_scenarios(path) for step in scenario.steps]

    sent = {(step.method, re.sub(r"\{\w+\}(?!/)", "ID", step.path.partition("?")[0])) for step in steps}

    assert sent >= {
        *((method, "/{project}/events") for method in ("GET", "POST", "OPTIONS")),
        ("GET", "/{project}/events/ID"),
        ("POST", "/{project}/subscriptions"),
        ("GET", "/{project}/subscriptions"),
        ("GET", "/{project}/subscriptions/history"),
        *((method, "/{project}/subscriptions/ID") for method in ("GET", "PUT", "DELETE")),
        *(
            ("POST", f"/auth/{way}")
            for way in ("signin", "signup", "signinAnonymously", "signinWithCustomToken")
        ),
        ("GET", "/testauth"),
    }
