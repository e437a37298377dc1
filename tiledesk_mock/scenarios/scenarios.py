"""Scenarios: requests in order, written in YAML, to be sent to any Tiledesk.

A file is a list of `{name, steps}`; `fixtures/scenario.schema.json` has every key.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from ..cassettes.yaml_text import UnreadableYaml, load_yaml
from ..errors import ScenarioError
from ..node.json import Json
from .steps import Step, read_step


class Scenario(Struct, frozen=True):
    """Steps that belong together. `leaves` says what they leave behind in a project, None if nothing."""

    name: str
    steps: tuple[Step, ...]
    file: str = ""
    leaves: str | None = None

    @property
    def people(self) -> set[str]:
        """Return who sends its requests."""
        return {step.person for step in self.steps if step.person}

    @property
    def variables(self) -> set[str]:
        """Return the variables that have to be known before it starts."""
        saved: set[str] = set()
        needed: set[str] = set()
        for step in self.steps:
            needed |= step.variables - saved
            saved |= step.save.keys()
        return needed


def read_scenarios(path: Path | str) -> list[Scenario]:
    """Read a file of scenarios; raise ScenarioError, with scenario and step, for one that is wrong."""
    file, document = str(path), read_yaml(path)
    if not isinstance(document, list):
        raise ScenarioError(file, "", "expected a list of scenarios, each with name and steps")
    return [_scenario(entry, number, file) for number, entry in enumerate(document, start=1)]


def read_yaml(path: Path | str) -> Json:
    """Read a YAML (or JSON) file as JSON's values; raise ScenarioError with the line if it is none."""
    file = str(path)
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ScenarioError(file, "", f"expected a file that can be read: {reason}") from error
    try:
        return load_yaml(text)
    except UnreadableYaml as error:
        raise ScenarioError(file, error.line, error.problem) from error


def _scenario(entry: Json, number: int, file: str) -> Scenario:
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        raise ScenarioError(file, f"scenario {number}", "name: expected text")
    place = f"scenario {name!r}"
    strange = entry.keys() - {"name", "steps", "leaves"}
    if strange:
        raise ScenarioError(file, place, f"{min(strange)}: expected name, steps or leaves")
    leaves, steps = entry.get("leaves"), entry.get("steps")
    if leaves is not None and not isinstance(leaves, str):
        raise ScenarioError(file, place, "leaves: expected text that says what is left behind")
    if not isinstance(steps, list) or not steps:
        raise ScenarioError(file, place, "steps: expected a list of requests")
    read = (
        read_step(step, f"{place}, step {place_of}", file) for place_of, step in enumerate(steps, start=1)
    )
    return Scenario(name, tuple(read), file, leaves)
