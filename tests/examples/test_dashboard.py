"""A dashboard that subscribes to an agent's events, and its tests."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import websocket

from tiledesk_mock import TiledeskMock


class Dashboard:
    """Adds up the payments of an agent."""

    def __init__(self, url: str, token: str, project: str, agent: str) -> None:
        self.total = 0.0
        self.socket = websocket.create_connection(f"{url}?token={quote(token)}")
        topic = f"/{project}/events/{agent}"
        self.socket.send(json.dumps({"action": "subscribe", "payload": {"topic": topic}}))
        for event in reversed(self._next()):
            self._add(event)

    def listen(self) -> None:
        """Wait for an event, and add it."""
        self._add(self._next())

    def _next(self) -> Any:
        return json.loads(self.socket.recv())["payload"]["message"]

    def _add(self, event: dict[str, Any]) -> None:
        if event["name"] == "order.paid":
            self.total += event["attributes"]["total"]


def test_dashboard_adds_past_and_new_payments(tiledesk_mock: TiledeskMock) -> None:
    """It starts with the history, and adds live events."""
    agent = tiledesk_mock.agent
    tiledesk_mock.fire("order.paid", {"total": 40}, by=agent)
    dashboard = Dashboard(tiledesk_mock.ws_url, tiledesk_mock.owner.jwt, tiledesk_mock.project_id, agent.id)

    tiledesk_mock.fire("order.paid", {"total": 2.5}, by=agent)
    dashboard.listen()

    tiledesk_mock.expect_frame(name="order.paid", attributes={"total": 2.5}, to="owner")
    assert dashboard.total == 42.5
    dashboard.socket.close()
