"""gevent and eventlet, which replace threads, sockets and `select` by greenlets of one thread."""

from __future__ import annotations

import select
import socket
import threading
from typing import Any, Final

from ..errors import SetupError

_LIBRARIES: Final = ("gevent", "eventlet")


def has_green_sockets() -> bool:
    """Return whether sockets are those of gevent or eventlet now: they may patch after this import."""
    return _library(socket.socket) is not None


def check_patches() -> None:
    """Raise SetupError if the patches of gevent or eventlet leave a server unable to respond.

    A greenlet that waits in an unpatched function blocks all others, its client included. A socket of gevent
    works only in the thread that made it.
    """
    threads, sockets = _library(threading.get_ident), _library(socket.socket)
    if threads and not (sockets and _library(select.select)):
        raise SetupError(
            f"{threads} has patched threads, but not sockets or select: a server in this process would block "
            "its clients. Patch all of them, or none"
        )
    if sockets == "gevent" and not threads:
        raise SetupError(
            "gevent has patched sockets, but not threads: its sockets cannot be used in several threads. "
            "Patch both, or none"
        )


def _library(replaceable: Any) -> str | None:
    """Return the name of the library that has replaced a function or class; None for the original."""
    library: str = replaceable.__module__.partition(".")[0]
    return library if library in _LIBRARIES else None
