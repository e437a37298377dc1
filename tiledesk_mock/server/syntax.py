"""The syntax of requests that Node's HTTP parser accepts.

Each `is_..._beginning` returns whether bytes may become complete with more bytes behind them: Node refuses a
request at the first wrong byte, without waiting for its end.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from ..http.paths import METHODS

HEAD_LIMIT: Final = 16 * 1024
"""Bytes of target, names and values from which on a head, or a trailer, is too large; Node's limit."""

_VERSIONS: Final = ("HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0")

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]"  # noqa: S105  (no password)
_TEXT: Final = r"[\t\x20-\x7e\x80-\xff]"
_FIELD: Final = rf"{_TOKEN}+:{_TEXT}*"
_PATH: Final = r"[!\"$-~]*(?:#[!-~]*)?"
_SERVER: Final = r"(?:[\w.~!'()*%;:&=+$,\[\]-]|@(?!@))*"
_TARGET: Final = rf"[/*]{_PATH}|[A-Za-z]+://{_SERVER}(?:[/?]{_PATH})?|(?<=CONNECT )[!-~]+"
_VERSION: Final = "|".join(re.escape(version) for version in _VERSIONS)
_REQUEST_LINE: Final = rf"([A-Z-]+) +({_TARGET})(?: +({_VERSION}))?"

_TARGET_BEGINNING: Final = r"(?:[/*][!-~]*\r?|[A-Za-z]+(?::(?:/(?:/[!-~]*\r?)?)?)?)?"
_FIELD_BEGINNING: Final = rf"{_TOKEN}+(?::{_TEXT}*\r?)?|\r?"
_FRAMING_BEFORE_TAB: Final = r"(?i)\r\n(?:content-length|transfer-encoding):[^\r]*\t *(?:\r|\Z)"

_QUOTED: Final = rf'"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\{_TEXT})*"'
_EXTENSION: Final = rf";{_TOKEN}*(?:={_TOKEN}*(?:{_QUOTED})?)?"
_CHUNK_LINE: Final = rf"0*([0-9A-Fa-f]{{1,16}})((?:{_EXTENSION})*)(?<!;)".encode()
_CHUNK_LINE_BEGINNING: Final = rf"(?:[0-9A-Fa-f]+(?:;{_TEXT}*)?\r?)?".encode()


def match_head(head: str) -> re.Match[str] | None:
    """Match a head without its blank line; the groups are method, target, and version, which may be None."""
    match = _head_pattern().fullmatch(head)
    if match is None or match[1] not in METHODS:
        return None
    # Node takes a tab behind these values for a part of them.
    return None if "\t" in head and re.search(_FRAMING_BEFORE_TAB, head) else match


def head_fault(head: bytes) -> str:
    """Return what is wrong with a head, complete or not, without what may be secret in it."""
    if head.startswith(b"\x16\x03"):
        return "this is TLS: the address begins with http://, without s"
    request_line, *lines = head.decode("latin-1").split("\r\n")
    method, blank, _ = request_line.partition(" ")
    if blank and method.isalpha() and method not in METHODS:
        return f"{method[:20]} is no method that Node knows"
    if not re.fullmatch(_REQUEST_LINE, request_line, re.ASCII):
        return "the request line is not METHOD /PATH HTTP/1.1 in ASCII, with CR LF behind it"
    malformed = (line for line in lines if not re.fullmatch(_FIELD, line))
    name = re.match(rf"{_TOKEN}{{1,40}}:", next(malformed, ""))
    where = f"the field {name[0][:-1]}" if name else "a field"
    return f"{where} is not NAME: VALUE without control characters, with CR LF behind it"


def is_head_beginning(head: bytes) -> bool:
    """Return whether bytes without a blank line can become a head."""
    complete, end, last = head.decode("latin-1").rpartition("\r\n")
    if not end:
        return _is_request_line_beginning(last)
    return match_head(complete) is not None and re.fullmatch(_FIELD_BEGINNING, last) is not None


def is_head_too_large(head: bytes) -> bool:
    """Return whether a complete head exceeds the limit.

    Node counts neither the separators nor the blanks before values.
    """
    if len(head) < HEAD_LIMIT:
        return False
    request_line, *lines = head.split(b"\r\n")
    target = request_line.split(b" ")[1]
    return len(target) + sum(map(field_size, lines)) >= HEAD_LIMIT


def field_size(line: bytes) -> int:
    """Return the size of a field as Node counts it."""
    name, _, value = line.partition(b":")
    return len(name) + len(value.lstrip(b" \t"))


def is_field(line: bytes) -> bool:
    """Return whether a line is a field of a trailer; one that says where the body ends is not."""
    is_framing = line[:18].lower().startswith((b"content-length:", b"transfer-encoding:"))
    return re.fullmatch(_FIELD, line.decode("latin-1")) is not None and not is_framing


def is_field_beginning(line: bytes) -> bool:
    """Return whether bytes can become a field, or the empty line after the last one."""
    return re.fullmatch(_FIELD_BEGINNING, line.decode("latin-1")) is not None


def parse_chunk_line(line: bytes) -> tuple[int, bytes] | None:
    """Return the size of a chunk and its extensions; None if the line is malformed."""
    match = re.fullmatch(_CHUNK_LINE, line)
    return (int(match[1], 16), match[2]) if match else None


def is_chunk_line_beginning(line: bytes) -> bool:
    """Return whether bytes can become the line before a chunk."""
    return re.fullmatch(_CHUNK_LINE_BEGINNING, line) is not None


@cache
def _head_pattern() -> re.Pattern[str]:
    """Return the pattern of a head. Like all patterns here it is compiled on first use: that takes 1 ms."""
    return re.compile(rf"{_REQUEST_LINE}(?:\r\n{_FIELD})*", re.ASCII)


def _is_request_line_beginning(line: str) -> bool:
    method, blank, rest = line.partition(" ")
    if not blank:
        return any(name.startswith(method) for name in METHODS)
    target, blank, version = rest.lstrip(" ").partition(" ")
    if method not in METHODS or not re.fullmatch(_TARGET_BEGINNING, target):
        return False
    version = version.lstrip(" ").removesuffix("\r")
    return not blank or any(one.startswith(version) for one in _VERSIONS)
