"""The head of a request, from its bytes to a WSGI environ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_to_bytes

Environ = dict[str, Any]

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ORIGIN: Final = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_DIGITS: Final = re.compile(r"[0-9]{1,18}")
_VERSIONS: Final = ("HTTP/1.1", "HTTP/1.0")
UNDERSCORE_HEADERS: Final = "tiledesk_mock.underscored"
"""Where the environ keeps the fields with an underscore in their name, which is in lower case."""

_FIRST_STANDS: Final = frozenset(
    {
        "HTTP_HOST",
        "HTTP_AUTHORIZATION",
        "CONTENT_TYPE",
        "HTTP_USER_AGENT",
        "HTTP_REFERER",
        "HTTP_IF_MODIFIED_SINCE",
    }
)
"""Fields that are no lists: of several, Node takes the first. A host may be in the request line, too."""

_WITHOUT_PREFIX: Final = ("CONTENT_TYPE", "CONTENT_LENGTH")


@dataclass(eq=False, repr=False)
class RequestRejected(Exception):
    """A request that is no HTTP: the `status` line and the sentence that it is answered with."""

    status: str
    reason: str


def bad_request(reason: str) -> RequestRejected:
    """Return the refusal of what cannot be read."""
    return RequestRejected("400 Bad Request", reason)


def read_head(head: bytes) -> Environ:
    """Read request line and header fields (`head`, without the blank line) as the entries of a WSGI environ.

    `RAW_URI` and `REQUEST_URI` are path and query as they came, escapes included. Raises Refused for what
    breaks HTTP's grammar, and for what two readers could read in two ways.
    """
    request_line, *lines = head.decode("latin-1").split("\r\n")
    if any(sign in line for line in (request_line, *lines) for sign in "\r\n\0"):
        raise bad_request("a line of the head ends in something else than CR LF, or holds a NUL")
    environ = _read_request_line(request_line)
    for line in lines:
        _add_field(environ, line)
    _check_framing(environ)
    return environ


def server_environ(host: str, port: int) -> Environ:
    """Return the entries of a WSGI environ that are the same for all requests to one server."""
    return {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "SCRIPT_NAME": "",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_SOFTWARE": "tiledesk-mock",
    }


def wants_keep_alive(environ: Environ) -> bool:
    """Tell whether the client wants to use its connection again."""
    options = environ.get("HTTP_CONNECTION", "").lower()
    if environ["SERVER_PROTOCOL"] == "HTTP/1.1":
        return "close" not in options
    return "keep-alive" in options


def _read_request_line(line: str) -> Environ:
    words = line.split(" ")
    if len(words) != 3 or not _TOKEN.fullmatch(words[0]):
        raise bad_request("the first line is not METHOD /PATH HTTP/1.1")
    method, target, version = words
    if version not in _VERSIONS:
        raise RequestRejected("505 HTTP Version Not Supported", "HTTP/1.1 and HTTP/1.0 are spoken here")
    environ: Environ = {"REQUEST_METHOD": method, "SERVER_PROTOCOL": version}
    uri = _read_target(environ, target).partition("#")[0]  # some clients send it, and Node drops it
    path, _, query = uri.partition("?")
    environ["RAW_URI"] = environ["REQUEST_URI"] = uri
    environ["QUERY_STRING"] = query
    # WSGI wants the bytes of the path as if they were Latin-1, whatever they are.
    environ["PATH_INFO"] = unquote_to_bytes(path.encode("latin-1")).decode("latin-1") if "%" in path else path
    return environ


def _read_target(environ: Environ, target: str) -> str:
    """Return path and query. A whole address, which proxies are sent, gives the host as well."""
    if target.startswith("/") or (target == "*" and environ["REQUEST_METHOD"] == "OPTIONS"):
        return target
    origin = _ORIGIN.match(target)
    if origin is None:
        raise bad_request("the target of the request is neither a path nor an http address")
    environ["HTTP_HOST"] = origin[1]
    rest = target[origin.end() :]
    return rest if rest.startswith("/") else f"/{rest}"


def _add_field(environ: Environ, line: str) -> None:
    name, colon, value = line.partition(":")
    if not colon or not _TOKEN.fullmatch(name):
        raise bad_request("a header field is not NAME: VALUE")
    add_header(environ, name, value.strip(" \t"))


def add_header(environ: Environ, name: str, value: str) -> None:
    """Put a header field into a WSGI environ as Node reads it: of several, a list or the first."""
    if "_" in name:  # among the environ's own keys, X_Token could not be told from X-Token
        environ.setdefault(UNDERSCORE_HEADERS, {}).setdefault(name.lower(), value)
        return
    key = name.upper().replace("-", "_")
    if key not in _WITHOUT_PREFIX:
        key = f"HTTP_{key}"
    if key not in environ:
        environ[key] = value
    elif key not in _FIRST_STANDS:
        environ[key] = f"{environ[key]}{';' if key == 'HTTP_COOKIE' else ','} {value}"


def _check_framing(environ: Environ) -> None:
    """Refuse a head that leaves open where its body ends, or for whom it is."""
    length, coding = environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING")
    if length is not None and (coding is not None or not _DIGITS.fullmatch(length)):
        raise bad_request("Content-Length is not one number, or stands beside Transfer-Encoding")
    if coding is not None and coding.lower() != "chunked":
        raise RequestRejected("501 Not Implemented", "of transfer codings, only chunked is read here")
    if environ["SERVER_PROTOCOL"] == "HTTP/1.1" and "HTTP_HOST" not in environ:
        raise bad_request("HTTP/1.1 asks for a Host field")
