"""Two emulators, one of which stands for an upstream."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.grounds import http_grounds
from tiledesk_mock import TiledeskMock
from tiledesk_mock.diff.report import DiffReport
from tiledesk_mock.diff.responses import ResponseComparer
from tiledesk_mock.diff.runner import compare_scenario
from tiledesk_mock.scenarios.credentials import Credentials, read_credentials, seed_credentials
from tiledesk_mock.scenarios.runner import Runner
from tiledesk_mock.scenarios.scenarios import Scenario, read_scenarios

from .contract_recordings import CONTRACT
from .request_sender import RequestSender

SHIPPED_SCENARIOS = CONTRACT.parent / "scenarios"
UPSTREAM_SEED = """
users: [{email: mia@shop.example, password: "s3cret", firstname: Mia}]
projects: [{_id: 70b000000000000000000001, name: Shop}]
project_users: [{id_user: mia@shop.example, role: owner}]
events: [{name: before, createdAt: -10m}]
"""
UPSTREAM_CREDENTIALS = """
project: 70b000000000000000000001
people:
  owner: {user: mia@shop.example, password: s3cret}
"""


def credentials_of(mock: TiledeskMock) -> Credentials:
    """Return the people of the emulator's seed, and those of the contract."""
    seeded = seed_credentials(mock.emulator.state.export(), mock.settings.global_secret)
    return seeded.joined(read_credentials(CONTRACT / "credentials.yaml"))


def all_scenarios() -> list[Scenario]:
    """Return all scenarios of the fixtures."""
    recorded = (CONTRACT / f"{name}.yaml" for name in http_grounds())
    files = [*SHIPPED_SCENARIOS.glob("*.yaml"), *recorded]
    return [scenario for file in sorted(files) for scenario in read_scenarios(file)]


def compare_scenarios(here: TiledeskMock, there: TiledeskMock, scenarios: Iterable[Scenario]) -> DiffReport:
    """Run scenarios on both, and return the report."""
    report = DiffReport()
    with RequestSender(here.url) as mine, RequestSender(there.url) as other:
        runners = Runner(credentials_of(here), mine), Runner(credentials_of(there), other)
        comparer = ResponseComparer()
        for scenario in scenarios:
            compare_scenario(scenario, *runners, comparer, report)
    return report
