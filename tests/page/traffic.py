"""Requests, webhooks and frames that fill the timeline."""

from __future__ import annotations

import requests

from tiledesk_mock import TiledeskMock


def post_event(mock: TiledeskMock, name: object, **attributes: object) -> requests.Response:
    """Fire an event as the agent does, over HTTP."""
    return requests.post(
        f"{mock.url}/{mock.project_id}/events",
        json={"name": name, "attributes": attributes},
        auth=mock.agent.basic,
        timeout=10,
    )


def fill_timeline(mock: TiledeskMock) -> None:
    """Let happen what a developer sees in the timeline: successes and errors of most kinds."""
    url, owner = f"{mock.url}/{mock.project_id}", mock.owner.basic
    requests.post(f"{mock.url}/auth/signin", json={"email": owner[0], "password": owner[1]}, timeout=10)
    post_event(mock, "order.paid", order=7, total=42.5, items=[{"sku": "a-1", "count": 2}])
    post_event(mock, "")
    requests.get(f"{url}/events?sortField=name&limit=5", auth=owner, timeout=10)
    requests.get(f"{url}/events", auth=(owner[0], "wrong"), timeout=10)
    requests.get(f"{url}/events", headers=mock.guest.headers, timeout=10)
    requests.get(f"{url}/leads", auth=owner, timeout=10)
    mock.faults.status(503, path="/events", count=1)
    requests.get(f"{url}/events", auth=owner, timeout=10)
    with mock.webhooks.receiver("event.emit.order.shipped") as receiver:
        receiver.respond_with(503)
        post_event(mock, "order.shipped", order=7, carrier="DHL")
        mock.webhooks.drain(30)
