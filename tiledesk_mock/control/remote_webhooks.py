"""The webhooks of an emulator elsewhere, through its control API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from ..http.stopwatch import stopwatch
from ..tiledesk.wire import Document

_STEP: Final = 10.0
"""Seconds that a call waits: shorter than calls may take."""


class RemoteHookControls:
    """Controls of the webhooks of the emulator whose control API `call` asks: method, path, document."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call: Final = call

    def subscribe(self, event: str, target: str, project: str | None = None) -> Document:
        """Subscribe a target in a project, by default the first; return the subscription with its secret."""
        wanted = {"event": event, "target": target, "project": project}
        return dict(self._call("POST", "subscriptions", wanted))

    def unsubscribe(self, id_subscription: str) -> bool:
        """Remove a subscription; tell whether there was one."""
        return bool(
            self._call("DELETE", f"subscriptions/{quote(id_subscription, safe='')}", may_be_gone=True)
        )

    def subscriptions(self) -> list[Document]:
        """Return all subscriptions with their secrets."""
        return list(self._call("GET", "subscriptions")["subscriptions"])

    def deliveries(self) -> list[Document]:
        """Return what is known of each delivery, oldest first."""
        return list(self._call("GET", "deliveries")["deliveries"])

    def drain(self, timeout: float) -> Document:
        """Wait until nothing is under way; return whether it is `drained`, or how much is `under_way`."""
        deadline = stopwatch() + timeout
        while True:
            step = min(max(deadline - stopwatch(), 0.0), _STEP)
            told = dict(self._call("POST", "deliveries/drain", {"timeout": step}))
            if told["drained"] or stopwatch() >= deadline:
                return told

    def resend(self, id_delivery: str) -> Document:
        """Send a delivery again, as a new one; return that."""
        return dict(self._call("POST", f"deliveries/{quote(id_delivery, safe='')}/resend"))

    def fail(self, rule: Mapping[str, Any]) -> Document:
        """Let a target fail: `target`, `status`, `error`, `count`; return the rule with its `id`."""
        return dict(self._call("POST", "deliveries/failures", dict(rule)))

    def recover(self, id_rule: str) -> bool:
        """Let a rule of `fail` be over; tell whether it was not yet."""
        return bool(self._call("DELETE", f"deliveries/failures/{quote(id_rule, safe='')}", may_be_gone=True))
