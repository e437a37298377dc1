"""Every recorded frame that WebSockets get when requests, messages, members and bots change."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from conformance.checks import compared
from conformance.grounds import CONTRACT, Case, cases_of, module_of, recording_of
from conformance.servers import Emulator
from conformance.standard.frames import compared_frames
from tiledesk_mock import TiledeskMock

GROUND = "frames"
CASES = cases_of(GROUND)


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    """Run an emulator that speaks as the real server."""
    world = CONTRACT / "world.json"
    with TiledeskMock(dialect="server", seed=world, log_level="error") as mock:
        yield Emulator(mock.url)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_frames_are_those_of_the_real_server(server: Emulator, case: Case) -> None:
    """Topics, methods, receivers, messages, and what new subscribers get first."""
    server.reset()
    played = module_of(GROUND).play(server, case)

    found = compared(GROUND, case, recording_of(GROUND)[case["name"]], played)

    assert [(one.label, one.differences) for one in found if one.differences and not one.reason] == []


@pytest.mark.parametrize("key", ["to", "message", "method"])
def test_changed_frame_is_found(key: str) -> None:
    """As is one that does not come."""
    recorded: Any = recording_of(GROUND)["bots"]
    changed = deepcopy(recorded)
    next(step["frames"][0] for step in changed if step["frames"])[key] = "other"

    assert any(one.differences for one in compared_frames("bots", recorded, changed))
