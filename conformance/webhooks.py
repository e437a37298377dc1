"""Webhooks: subscriptions, fired events, and what their targets receive."""

from __future__ import annotations

from typing import Any

from tiledesk_mock.node.json import Json

from .servers import Server


def play(server: Server, case: dict[str, Any]) -> Json:
    """Send the steps of a case; return what was answered, and what the targets received."""
    raise NotImplementedError((server.url, case["name"]))


def size(case: dict[str, Any]) -> int:
    """Return the number of steps."""
    return len(case["steps"])
