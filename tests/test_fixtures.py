"""The folder of seeds: each is valid, fits its row in the README, and is installed."""

from __future__ import annotations

import json
import re
import runpy
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tiledesk_mock.scenarios.credentials import read_credentials
from tiledesk_mock.scenarios.scenarios import read_scenarios
from tiledesk_mock.seeding.files import parse_yaml
from tiledesk_mock.seeding.records import SeedRecords
from tiledesk_mock.seeding.seeds import builtin_seed, load_documents, read_seed, seed_documents
from tiledesk_mock.tiledesk.clock import Clock
from tiledesk_mock.tiledesk.ids import Ids
from tiledesk_mock.tiledesk.model import Dataset

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
NAMES = ["default", "busy", "empty"]
SCHEMA: dict[str, Any] = json.loads((FIXTURES / "seed.schema.json").read_bytes())


def loaded(*names: str) -> Dataset:
    """Load seeds that ship, with a frozen clock."""
    clock = Clock()
    clock.freeze("2026-03-10T12:00:00Z")
    documents = seed_documents([builtin_seed(name) for name in names])
    return load_documents(documents, SeedRecords(clock=clock, ids=Ids(clock, 1), secret=str))


def readme_seed() -> Any:
    """Return the hand-written seed of the README."""
    return parse_yaml(readme_examples()[0], "README.md")


def readme_examples() -> list[str]:
    """Return the seed, the scenario and the credentials of the README."""
    return re.findall(r"```yaml\n(.*?)```", (FIXTURES / "README.md").read_text("utf-8"), re.DOTALL)


def test_schema_is_valid() -> None:
    """The schema is one of draft 2020-12."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", NAMES)
def test_seed_fits_the_schema(name: str) -> None:
    """The reference implementation accepts every seed, as an editor would."""
    document = json.loads(builtin_seed(name).read_bytes())

    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)) == []


@pytest.mark.parametrize("name", NAMES)
def test_seed_has_a_row_in_the_readme(name: str) -> None:
    """The README describes every seed."""
    assert f"\n| `{name}` |" in (FIXTURES / "README.md").read_text("utf-8")


def test_default_seed_has_a_person_of_every_role() -> None:
    """The default seed is one project, seven people and a bot, without events."""
    world = loaded("default")

    roles = {member.role for member in world.project_users}
    assert roles == {"guest", "user", "teammate", "agent", "supervisor", "admin", "owner"}
    assert [len(world.projects), len(world.bots), len(world.events), len(world.subscriptions)] == [1, 1, 0, 0]
    assert {user.password for user in world.users} >= {"owner-secret", "agent-secret"}


def test_busy_seed_has_mixed_events_of_days() -> None:
    """The busy seed has events over days, of several authors, with attributes of every type."""
    events = loaded("busy").events

    kinds = {type(event.attributes).__name__ for event in events}
    assert kinds == {"dict", "list", "str", "int", "float", "bool", "NoneType", "UnsetType"}
    assert len({event.created_at[:10] for event in events}) >= 9
    assert len({event.project_user for event in events}) == 5
    assert [event.created_at for event in events] == sorted(event.created_at for event in events)


def test_busy_seed_is_what_its_script_writes() -> None:
    """Writing the busy seed again changes nothing."""
    script = runpy.run_path(str(FIXTURES / "make_busy.py"))

    assert script["text"](script["seed"]()) == (FIXTURES / "busy.json").read_text("utf-8")


def test_schemas_are_what_their_script_writes() -> None:
    """The schemas fit the types that read the files."""
    script = runpy.run_path(str(FIXTURES / "make_schemas.py"))

    for name, (kind, title) in script["SCHEMAS"].items():
        assert script["text"](kind, title) == (FIXTURES / name).read_text("utf-8")


def test_empty_seed_has_its_owner_only() -> None:
    """The empty seed is a project and its owner."""
    world = loaded("empty")

    assert [(member.role, member.id_user) for member in world.project_users] == [("owner", world.users[0].id)]
    assert not world.events


def test_readme_example_is_a_seed() -> None:
    """The seed of the README loads, and fits the schema."""
    clock = Clock()

    world = read_seed(readme_seed(), "README.md", SeedRecords(clock=clock, ids=Ids(clock), secret=str))

    assert [event.name for event in world.events] == ["order.paid", "chat.closed"]
    assert world.events[0].created_by == "customer-7"
    jsonschema.validate(readme_seed(), SCHEMA)


def test_readme_example_is_a_scenario_with_credentials(tmp_path: Path) -> None:
    """The scenario of the README and the credentials for it are valid."""
    _, scenario, credentials = readme_examples()
    (tmp_path / "scenario.yaml").write_text(scenario)
    (tmp_path / "credentials.yaml").write_text(credentials)

    (read,) = read_scenarios(tmp_path / "scenario.yaml")

    assert read.people == {"owner", "owner/jwt"}
    assert read_credentials(tmp_path / "credentials.yaml").people.keys() == {"owner", "agent"}


def test_folder_is_found_as_a_package() -> None:
    """Seeds are found through the installed package."""
    if find_spec("tiledesk_mock.fixtures") is None:
        pytest.skip("runs where the package is installed")

    names = {entry.name for entry in resources.files("tiledesk_mock.fixtures").iterdir()}
    assert {*(f"{name}.json" for name in NAMES), "seed.schema.json", "README.md"} <= names


def test_every_folder_with_modules_is_a_package() -> None:
    """The build finds packages by their `__init__.py`."""
    folders = {file.parent for file in (ROOT / "tiledesk_mock").rglob("*.py")}

    assert not [str(folder) for folder in folders if not (folder / "__init__.py").exists()]
