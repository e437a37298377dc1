"""The same client with a bug in each method."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import requests

from .client import ShopEvents


class BrokenShopEvents(ShopEvents):
    """Each method has the bug that its comment describes."""

    def paid(self, order: int, total: float) -> None:
        """Report a payment."""
        for _ in range(2):  # sent twice
            self._fire("order.paid", {"order": order, "total": str(total)})  # text instead of a number

    def paid_in_background(self, order: int, total: float) -> threading.Thread:
        """Report a payment in the background."""
        thread = threading.Thread(target=print, args=(order, total))  # sends nothing
        thread.start()
        return thread

    def notify(self, target: str) -> None:
        """Subscribe a URL to payments."""
        self._send(
            "POST", "subscriptions", json={"event": "event.emit.order.payed", "target": target}
        )  # paid

    def newest(self) -> list[str]:
        """Return the names of the newest events."""
        return [event["name"] for event in self._send("GET", "events?sortField=createdAt")["events"]]  # sort

    def ids(self) -> list[str]:
        """Return the ids of the newest events."""
        return [event["id"] for event in self._send("GET", "events")["events"]]  # the real server has _id

    def close(self) -> None:
        """Close the connection."""
        self.session.delete(f"{self.url}/{self.project}/requests/1")  # of another API
        with contextlib.suppress(requests.ConnectionError):
            self.session.get("https://api.tiledesk.com/v3/auth/signout", timeout=5)  # the real host

    def _send(self, method: str, path: str, **more: Any) -> Any:
        response = self.session.request(method, f"{self.url}/{self.project}/{path}", timeout=5, **more)
        response.raise_for_status()  # no retry
        return response.json()
