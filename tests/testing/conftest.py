"""A handle here, and one that reaches the same emulator through its control API."""

from __future__ import annotations

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.testing.expectations import Expectations


@pytest.fixture(params=["here", "elsewhere"])
def mock(request: pytest.FixtureRequest, tiledesk_mock: TiledeskMock) -> Expectations:
    """Return a handle of each kind in turn: they say the same words and mean the same things."""
    return tiledesk_mock if request.param == "here" else TiledeskMock.connect(tiledesk_mock.url)
