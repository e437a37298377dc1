"""What Tiledesk's proxies take off the front of a path."""

from __future__ import annotations

from typing import Final

PREFIXES: Final = frozenset({"v1", "v2", "v3", "api"})


def without_prefix(path: str) -> str:
    """Return a raw path as the server behind Tiledesk's proxy sees it."""
    first, slash, rest = path[1:].partition("/")
    return f"/{rest}" if slash and first.lower() in PREFIXES else path
