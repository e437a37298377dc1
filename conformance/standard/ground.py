"""The grounds of the platform's own webhooks: played on either server, and compared webhook by webhook."""

from __future__ import annotations

from typing import Any

from tiledesk_mock.node.json import Json

from ..servers import Server
from . import scenes

Case = dict[str, Any]


def play(server: Server, case: Case) -> Json:
    """Return for each step its webhooks and their order, and on the real server its status, too."""
    return list(scenes.record(server, case))


def size(_case: Case, recorded: Any) -> int:
    """Return the number of steps and of webhooks: a step is which of them came, and in which order."""
    return len(recorded) + sum(len(step["webhooks"]) for step in recorded)
