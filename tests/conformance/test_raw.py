"""Raw requests get the bytes that the real server answers with, and connections end as there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.grounds import CONTRACT, cases_of, recording_of
from conformance.raw import play
from conformance.servers import Emulator
from tiledesk_mock import TiledeskMock

GROUNDS = ("raw_syntax", "raw_handshakes", "raw_responses")
CASES = [(ground, case) for ground in GROUNDS for case in cases_of(ground)]
RECORDINGS = {ground: recording_of(ground) for ground in GROUNDS}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """Return an emulator for all cases, which change nothing."""
    with TiledeskMock(dialect="server", seed=CONTRACT / "world.json") as mock:
        yield Emulator(mock.url)


@pytest.mark.parametrize(("ground", "case"), CASES, ids=[case["name"] for _, case in CASES])
def test_raw_requests_get_the_answers_of_the_real_server(
    ground: str, case: dict[str, Any], emulator: Emulator
) -> None:
    """Each request gets those answers; a difference that is listed still exists."""
    recorded: Any = RECORDINGS[ground][case["name"]]
    differs = ["differs" in step for step in case["steps"]]
    known = [None if listed else answer for listed, answer in zip(differs, recorded, strict=True)]

    played = play(emulator, case, known)

    for step, listed, mine, real in zip(case["steps"], differs, played, recorded, strict=True):
        assert (step["name"], listed, mine) == (step["name"], mine != real, mine if listed else real)


def test_listed_differences_are_few() -> None:
    """Most of them are WebSockets at the paths of other versions."""
    listed = [step for _, case in CASES for step in case["steps"] if "differs" in step]

    assert len(listed) < 30
