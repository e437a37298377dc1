"""Numbers of things, as they are said."""

from __future__ import annotations


def number_of(count: int, noun: str) -> str:
    """Return `1 entry`, `2 entries`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"
