"""Paths to the values inside a JSON value, as text and as patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

JsonPath = tuple[str | int, ...]
"""The path to a value: keys and indexes, from the top."""

_WILDCARDS: Final = {"*": r"[^.[]+", "[*]": r"\[\d+\]", "**": r".*"}
_WILDCARD: Final = re.compile(r"(\*\*|\[\*\]|\*)")


def path_text(path: JsonPath) -> str:
    """Return a path as messages and patterns write it: `attributes.items[0].price`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def path_pattern(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return a regular expression that the texts of the paths match which one of `patterns` names.

    In a pattern, `*` is any key, `[*]` any index and `**` any part of a path: `events[*].attributes.iban`,
    `**.phone`. A leading `$.` is ignored. Without patterns, no path matches.
    """
    return re.compile("|".join(f"(?:{_expression(pattern)})" for pattern in patterns) or r"(?!)")


def _expression(pattern: str) -> str:
    parts = _WILDCARD.split(pattern.removeprefix("$").removeprefix("."))
    return "".join(_WILDCARDS.get(part) or re.escape(part) for part in parts)
