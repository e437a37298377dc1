"""Tell Tiledesk what happens in a shop."""

from __future__ import annotations

import threading
from typing import Any

import requests


class ShopEvents:
    """Fires and reads the events of one project."""

    def __init__(self, url: str, project: str, auth: tuple[str, str]) -> None:
        self.url = url
        self.project = project
        self.session = requests.Session()
        self.session.auth = auth

    def paid(self, order: int, total: float) -> None:
        """Tell that an order was paid."""
        self._fire("order.paid", {"order": order, "total": total})

    def paid_in_background(self, order: int, total: float) -> threading.Thread:
        """Tell it, and don't wait."""
        thread = threading.Thread(target=self.paid, args=(order, total))
        thread.start()
        return thread

    def notify(self, target: str) -> None:
        """Let an address be told of paid orders."""
        self._send("POST", "subscriptions", json={"event": "event.emit.order.paid", "target": target})

    def newest(self) -> list[str]:
        """Return the names of the newest events."""
        return [event["name"] for event in self._send("GET", "events?sort=createdAt")["events"]]

    def ids(self) -> list[str]:
        """Return the ids of the newest events."""
        return [event["_id"] for event in self._send("GET", "events")["events"]]

    def leave(self) -> None:
        """Let go of the connection."""
        self.session.close()

    def _fire(self, name: str, attributes: dict[str, Any]) -> None:
        self._send("POST", "events", json={"name": name, "attributes": attributes})

    def _send(self, method: str, path: str, **more: Any) -> Any:
        for _ in range(2):
            answer = self.session.request(method, f"{self.url}/{self.project}/{path}", timeout=5, **more)
            if answer.status_code != 503:
                break
        answer.raise_for_status()
        return answer.json()
