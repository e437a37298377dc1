"""Addresses of HTTP servers, and the state of connections to them."""

from __future__ import annotations

import ipaddress
import re
import select
import socket
from urllib.parse import SplitResult, urlsplit


def split_http_url(url: str) -> SplitResult | None:
    """Return the parts of an http or https URL, or None if it is not one."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError for a malformed port
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None


def shown_url(url: str) -> str:
    """Return a URL as messages show it: without user, password and query, which may be credentials."""
    address = re.split(r"[?#]", url, maxsplit=1)[0]
    without_user = re.sub(r"^((?:[A-Za-z+]*:?//)?)[^/]*@", r"\1***@", address)
    return without_user + ("?***" if address != url else "")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, without asking a name server."""
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_local(host: str) -> bool:
    """Return whether a connection to a host stays on this machine: to all addresses of its name."""
    if is_loopback(host):
        return True
    try:
        addresses = {str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(host.encode(), None)}
    except (OSError, ValueError):
        return False
    return bool(addresses) and all(map(_stays_here, addresses))


def _stays_here(address: str) -> bool:
    """Return whether an address is loopback, or unspecified (`0.0.0.0`), which is this machine, too."""
    return is_loopback(address) or ipaddress.ip_address(address).is_unspecified


def is_stale(connection: socket.socket | None) -> bool:
    """Return whether an idle connection is unusable: closed by the server, or with unexpected data."""
    if connection is None:
        return False
    try:
        return is_readable(connection, 0)
    except (OSError, ValueError):
        return True


def is_readable(connection: socket.socket, seconds: float) -> bool:
    """Return whether there is something to read from a connection, or its end, within so many seconds."""
    if not hasattr(select, "poll"):  # on Windows
        return bool(select.select([connection], [], [], seconds)[0])
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
