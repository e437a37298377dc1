"""A local handle, and one on the same emulator through its control API."""

from __future__ import annotations

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.testing.expectations import Expectations


@pytest.fixture(params=["local", "remote"])
def mock(request: pytest.FixtureRequest, tiledesk_mock: TiledeskMock) -> Expectations:
    """Return a handle of each kind in turn: both have the same methods, with the same results."""
    return tiledesk_mock if request.param == "local" else TiledeskMock.connect(tiledesk_mock.url)
