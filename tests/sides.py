"""Two emulators side by side, one in the part of another Tiledesk."""

from __future__ import annotations

from collections.abc import Iterable

from tiledesk_mock import TiledeskMock
from tiledesk_mock.diff.report import Report
from tiledesk_mock.diff.responses import Comparison
from tiledesk_mock.diff.runner import Duet
from tiledesk_mock.scenarios.credentials import Cast, read_cast
from tiledesk_mock.scenarios.runner import Stage
from tiledesk_mock.scenarios.scenarios import Scenario, read_scenarios
from tiledesk_mock.scenarios.seed_people import cast_of

from .recorded import CONTRACT
from .sending import Sender

SHIPPED = CONTRACT.parent / "scenarios"
THEIRS = """
users: [{email: mia@shop.example, password: "s3cret", firstname: Mia}]
projects: [{_id: 70b000000000000000000001, name: Shop}]
project_users: [{id_user: mia@shop.example, role: owner}]
events: [{name: before, createdAt: -10m}]
"""
ME = """
project: 70b000000000000000000001
people:
  owner: {user: mia@shop.example, password: s3cret}
"""


def cast_in(mock: TiledeskMock) -> Cast:
    """Return who plays in the emulator: the people of its seed, and those of the contract."""
    seeded = cast_of(mock.emulator.export(), mock.settings.global_secret)
    return seeded.joined(read_cast(CONTRACT / "cast.yaml"))


def all_scenarios() -> list[Scenario]:
    """Return every scenario that ships."""
    files = [*SHIPPED.glob("*.yaml"), *(file for file in CONTRACT.glob("*.yaml") if file.stem != "cast")]
    return [scenario for file in sorted(files) for scenario in read_scenarios(file)]


def played(here: TiledeskMock, there: TiledeskMock, scenarios: Iterable[Scenario]) -> Report:
    """Play scenarios on both, and return what differs."""
    report = Report()
    with Sender(here.url) as mine, Sender(there.url) as other:
        duet = Duet(Stage(cast_in(here), mine), Stage(cast_in(there), other), Comparison(), report)
        for scenario in scenarios:
            duet.play(scenario)
    return report
