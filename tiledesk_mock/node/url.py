"""The path of a URL as JavaScript's `new URL()` parses it, which accepts very odd URLs."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import unquote

_TRIMMED: Final = "".join(map(chr, range(0x21)))
_DROPPED: Final = re.compile("[\t\n\r]")
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SPECIAL: Final = frozenset({"http", "https", "ws", "wss", "ftp", "file"})
_FILE: Final = "file"

_AUTHORITY: Final = re.compile(r"(?:[^/]*@)?(\[[^/]*\]|[^/:]*)(?::([0-9]*))?\Z")
_FORBIDDEN: Final = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")
_NUMERIC: Final = re.compile(r"[0-9]+\Z|0[xX][0-9a-fA-F]*\Z")
_LARGEST_PORT: Final = 65535
_OPAQUE_HOST_FORBIDDEN: Final = re.compile(r"[\x00\t\n\r #/<>?@\[\\\]^|]")

_CURRENT: Final = (".", "%2e")
_PARENT: Final = ("..", ".%2e", "%2e.", "%2e%2e")


def url_path(text: str) -> str:
    """Return the path of an absolute URL, "" without a path; raise ValueError if the text is not a URL."""
    text = _DROPPED.sub("", text.strip(_TRIMMED))
    match = _SCHEME.match(text)
    if match is None:
        raise ValueError(f"{text!r} has no scheme")
    scheme, rest = match[1].lower(), re.split("[?#]", text[match.end() :], maxsplit=1)[0]
    if scheme in _SPECIAL:
        return _special_path(scheme, rest.replace("\\", "/"))
    if not rest.startswith("//"):
        return _normalized(rest) if rest.startswith("/") else rest
    host, path = _split_host(rest[2:])
    if not host.startswith("[") and _OPAQUE_HOST_FORBIDDEN.search(host):
        raise ValueError(f"{host!r} is not a host")
    return _normalized(path) if path else ""


def _special_path(scheme: str, rest: str) -> str:
    if scheme == _FILE:
        return _normalized(_split_host(rest[2:])[1] if rest.startswith("//") else rest)
    host, path = _split_host(rest.lstrip("/"))
    _check_host(host)
    return _normalized(path)


def _split_host(rest: str) -> tuple[str, str]:
    """Return host and path; raise ValueError if host or port are malformed."""
    authority, slash, path = rest.partition("/")
    match = _AUTHORITY.match(authority)
    if match is None or int(match[2] or 0) > _LARGEST_PORT:
        raise ValueError(f"{authority!r} is not a host and port")
    return match[1], slash + path


def _check_host(host: str) -> None:
    if host.startswith("["):
        ipaddress.IPv6Address(host[1:-1])
        return
    name = unquote(host, errors="strict")
    if not name or _FORBIDDEN.search(name):
        raise ValueError(f"{host!r} is not a host")
    labels = name.removesuffix(".").split(".")
    if _NUMERIC.match(labels[-1]):
        _check_ipv4(labels)


def _check_ipv4(labels: list[str]) -> None:
    """Raise ValueError unless these are the parts of an IPv4 address, of which the last may be larger."""
    numbers = [_number(label) for label in labels]
    if len(numbers) > 4 or any(number > 255 for number in numbers[:-1]):
        raise ValueError("too many numbers, or too large ones")
    if numbers[-1] >= 256 ** (5 - len(numbers)):
        raise ValueError("the last number is too large")


def _number(label: str) -> int:
    if label[:2].lower() == "0x":
        return int(label[2:] or "0", 16)
    return int(label, 8 if len(label) > 1 and label.startswith("0") else 10)


def _normalized(path: str) -> str:
    """Return a path with its dot segments resolved; it begins with a slash."""
    *inner, last = path.removeprefix("/").split("/")
    kept: list[str] = []
    for segment in (*inner, last):
        if segment.lower() in _PARENT:
            del kept[-1:]
        elif segment.lower() not in _CURRENT:
            kept.append(segment)
    if last.lower() in (*_CURRENT, *_PARENT):
        kept.append("")
    return "/" + "/".join(kept)
