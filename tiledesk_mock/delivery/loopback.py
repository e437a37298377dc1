"""Which targets are on this machine."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from ..domain.loopback import is_loopback


def is_local(target: str) -> bool:
    """Tell whether a URL's host is this machine, by each address that its name has."""
    try:
        host = urlsplit(target).hostname or ""
    except ValueError:
        return False
    if is_loopback(host):
        return True
    addresses = _addresses(host)
    return bool(addresses) and all(map(is_loopback, addresses))


def _addresses(host: str) -> set[str]:
    try:
        return {str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return set()
