"""Targets as the real server reads them: where a request goes, and what of the URL it carries."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import asdict, replace

from ..http.connections import is_local
from ..node.legacy_url import InvalidUrl, Url, parse_legacy_url
from ..tiledesk.wire import Document
from .failures import DeliveryError, connect_message

_DEFAULT_PORTS: Final = {"http:": 80, "https:": 443}
_UNESCAPED: Final = re.compile("[^!-\xff]")
_LARGEST_PORT: Final = 65535
_MOST_DIGITS: Final = len(str(_LARGEST_PORT))
_UNIX: Final = "unix"


class Destination(Struct, frozen=True):
    """Where a request goes: the address, and what it says of it in its head.

    `uri` is the URL as the history shows it.
    """

    host: str
    port: int
    is_tls: bool
    host_header: str
    authorization: str | None
    path: str
    uri: Document

    @property
    def origin(self) -> tuple[bool, str, int]:
        """Return what a connection that is kept has to have in common with this."""
        return self.is_tls, self.host, self.port


def parsing_error(target: str) -> str | None:
    """Return the error that Node throws for a target, or None: then it can be attempted."""
    try:
        parse_legacy_url(target)
    except InvalidUrl as error:
        return str(error)
    return None


def stays_local(target: str) -> bool:
    """Return whether an attempt never leaves this machine: for its address, or because it has none."""
    try:
        return is_local(destination_of(target).host)
    except DeliveryError:
        return True


@lru_cache(maxsize=256)
def destination_of(target: str) -> Destination:
    """Return the destination of a target; raise DeliveryError if the real server cannot send to it."""
    try:
        url = parse_legacy_url(target)
    except InvalidUrl as error:
        raise DeliveryError(str(error)) from None
    _check_url(url)
    host, path = url.hostname or "localhost", url.path or "/"
    if _UNESCAPED.search(path):
        raise DeliveryError(
            "TypeError [ERR_UNESCAPED_CHARACTERS]: Request path contains unescaped characters"
        )
    return Destination(
        host=host,
        port=_port(url),
        is_tls=url.protocol == "https:",
        host_header=_host_header(url),
        authorization=_authorization(url.auth) if url.auth else None,
        path=path,
        uri=_uri_document(url),
    )


def _check_url(url: Url) -> None:
    """Raise DeliveryError for what the real server refuses before it connects."""
    if url.protocol == "unix:":
        raise DeliveryError(
            "Error: `unix://` URL scheme is no longer supported. "
            "Please use the format `http://unix:SOCKET:PATH`"
        )
    if not url.host:
        raise DeliveryError(f'Error: Invalid URI "{_with_path(url).format()}"')
    if url.host == _UNIX:  # the real server would connect to a file; here there is never one
        raise DeliveryError(f"Error: {connect_message('ENOENT', (url.path or '/').partition(':')[0], 0)}")
    if url.protocol not in _DEFAULT_PORTS:
        raise DeliveryError(f"Error: Invalid protocol: {url.protocol}")


def _port(url: Url) -> int:
    if url.port is None:
        return _DEFAULT_PORTS[url.protocol or ""]
    digits = url.port.lstrip("0") or "0"  # Python refuses to read thousands of digits
    if len(digits) > _MOST_DIGITS or int(digits) > _LARGEST_PORT:
        raise DeliveryError(
            "RangeError [ERR_SOCKET_BAD_PORT]: Port should be >= 0 and < 65536. "
            f"Received type string ('{url.port}')."
        )
    return int(digits)


def _host_header(url: Url) -> str:
    is_default = url.port is not None and url.port == str(_DEFAULT_PORTS[url.protocol or ""])
    return (url.hostname if is_default else url.host) or ""


def _authorization(auth: str) -> str:
    """Return the header for a URL's credentials, which the real server decodes once more."""
    credentials = ":".join(map(unquote, auth.split(":"))) if "%" in auth else auth
    credentials = credentials if ":" in credentials else f"{credentials}:"
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


def _with_path(url: Url) -> Url:
    return replace(url, pathname=url.pathname or "/")


def _uri_document(url: Url) -> Document:
    port = _DEFAULT_PORTS[url.protocol or ""] if url.port is None else url.port
    return {**asdict(_with_path(url)), "port": port}
