"""The stream: what happens, as Server-Sent Events."""

from __future__ import annotations

import requests

from tiledesk_mock import TiledeskMock

from .stream_client import StreamClient, stream_url


def test_stream_sends_what_happens(tiledesk_mock: TiledeskMock) -> None:
    """A fired event and a reset are entries, each with its summary."""
    with StreamClient(tiledesk_mock.url, "?since=now") as client:
        tiledesk_mock.fire("order.paid")
        tiledesk_mock.reset()

        fired, reset = client.entries(2)

    assert (fired["kind"], fired["event"], reset["what"]) == ("event", "order.paid", "reset")


def test_stream_goes_on_after_the_last_entry(tiledesk_mock: TiledeskMock) -> None:
    """A client that comes again gets what it has not got yet."""
    tiledesk_mock.fire("order.paid")
    with StreamClient(tiledesk_mock.url) as client:
        client.entries(1)
    tiledesk_mock.fire("order.sent")

    with StreamClient(tiledesk_mock.url, last=client.last) as again:
        (entry,) = again.entries(1)

    assert entry["event"] == "order.sent"


def test_stream_refuses_what_is_no_id(tiledesk_mock: TiledeskMock) -> None:
    """A wrong `since` gets one line that says what is expected."""
    response = requests.get(stream_url(tiledesk_mock.url, "?since=7"), timeout=10)

    assert response.status_code == 400
    assert response.json()["error"].startswith("since: '7' is not the id of an entry, like t")
