"""The sample suite: a client under test, chosen by an option."""

from __future__ import annotations

import pytest
from shop_events.broken import BrokenShopEvents
from shop_events.client import ShopEvents

from tiledesk_mock import TiledeskMock


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that selects the broken client."""
    parser.addoption("--broken", action="store_true", help="test the client with bugs")


@pytest.fixture
def shop(request: pytest.FixtureRequest, tiledesk_mock: TiledeskMock) -> ShopEvents:
    """Return the client, configured for the mock."""
    kind = BrokenShopEvents if request.config.getoption("--broken") else ShopEvents
    client: ShopEvents = kind(
        tiledesk_mock.url, tiledesk_mock.project_id, ("admin@example.com", "admin-secret")
    )
    return client
