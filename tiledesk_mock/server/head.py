"""Parse the head of a request into a WSGI environ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from .syntax import HEAD_LIMIT, head_fault, is_head_too_large, match_head

Environ = dict[str, Any]

_TAB_BEHIND_OPTION: Final = r"(?i)(\r\n(?:proxy-)?connection:[^\r]*\t)(?= *(?:\r|\Z))"
"""What makes the last option of Connection unknown to Node; the blanks around a value are dropped."""

_LARGEST_LENGTH: Final = 2**64 - 1
_CONTINUE: Final = r"(?ai)(?<!\w)100-continue(?!\w)"

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
    """A request that cannot be read: the `status` of the response, and the reason, for the log."""

    status: str
    reason: str


def bad_request(reason: str) -> RequestRejected:
    """Return a rejection with status 400."""
    return RequestRejected("400 Bad Request", reason)


def head_too_large() -> RequestRejected:
    """Return a rejection with status 431."""
    reason = f"target and header fields have {HEAD_LIMIT} bytes or more"
    return RequestRejected("431 Request Header Fields Too Large", reason)


def parse_head(head: bytes) -> Environ:
    """Parse request line and header fields (`head`, without the blank line) into items of a WSGI environ.

    `RAW_URI` and `REQUEST_URI` are path and query, undecoded. Raises RequestRejected if the head is malformed
    or ambiguous.
    """
    text = head.decode("latin-1")
    match = match_head(text)
    if match is None:
        raise bad_request(head_fault(head))
    if is_head_too_large(head):
        raise head_too_large()
    method, target, version = match.groups()
    environ: Environ = {"REQUEST_METHOD": method, "SERVER_PROTOCOL": version or "HTTP/0.9"}
    if "\t" in text:
        text = re.sub(_TAB_BEHIND_OPTION, r"\1;", text)
    for line in text.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        add_header(environ, name, value.strip(" \t"))
    _check_framing(environ)
    if method != "CONNECT":
        # Some clients send a fragment, and Node drops it.
        add_target(environ, _parse_target(environ, target).partition("#")[0])
    return environ


def node_refusal(environ: Environ) -> str | None:
    """Return the status of the response that Node sends without asking the application, if it does."""
    if environ["SERVER_PROTOCOL"] != "HTTP/1.1":
        return None
    if "HTTP_HOST" not in environ:
        return "400 Bad Request"
    if "HTTP_EXPECT" in environ and not expects_continue(environ):
        return "417 Expectation Failed"
    return None


def expects_continue(environ: Environ) -> bool:
    """Return whether the client waits for a response before it sends its body."""
    expected = environ.get("HTTP_EXPECT")
    if not expected or environ["SERVER_PROTOCOL"] != "HTTP/1.1":
        return False
    return re.search(_CONTINUE, expected) is not None


def add_target(environ: Environ, target: str) -> None:
    """Add path and query, which are undecoded, to a WSGI environ."""
    path, _, query = target.partition("?")
    environ["RAW_URI"] = environ["REQUEST_URI"] = target
    environ["QUERY_STRING"] = query
    # WSGI has the bytes of the path decoded as Latin-1, whatever their encoding.
    environ["PATH_INFO"] = unquote_to_bytes(path.encode("latin-1")).decode("latin-1") if "%" in path else path


def _parse_target(environ: Environ, target: str) -> str:
    """Return path and query. The host of an absolute URL, as proxies get it, replaces that of the header."""
    if target[0] in "/*":
        return target
    _, _, rest = target.partition("://")
    host = rest.partition("?")[0].partition("/")[0]
    if "HTTP_HOST" in environ:
        environ["HTTP_HOST"] = host
    path = rest[len(host) :]
    return path if path.startswith("/") else f"/{path}"


def add_header(environ: Environ, name: str, value: str) -> None:
    """Add a header field to a WSGI environ. Of repeated fields, it has the first or a list, as Node has."""
    if "_" in name:  # as a WSGI key, X_Token would be the same as X-Token
        environ.setdefault(UNDERSCORE_HEADERS, {}).setdefault(name.lower(), value)
        return
    key = _environ_key(name)
    if key not in environ:
        environ[key] = value
    elif key not in _SINGLE_VALUED:
        environ[key] = f"{environ[key]}{';' if key == 'HTTP_COOKIE' else ','} {value}"


@lru_cache(256)
def _environ_key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in _UNPREFIXED else f"HTTP_{key}"


def _check_framing(environ: Environ) -> None:
    """Reject a head with an ambiguous length of the body."""
    length, coding = environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING")
    if length is not None and (coding is not None or not _is_length(length)):
        raise bad_request("Content-Length is not one number, or stands beside Transfer-Encoding")


def _is_length(value: str) -> bool:
    digits = value.lstrip("0")[:21]  # more are too many, whatever they are
    return value.isascii() and value.isdigit() and int(digits or "0") <= _LARGEST_LENGTH


def ends_chunked(coding: str) -> bool:
    """Return whether the last of the transfer codings is chunked, and no other one is.

    Node looks at that after the head, when it may have sent 100 or 417.
    """
    # A list may not end in a comma, except for the one that joins an empty field to those before it.
    *others, last = (one.strip(" \t").lower() for one in coding.removesuffix(", ").split(","))
    return last == "chunked" and "chunked" not in others
