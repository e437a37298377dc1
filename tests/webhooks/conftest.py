"""Emulators for the tests of webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tiledesk_mock.emulator import Emulator
from tiledesk_mock.settings import Settings


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Return an emulator in the documented dialect."""
    with Emulator(Settings(id_seed="webhooks")) as emulator:
        yield emulator


@pytest.fixture
def server() -> Iterator[Emulator]:
    """Return an emulator in the server's dialect."""
    with Emulator(Settings(dialect="server")) as server:
        yield server
