"""A shop that receives payments by webhook, and its tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask, request
from werkzeug.serving import make_server

from tiledesk_mock import TiledeskMock, WebhookInvalid, verify_webhook


def shop(secrets: list[str], paid: dict[str, float]) -> Flask:
    """Return the application, which accepts only webhooks that are signed with its secret."""
    app = Flask("shop")

    @app.post("/tiledesk")
    def receive() -> tuple[str, int]:
        try:
            event = verify_webhook(request.headers, request.get_data(), secrets[0])["payload"]
        except WebhookInvalid as error:
            return str(error), 401
        if event["_id"] not in paid:  # a webhook may be delivered twice
            paid[event["_id"]] = event["attributes"]["total"]
        return "thank you", 200

    return app


@pytest.fixture
def paid() -> dict[str, float]:
    """Return the totals of payments, by event."""
    return {}


@pytest.fixture
def target(tiledesk_mock: TiledeskMock, paid: dict[str, float]) -> Iterator[str]:
    """Run the shop, subscribed to payments; return its URL."""
    secrets: list[str] = []
    server = make_server("127.0.0.1", 0, shop(secrets, paid))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.port}/tiledesk"
    secrets.append(tiledesk_mock.webhooks.subscribe("event.emit.order.paid", url)["secret"])
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


def test_payment_is_booked(tiledesk_mock: TiledeskMock, target: str, paid: dict[str, float]) -> None:
    """The webhook comes in the background: the test waits for the delivery."""
    tiledesk_mock.fire("order.paid", {"total": 42})

    tiledesk_mock.wait_for_delivery("order.paid", target=target, status=200)
    assert list(paid.values()) == [42]


def test_payment_is_booked_once(tiledesk_mock: TiledeskMock, target: str, paid: dict[str, float]) -> None:
    """A webhook may be delivered twice."""
    tiledesk_mock.fire("order.paid", {"total": 42})
    tiledesk_mock.webhooks.drain()

    tiledesk_mock.webhooks.resend(tiledesk_mock.deliveries[0]["id"])
    tiledesk_mock.webhooks.drain()

    tiledesk_mock.expect_delivery("order.paid", target=target, status=200, count=2)
    assert list(paid.values()) == [42]


def test_payment_is_not_lost(tiledesk_mock: TiledeskMock, target: str, paid: dict[str, float]) -> None:
    """While the shop cannot be reached, Tiledesk retries; the test does not wait for that."""
    tiledesk_mock.webhooks.fail(target, error="refused", count=2)
    tiledesk_mock.fire("order.paid", {"total": 42})

    tiledesk_mock.webhooks.drain()

    assert [attempt["status"] for attempt in tiledesk_mock.deliveries[0]["attempts"]] == [None, None, 200]
    assert list(paid.values()) == [42]
