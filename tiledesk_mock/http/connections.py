"""Addresses of HTTP servers."""

from __future__ import annotations

import ipaddress
import select
import socket
from urllib.parse import SplitResult, urlsplit


def split_http_url(url: str) -> SplitResult | None:
    """Return the parts of an http or https URL; None for what is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # which says only now that it is none
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None


def is_loopback(host: str) -> bool:
    """Tell whether a name or address is this machine's own, whatever a name server says."""
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


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


def is_stale(connection: socket.socket | None) -> bool:
    """Tell whether a connection that was kept is of no use: it has ended, or has an answer to nothing."""
    if connection is None:
        return False
    try:
        if not hasattr(select, "poll"):  # on Windows
            return bool(select.select([connection], [], [], 0)[0])
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        return bool(poll.poll(0))
    except (OSError, ValueError):
        return True
