"""WebSockets answer as the real server did: every recorded case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.differences import differences
from conformance.grounds import cases_of, recording_of
from conformance.realtime import play
from conformance.servers import Emulator
from tiledesk_mock import Settings, TiledeskMock

from ..contract_recordings import CONTRACT

DIALECTS = ("server", "documented")
CASES = [
    (dialect, case)
    for case in cases_of("realtime")
    for dialect in DIALECTS
    if case.get("dialect", dialect) == dialect  # the documented dialect refuses somebody in the others
]
RECORDED = recording_of("realtime")


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Emulator]]:
    """Return an emulator of the recorded world for each dialect."""
    with ExitStack() as stack:
        yield {dialect: Emulator(stack.enter_context(_started(dialect))) for dialect in DIALECTS}


@contextmanager
def _started(dialect: str) -> Iterator[str]:
    settings = Settings(dialect=dialect, seed=(CONTRACT / "world.json",), log_level="error")
    with TiledeskMock(settings) as mock:
        yield f"http://{urlsplit(mock.url).netloc}"


def undocumented(step: dict[str, Any]) -> dict[str, Any]:
    """Take from the history what the documented dialect adds to events (drifts of shape)."""
    for client, frames in step.items():
        for frame in frames if client != "status" else ():
            payload = frame.get("payload")
            message = payload.get("message") if isinstance(payload, dict) else None
            for event in message if isinstance(message, list) else ():
                if isinstance(event, dict) and isinstance(event.get("project_user"), dict):
                    event["project_user"] = event["project_user"]["_id"]
                    del event["id"]
    return step


@pytest.mark.parametrize(
    ("dialect", "case"), CASES, ids=[f"{dialect}-{case['name']}" for dialect, case in CASES]
)
def test_frames_are_those_of_the_real_server(
    servers: dict[str, Emulator], dialect: str, case: dict[str, Any]
) -> None:
    """After each step, to each client; they differ by the drifts of the documented dialect only."""
    servers[dialect].reset()

    came = play(servers[dialect], case)

    if dialect == "documented":
        came = [undocumented(step) for step in came]
    found = zip(case["steps"], RECORDED[case["name"]], came, strict=True)
    assert [(step, str(one)) for step, *sides in found for one in differences(*sides)] == []
