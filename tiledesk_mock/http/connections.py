"""Connections that are kept open between requests."""

from __future__ import annotations

import select
import socket


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
