"""Who may use `/__admin`: the rules for Origin and Host, the token, and the cookie in its place."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from werkzeug.sansio.http import parse_cookie

from ..emulator import Emulator
from ..http.connections import is_loopback
from .origins import origin_host, without_port
from .requests import ADMIN

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

OPEN_PATHS: Final = (f"/{ADMIN}/health", f"/{ADMIN}/version")
"""Paths that need no token."""

_COOKIE_PURPOSE: Final = b"tiledesk-mock: the cookie of /__admin"


class Access:
    """The rules of one emulator for its control API and its page.

    Web pages from elsewhere are refused: a browser sends their Origin, or, if their own name resolves to this
    machine, their Host. The token is required where the server listens to other machines, and of requests
    from other machines. A browser sends a cookie in its place, which holds a MAC of the token.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._is_local: Final = is_loopback(emulator.settings.host)
        self._token: Final = emulator.admin_token.encode()
        self.cookie: Final = hmac.new(self._token, _COOKIE_PURPOSE, hashlib.sha256).hexdigest()

    def refusal(self, environ: WSGIEnvironment) -> tuple[int, str] | None:
        """Return the status and the reason with which a request is refused; None if it may pass."""
        is_open = environ["PATH_INFO"] in OPEN_PATHS
        if is_open and not self._is_local:
            return self._foreign_origin(environ)
        if refusal := self.page_refusal(environ):
            return refusal
        if is_open or not self.needs_token(environ):
            return None
        if self._has_token(environ) or self._has_cookie(environ):
            return None
        return 401, "the control API needs a bearer token: the printed one, or TILEDESK_MOCK_ADMIN_TOKEN"

    def page_refusal(self, environ: WSGIEnvironment) -> tuple[int, str] | None:
        """Return why a request is refused that a web page from elsewhere may have sent; None if it passes."""
        host = environ.get("HTTP_HOST", "")
        if refusal := self._foreign_origin(environ):
            return refusal
        if self._is_local and not is_loopback(without_port(host)):
            return 403, f"the host {host} is not this machine: use 127.0.0.1 or localhost"
        return None

    def needs_token(self, environ: WSGIEnvironment) -> bool:
        """Return whether a request needs the token or the cookie."""
        return not (self._is_local and is_loopback(environ.get("REMOTE_ADDR", "")))

    def is_token(self, text: bytes) -> bool:
        """Return whether it is the token, with or without space around it."""
        return hmac.compare_digest(text.strip(), self._token)

    def _foreign_origin(self, environ: WSGIEnvironment) -> tuple[int, str] | None:
        origin = environ.get("HTTP_ORIGIN")
        if origin is None or origin_host(origin) == environ.get("HTTP_HOST", "").lower():
            return None
        return 403, f"the origin {origin} may not use the control API"

    def _has_token(self, environ: WSGIEnvironment) -> bool:
        scheme, _, credentials = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        return scheme.lower() == "bearer" and self.is_token(credentials.encode("latin-1"))

    def _has_cookie(self, environ: WSGIEnvironment) -> bool:
        if "HTTP_COOKIE" not in environ:
            return False
        header = environ["HTTP_COOKIE"]  # not decoded: it may be no UTF-8
        values = parse_cookie(header).getlist(cookie_name(environ))
        return any(
            hmac.compare_digest(value.encode("utf-8", "replace"), self.cookie.encode()) for value in values
        )


def cookie_name(environ: WSGIEnvironment) -> str:
    """Return the name of the cookie: with the port that the browser sees, since cookies are for all ports."""
    host = environ.get("HTTP_HOST", "")
    port = host.rpartition(":")[2]
    return f"tiledesk-mock-{port if port.isascii() and port.isdigit() else 'page'}"
