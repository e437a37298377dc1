"""Parse the head of a request into a WSGI environ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_to_bytes

Environ = dict[str, Any]

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ORIGIN: Final = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_DIGITS: Final = re.compile(r"[0-9]{1,18}")
UNDERSCORE_HEADERS: Final = "tiledesk_mock.underscored"
"""Environ key of the header fields with an underscore in their name, by lower-case name."""

_SINGLE_VALUED: Final = frozenset(
    {
        "HTTP_HOST",
        "HTTP_AUTHORIZATION",
        "CONTENT_TYPE",
        "HTTP_USER_AGENT",
        "HTTP_REFERER",
        "HTTP_IF_MODIFIED_SINCE",
    }
)
"""Fields of which Node takes the first value. Other repeated fields are joined."""

COMMON_ENVIRON: Final[Environ] = {
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "tiledesk-mock",
}
"""The items of a WSGI environ that are the same for all requests."""

_UNPREFIXED: Final = ("CONTENT_TYPE", "CONTENT_LENGTH")


@dataclass(eq=False, repr=False)
class RequestRejected(Exception):
    """A request that cannot be read: the `status` and the text of the response."""

    status: str
    reason: str


def bad_request(reason: str) -> RequestRejected:
    """Return a rejection with status 400."""
    return RequestRejected("400 Bad Request", reason)


def parse_head(head: bytes) -> Environ:
    """Parse request line and header fields (`head`, without the blank line) into items of a WSGI environ.

    `RAW_URI` and `REQUEST_URI` are path and query, undecoded. Raises RequestRejected if the head is malformed
    or ambiguous.
    """
    request_line, *lines = head.decode("latin-1").split("\r\n")
    if any(sign in line for line in (request_line, *lines) for sign in "\r\n\0"):
        raise bad_request("a line of the head ends in something else than CR LF, or holds a NUL")
    environ = _parse_request_line(request_line)
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name):
            raise bad_request("a header field is not NAME: VALUE")
        add_header(environ, name, value.strip(" \t"))
    _check_framing(environ)
    return environ


def wants_keep_alive(environ: Environ) -> bool:
    """Return whether the client keeps the connection open for another request."""
    options = environ.get("HTTP_CONNECTION", "").lower()
    return "close" not in options if environ["SERVER_PROTOCOL"] == "HTTP/1.1" else "keep-alive" in options


def _parse_request_line(line: str) -> Environ:
    words = line.split(" ")
    if len(words) != 3 or not _TOKEN.fullmatch(words[0]):
        raise bad_request("the first line is not METHOD /PATH HTTP/1.1")
    method, target, version = words
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise RequestRejected("505 HTTP Version Not Supported", "HTTP/1.1 and HTTP/1.0 are spoken here")
    environ: Environ = {"REQUEST_METHOD": method, "SERVER_PROTOCOL": version}
    uri = _parse_target(environ, target).partition("#")[0]  # some clients send a fragment, and Node drops it
    add_target(environ, uri)
    return environ


def add_target(environ: Environ, target: str) -> None:
    """Add path and query, which are undecoded, to a WSGI environ."""
    path, _, query = target.partition("?")
    environ["RAW_URI"] = environ["REQUEST_URI"] = target
    environ["QUERY_STRING"] = query
    # WSGI has the bytes of the path decoded as Latin-1, whatever their encoding.
    environ["PATH_INFO"] = unquote_to_bytes(path.encode("latin-1")).decode("latin-1") if "%" in path else path


def _parse_target(environ: Environ, target: str) -> str:
    """Return path and query. An absolute URL, as proxies get it, sets the host, too."""
    if target.startswith("/") or (target == "*" and environ["REQUEST_METHOD"] == "OPTIONS"):
        return target
    origin = _ORIGIN.match(target)
    if origin is None:
        raise bad_request("the target of the request is neither a path nor an http address")
    environ["HTTP_HOST"] = origin[1]
    rest = target[origin.end() :]
    return rest if rest.startswith("/") else f"/{rest}"


def add_header(environ: Environ, name: str, value: str) -> None:
    """Add a header field to a WSGI environ. Of repeated fields, it has the first or a list, as Node has."""
    if "_" in name:  # as a WSGI key, X_Token would be the same as X-Token
        environ.setdefault(UNDERSCORE_HEADERS, {}).setdefault(name.lower(), value)
        return
    key = name.upper().replace("-", "_")
    if key not in _UNPREFIXED:
        key = f"HTTP_{key}"
    if key not in environ:
        environ[key] = value
    elif key not in _SINGLE_VALUED:
        environ[key] = f"{environ[key]}{';' if key == 'HTTP_COOKIE' else ','} {value}"


def _check_framing(environ: Environ) -> None:
    """Reject a head with an ambiguous length of the body, or without a host."""
    length, coding = environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING")
    if length is not None and (coding is not None or not _DIGITS.fullmatch(length)):
        raise bad_request("Content-Length is not one number, or stands beside Transfer-Encoding")
    if coding is not None and coding.lower() != "chunked":
        raise RequestRejected("501 Not Implemented", "of transfer codings, only chunked is read here")
    if environ["SERVER_PROTOCOL"] == "HTTP/1.1" and "HTTP_HOST" not in environ:
        raise bad_request("HTTP/1.1 asks for a Host field")
