"""Which web pages may send requests: by the headers Origin and Host, which browsers set.

A page cannot change them. Other clients send no Origin, and may send any; what keeps them out is the address
that the server listens on.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ..http.connections import is_loopback

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_log: Final = logging.getLogger("tiledesk_mock")


def page_refusal(environ: WSGIEnvironment, origins: Sequence[str], *, is_local: bool) -> str | None:
    """Return why a request is refused, where only pages of these `origins` may send any; None if it passes.

    A request without an Origin passes if its Host may be meant: a page whose own name has been made to
    resolve to this machine (DNS rebinding) sends that name. Where the server listens to other machines (is
    not `is_local`), it may have any name. No page sends a request that is intercepted.
    """
    origin, host = environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST", "").lower()
    if origin is not None and origin.lower() not in origins:
        return _refused(f"the origin {origin} is none of {', '.join(origins)} (see the setting origin)")
    if not is_local or "REMOTE_PORT" not in environ or is_loopback(without_port(host)):
        return None
    if host in map(origin_host, origins):
        return None
    return _refused(f"the host {host} is not this machine: use 127.0.0.1 (see the setting origin)")


def _refused(reason: str) -> str:
    _log.warning("refused: %s", reason)
    return reason


def origin_host(origin: str) -> str | None:
    """Return the host and port of an Origin header; None if it is malformed."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def without_port(host: str) -> str:
    """Return a Host header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
