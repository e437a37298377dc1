"""The platform's own webhooks are those of the real server, in both dialects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.grounds import CONTRACT, STANDARD, cases_of, grounds, module_of, recording_of
from conformance.servers import Emulator
from conformance.standard.comparison import compared_webhooks
from tiledesk_mock import TiledeskMock

SCENES = [
    pytest.param(ground, case, id=case["name"])
    for ground in grounds()
    if module_of(ground) is STANDARD
    for case in cases_of(ground)
]


@pytest.fixture(scope="module", params=["server", "documented"])
def server(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """Return an emulator in each dialect."""
    with TiledeskMock(dialect=request.param, seed=CONTRACT / "world.json", log_level="error") as mock:
        yield Emulator(mock.url)


@pytest.mark.parametrize(("ground", "case"), SCENES)
def test_webhooks_are_those_of_the_real_server(server: Emulator, ground: str, case: dict[str, Any]) -> None:
    """Which come, in which order, and each field; those that differ are listed with the reason."""
    played = STANDARD.play(server, case)

    compared = compared_webhooks(ground, case["name"], recording_of(ground)[case["name"]], played)
    unlisted = [(one.label, list(map(str, one.differences))) for one in compared if not one.reason]
    assert [(label, found) for label, found in unlisted if found] == []
