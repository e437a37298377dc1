"""Who may use the control API: programs on this machine, and whoever has the token."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ..http.connections import is_loopback
from ..settings import Settings
from .requests import ADMIN

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_OPEN: Final = (f"/{ADMIN}/health", f"/{ADMIN}/version")


class Gate:
    """Refuses web pages from elsewhere, and strangers.

    A page that a browser has loaded from somewhere else gives itself away by its Origin; one that has its own
    name resolve to this machine, by the Host. Where the server listens to other machines, or a request comes
    from one, the token is asked for.
    """

    def __init__(self, settings: Settings, token: str) -> None:
        self._is_local: Final = is_loopback(settings.host)
        self._token: Final = token

    def refusal(self, environ: WSGIEnvironment) -> tuple[int, str] | None:
        """Return the status and the reason with which a request is refused; None if it is not."""
        host = environ.get("HTTP_HOST", "")
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and _host_of(origin) != host.lower():
            return 403, f"the origin {origin} may not use the control API"
        if environ["PATH_INFO"] in _OPEN and not self._is_local:
            return None
        if self._is_local and not is_loopback(_name(host)):
            return 403, f"the host {host} is not this machine: use 127.0.0.1 or localhost"
        if environ["PATH_INFO"] in _OPEN or self._is_trusted(environ):
            return None
        return 401, "the control API asks for a bearer token: what was printed, or TILEDESK_MOCK_ADMIN_TOKEN"

    def _is_trusted(self, environ: WSGIEnvironment) -> bool:
        if self._is_local and is_loopback(environ.get("REMOTE_ADDR", "")):
            return True
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        given = token.strip().encode("latin-1")
        return scheme.lower() == "bearer" and hmac.compare_digest(given, self._token.encode())


def _host_of(origin: str) -> str | None:
    """Return the host and port of an Origin header; None for what is no address."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _name(host: str) -> str:
    """Return a Host header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
