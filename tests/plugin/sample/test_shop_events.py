"""Tests of the client with each kind of expectation."""

from __future__ import annotations

import pytest
import requests
from shop_events.client import ShopEvents

from tiledesk_mock import TiledeskMock


def test_event(tiledesk_mock: TiledeskMock, shop: ShopEvents) -> None:
    """The event has the right attributes."""
    shop.paid(17, 99.5)

    tiledesk_mock.expect_event("order.paid", {"order": 17, "total": 99.5}, by="admin")


def test_request(tiledesk_mock: TiledeskMock, shop: ShopEvents) -> None:
    """One event is one request."""
    shop.paid(17, 99.5)

    tiledesk_mock.expect_request("POST", "/events", count=1)


def test_waiting(tiledesk_mock: TiledeskMock, shop: ShopEvents) -> None:
    """The test waits for an event of the background."""
    thread = shop.paid_in_background(17, 99.5)

    tiledesk_mock.wait_for_event("order.paid", timeout=1)
    thread.join()


def test_delivery(tiledesk_mock: TiledeskMock, shop: ShopEvents) -> None:
    """A subscriber gets a webhook."""
    with tiledesk_mock.webhooks.receiver() as target:
        shop.notify(target.url)
        tiledesk_mock.fire("order.paid")
        tiledesk_mock.webhooks.drain()

    tiledesk_mock.expect_delivery("order.paid", target=target.url, status=200)


@pytest.mark.tiledesk_mock(drifts="error")
def test_drifts(tiledesk_mock: TiledeskMock, shop: ShopEvents) -> None:
    """The client relies on no drift."""
    tiledesk_mock.fire("order.paid")

    assert shop.newest() == ["order.paid"]


@pytest.mark.tiledesk_mock(dialect="both")
def test_dialects(tiledesk_mock: TiledeskMock, shop: ShopEvents) -> None:
    """The client reads responses of both dialects."""
    tiledesk_mock.fire("order.paid")

    assert len(shop.ids()) == 1


@pytest.mark.tiledesk_mock(strict=True)
@pytest.mark.usefixtures("tiledesk_mock")
def test_closing(shop: ShopEvents) -> None:
    """The client requests no other path and no other host."""
    shop.close()


@pytest.mark.tiledesk_mock(faults={"status": 503, "path": "/events", "count": 1})
def test_faults(tiledesk_mock: TiledeskMock, shop: ShopEvents) -> None:
    """The client repeats a request after a 503."""
    shop.newest()

    assert [exchange.response and exchange.response.status for exchange in tiledesk_mock.requests] == [
        503,
        200,
    ]


def test_interception(tiledesk_mock_intercept: TiledeskMock, shop: ShopEvents) -> None:
    """The client works with the real URL."""
    shop.url = "https://api.tiledesk.com/v3"

    shop.ids()

    tiledesk_mock_intercept.expect_request("GET", "/events", headers={"Host": "api.tiledesk.com"}, status=200)
    assert isinstance(shop.session, requests.Session)
