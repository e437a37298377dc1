"""The listening socket, or one clear sentence why there is none."""

from __future__ import annotations

import errno
import socket
import sys
from typing import Final

from ..errors import PortInUse

_BACKLOG: Final = 1024


def listen(host: str, port: int) -> socket.socket:
    """Bind to `host` (a name or an address, IPv6 too) and `port` (0: a free one), and listen.

    Raises PortInUse with what is in the way.
    """
    if not 0 <= port <= 65535:
        raise PortInUse(f"{port} is no port: pass a --port from 0 (a free one) to 65535")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise PortInUse(f"{host} is not an address of this machine: pass another --host") from None
    listener = socket.socket(family, kind, protocol)
    listener.setblocking(True)  # whatever default timeout the tester has set
    try:
        if sys.platform != "win32":  # where it means something else
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortInUse(_why_not(host, port, error)) from error
    return listener


def _why_not(host: str, port: int, error: OSError) -> str:
    reason = error.errno
    if reason == errno.EADDRINUSE:
        return f"{host}:{port} is taken by another program: choose another port (0 takes a free one)"
    if reason in (errno.EACCES, errno.EPERM):
        return f"{host}:{port} may not be used by this account: pass a --port above 1023"
    if reason == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine: pass another --host"
    return f"{host}:{port} cannot be used ({error}): choose another port, or host"
