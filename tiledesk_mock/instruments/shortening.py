"""Texts as long as a message has room for."""

from __future__ import annotations

from typing import Final

_CUT: Final = "..."


def shortened(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters: the beginning of a longer one, which says that it is."""
    return text if len(text) <= limit else f"{text[: limit - len(_CUT)]}{_CUT}"
