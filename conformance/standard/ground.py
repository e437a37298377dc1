"""The grounds of the platform's own webhooks: what plays them on either server."""

from __future__ import annotations

from typing import Any

from tiledesk_mock.node.json import Json

from ..servers import Emulator, Server
from . import calls, scenes

Case = dict[str, Any]


def play(server: Server, case: Case) -> Json:
    """Return for each step which webhooks came, in which order; of the real server its status, too.

    On the real server ids have names; those of the emulator are as they are.
    """
    module = calls if isinstance(server, Emulator) else scenes
    return list(module.play(server, case))


def size(_case: Case, recorded: Any) -> int:
    """Return the number of steps and of webhooks: a step is which of them came, and in which order."""
    return len(recorded) + sum(len(step["webhooks"]) for step in recorded)
