"""Raw requests: bytes that are sent, and the bytes that come back."""

from __future__ import annotations

from typing import Any

from tiledesk_mock.node.json import Json

from .servers import Server


def play(server: Server, case: dict[str, Any]) -> Json:
    """Send the bytes of a case; return those that came back, and whether the connection closed."""
    raise NotImplementedError((server.url, case["name"]))


def size(_case: dict[str, Any]) -> int:
    """Return 1: a case is one exchange."""
    return 1
