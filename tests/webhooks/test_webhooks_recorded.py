"""What reaches targets, and the history of it, are those of the real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from conformance import webhooks
from conformance.differences import differences
from conformance.grounds import CONTRACT, cases_of, recording_of
from conformance.servers import Emulator
from tiledesk_mock import Settings, TiledeskMock

RECORDING = recording_of("webhooks")
CASES = {case["name"]: case for case in cases_of("webhooks")}


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    """Return an emulator of the recorded world."""
    settings = Settings(dialect="server", seed=(CONTRACT / "world.json",), log_level="error")
    with TiledeskMock(settings) as mock:
        yield Emulator(mock.url)


@pytest.mark.parametrize("name", CASES)
def test_webhooks_are_as_recorded(server: Emulator, name: str) -> None:
    """To the byte: requests, history, and which responses are followed by another attempt."""
    server.reset()

    played = webhooks.play(server, CASES[name])

    assert [str(one) for one in differences(RECORDING[name], played)] == []


def test_password_is_in_no_payload(server: Emulator) -> None:
    """The real server sends its hash with Basic authentication; the emulator never does."""
    server.reset()

    played: Any = webhooks.play(server, CASES["fired by owner"])

    assert played[0]["body"]["payload"]["user"]["email"] == "owner@example.com"
    assert "password" not in json.dumps(played)
