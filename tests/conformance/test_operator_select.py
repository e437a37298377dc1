"""The answers to `operator.select`, played on an emulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.differences import differences
from conformance.grounds import cases_of, recording_of
from conformance.operator_select import play
from conformance.servers import Emulator
from tiledesk_mock.testing import TiledeskMock

GROUND = "operator_select"
CASES = [case for case in cases_of(GROUND) if "30.0" not in str(case)]
"""Those without a receiver that hangs, for which the emulator waits ten seconds."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """Return an emulator in the server's dialect."""
    with TiledeskMock(dialect="server") as mock:
        yield Emulator(mock.url)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_answer_has_the_recorded_effect(emulator: Emulator, case: dict[str, Any]) -> None:
    """The response, the participant, the webhooks that follow, and how often each receiver was sent it."""
    assert not list(differences(recording_of(GROUND)[case["name"]], play(emulator, case)))
