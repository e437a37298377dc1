"""The options of the header field Connection, as Node's parser reads them: keep-alive and upgrades."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

BEHIND_HEAD: Final = "tiledesk_mock.behind_head"
"""Environ key of what the client has sent behind the head of a request for an upgrade.

The project's own server sets it.
"""


def wants_keep_alive(environ: Mapping[str, Any]) -> bool:
    """Return whether the client keeps the connection open for another request."""
    options = connection_options(environ)
    return "close" not in options if environ["SERVER_PROTOCOL"] == "HTTP/1.1" else "keep-alive" in options


def asks_for_upgrade(environ: Mapping[str, Any]) -> bool:
    """Return whether the client asks to change the protocol of the connection.

    Node hands such a request to the WebSocket server instead of Express, whatever its path, method and
    version are. A field `Upgrade` without the option `upgrade` in `Connection` asks for nothing.
    """
    return bool(environ.get("HTTP_UPGRADE")) and "upgrade" in connection_options(environ)


def connection_options(environ: Mapping[str, Any]) -> frozenset[str]:
    """Return the options in lower case. Node reads the field Proxy-Connection as well."""
    return _options(environ.get("HTTP_CONNECTION", ""), environ.get("HTTP_PROXY_CONNECTION", ""))


@lru_cache(64)
def _options(*fields: str) -> frozenset[str]:
    # Blanks may follow an option, and a tab makes it another one.
    return frozenset(
        option.lstrip(" \t").rstrip(" ").lower() for field in fields for option in field.split(",")
    )
