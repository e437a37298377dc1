"""A client that reports the orders of a shop to Tiledesk."""

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
        """Report a payment."""
        self._fire("order.paid", {"order": order, "total": total})

    def paid_in_background(self, order: int, total: float) -> threading.Thread:
        """Report a payment in the background."""
        thread = threading.Thread(target=self.paid, args=(order, total))
        thread.start()
        return thread

    def notify(self, target: str) -> None:
        """Subscribe a URL to payments."""
        self._send("POST", "subscriptions", json={"event": "event.emit.order.paid", "target": target})

    def newest(self) -> list[str]:
        """Return the names of the newest events."""
        return [event["name"] for event in self._send("GET", "events?sort=createdAt")["events"]]

    def ids(self) -> list[str]:
        """Return the ids of the newest events."""
        return [event["_id"] for event in self._send("GET", "events")["events"]]

    def close(self) -> None:
        """Close the connection."""
        self.session.close()

    def _fire(self, name: str, attributes: dict[str, Any]) -> None:
        self._send("POST", "events", json={"name": name, "attributes": attributes})

    def _send(self, method: str, path: str, **more: Any) -> Any:
        for _ in range(2):
            response = self.session.request(method, f"{self.url}/{self.project}/{path}", timeout=5, **more)
            if response.status_code != 503:
                break
        response.raise_for_status()
        return response.json()
