"""The same client with a bug in everything that it does."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import requests

from .client import ShopEvents


class BrokenShopEvents(ShopEvents):
    """Each method has the bug that its comment tells."""

    def paid(self, order: int, total: float) -> None:
        """Tell that an order was paid."""
        for _ in range(2):  # twice, to be on the safe side
            self._fire("order.paid", {"order": order, "total": str(total)})  # a text, which was a number

    def paid_in_background(self, order: int, total: float) -> threading.Thread:
        """Tell it, and don't wait."""
        thread = threading.Thread(target=print, args=(order, total))  # nobody is told
        thread.start()
        return thread

    def notify(self, target: str) -> None:
        """Let an address be told of paid orders."""
        self._send(
            "POST", "subscriptions", json={"event": "event.emit.order.payed", "target": target}
        )  # paid

    def newest(self) -> list[str]:
        """Return the names of the newest events."""
        return [event["name"] for event in self._send("GET", "events?sortField=createdAt")["events"]]  # sort

    def ids(self) -> list[str]:
        """Return the ids of the newest events."""
        return [event["id"] for event in self._send("GET", "events")["events"]]  # the real server's are _id

    def leave(self) -> None:
        """Let go of the connection."""
        self.session.delete(f"{self.url}/{self.project}/requests/1")  # another API's
        with contextlib.suppress(requests.ConnectionError):
            self.session.get("https://api.tiledesk.com/v3/auth/signout", timeout=5)  # wherever it was

    def _send(self, method: str, path: str, **more: Any) -> Any:
        answer = self.session.request(method, f"{self.url}/{self.project}/{path}", timeout=5, **more)
        answer.raise_for_status()  # no second try
        return answer.json()
