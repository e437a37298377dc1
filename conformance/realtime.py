"""Realtime: WebSockets, the frames that come, and how a connection ends."""

from __future__ import annotations

from typing import Any

from tiledesk_mock.node.json import Json

from .servers import Server


def play(server: Server, case: dict[str, Any]) -> Json:
    """Send the steps of a case; return what came after each."""
    raise NotImplementedError((server.url, case["name"]))


def size(case: dict[str, Any]) -> int:
    """Return the number of steps."""
    return len(case["steps"])
