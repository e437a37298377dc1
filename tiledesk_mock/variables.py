"""The environment variables that mean something here, and those that somebody misspelt."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from .domain.hints import nearest
from .settings import PREFIX, Settings, variable

HANDED_ON: Final = ("URL", "WS_URL", "PROJECT_ID", "USER", "PASSWORD", "JWT")
"""What `exec` tells the command that it runs, beside the control API's token."""

OF_SERVE: Final = ("in_memory",)
"""What `serve` reads beyond the settings."""

OF_TESTS: Final = (
    "drifts",
    "strict",
    "guard",
    "hosts",
    "cassette",
    "record",
    "mode",
    "upstream",
    "credentials",
    "order",
    "repeat",
    "spy",
    "redact",
    "redact_with",
    "passthrough",
)
"""What the pytest plugin reads beyond the settings."""

_ALIKE: Final = 0.75


def misspelt(environ: Mapping[str, str] | None = None) -> list[str]:
    """Return a sentence for each variable that nobody reads and that is nearly the name of one.

    Others that only begin alike may be somebody's own.
    """
    given = [name for name in (os.environ if environ is None else environ) if name.startswith(PREFIX)]
    if not given:
        return []
    names = (*(column.name for column in fields(Settings)), *OF_SERVE, *OF_TESTS, "url")
    known = [variable(name).removeprefix(PREFIX) for name in names]
    others = [name.removeprefix(PREFIX) for name in sorted(given)]
    pairs = [(name, nearest(name, known, _ALIKE)) for name in others if name not in (*known, *HANDED_ON)]
    return [f"nobody reads {PREFIX}{name}: did you mean {PREFIX}{near}?" for name, near in pairs if near]
