"""Cassettes and their entries: recorded requests with their responses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from fnmatch import fnmatch
from types import MappingProxyType
from typing import Final
from urllib.parse import urlunsplit

from msgspec import Struct, field

from ..errors import CassetteError
from ..http.connections import shown_url, split_http_url
from ..http.encodings import UNPACKED_LIMIT
from ..http.exchange import BODILESS_STATUSES, HOP_BY_HOP, RecordedRequest, RecordedResponse
from ..http.paths import without_prefix
from ..node.convert import ConversionError
from ..node.json import Json
from ..redaction.masking import masked_target
from ..tiledesk.clock import parse_time

FRAMING: Final = HOP_BY_HOP | {"content-encoding", "content-length", "date"}
"""Headers that belong to one transfer of a response, and are made anew for another."""

_UNPACKED_LIMIT: Final = 4 * UNPACKED_LIMIT
"""Bytes of all the compressed bodies of one file, decompressed."""


class Entry(Struct, frozen=True):
    """A request and its response.

    `origin` is scheme and host of the server, `started` an ISO time or empty, `location` the entry's name in
    messages. `sender` has the claims of the request's token that are not secret: `_id`, `sub`, `aud`.
    """

    request: RecordedRequest
    response: RecordedResponse
    origin: str = "http://localhost"
    started: str = ""
    milliseconds: float = 0.0
    location: str = ""
    sender: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def url(self) -> str:
        """Return the URL of the request."""
        return self.origin + self.request.target

    def __str__(self) -> str:
        return f"{self.location or 'entry'}, {self.request.method} {masked_target(self.request.target)}"


class Cassette(Struct, frozen=True):
    """The entries of one or several files, in the order of their recording."""

    source: str
    entries: tuple[Entry, ...] = ()


class Selection(Struct, frozen=True):
    """Which entries of a cassette are used: those of these hosts and under these paths, or of any if empty.

    Hosts and paths are shell patterns (`*.tiledesk.com`, `/auth/*`). A path without a star matches what
    begins with it. Prefixes like `/v3` may be left out.
    """

    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def matches(self, url: str) -> bool:
        """Return whether an entry with this URL is used."""
        parts = split_http_url(url)
        if parts is None:
            return not self.hosts and not self.paths
        host, path = parts.netloc.rpartition("@")[2].lower(), parts.path or "/"
        bare = host.partition(":")[0]
        by_host = any(fnmatch(name, pattern.lower()) for pattern in self.hosts for name in (host, bare))
        by_path = any(_under(name, self.paths) for name in (path, without_prefix(path)))
        return (by_host or not self.hosts) and (by_path or not self.paths)

    def excludes(self, item: Json, key: str) -> bool:
        """Return whether a parsed entry has a URL, at `key` of its request, that does not match."""
        request = item.get("request") if isinstance(item, dict) else None
        url = request.get(key) if isinstance(request, dict) else None
        return isinstance(url, str) and not self.matches(url)


def sendable(response: RecordedResponse) -> RecordedResponse:
    """Return a response without the headers of its first transfer, and with the length of its body."""
    headers = [(name, value) for name, value in response.headers if name.lower() not in FRAMING]
    if response.status not in BODILESS_STATUSES and response.status >= 200:
        headers.append(("Content-Length", str(len(response.body))))
    return replace(response, headers=tuple(headers))


def within_limit(entries: Iterable[Entry], file: str) -> Iterator[Entry]:
    """Yield the entries of a file; raise CassetteError if too much was compressed in it."""
    size = 0
    for entry in entries:
        if entry.response.header("Content-Encoding") is not None:
            size += len(entry.response.body)
        if size > _UNPACKED_LIMIT:
            expected = f"expected at most {_UNPACKED_LIMIT:,} bytes in all compressed bodies: split the file"
            raise CassetteError(file, entry.location.rpartition(" ")[2], expected)
        yield entry


@contextmanager
def located(file: str, path: str = "") -> Iterator[None]:
    """Raise ConversionErrors of what is at `path` of a file as CassetteErrors, with file and whole path."""
    try:
        yield
    except ConversionError as error:
        whole = ".".join(part for part in (path, error.path) if part)
        raise CassetteError(file, whole, error.problem) from error


def origin_and_target(url: str, path: str) -> tuple[str, str]:
    """Return scheme and host of a URL, and the rest; raise ConversionError at `path` if it is incomplete."""
    parts = split_http_url(url)
    if parts is None:
        raise ConversionError(path, f"expected a whole URL, not {shown_url(url)!r}")
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    host = parts.netloc.rpartition("@")[2]
    # A path that begins with two slashes would be written like a host.
    return f"{parts.scheme}://{host}", target if target.startswith("/") else f"/{target}"


def _under(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(path, pattern) if "*" in pattern else path.startswith(pattern) for pattern in patterns)


def recorded_time(text: object) -> datetime | None:
    """Return an ISO time, which is in UTC without an offset; None for any other text."""
    try:
        found = parse_time(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
