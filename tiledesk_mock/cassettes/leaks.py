"""Cassettes looked through: for secrets, and for entries grown old."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from ..http.encodings import possible_texts
from ..http.exchange import Headers, first_header
from ..node.json_text import is_json, scalars
from ..redaction.redactor import DEFAULT_REDACTION, Redaction, Redactor
from ..redaction.secrets import COOKIE_HEADERS, CREDENTIAL_HEADERS, EMAIL, JWT, PLACEHOLDER
from .cassette import Entry
from .files import read_cassette
from .findings import ScanFinding
from .moments import moment

_BASIC: Final = re.compile(r"\bBasic\s+([A-Za-z0-9+/]{8,}={0,2})")
_RANDOM: Final = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{20,200}={0,2}(?![A-Za-z0-9+/_=-])")
_RANDOM_ENOUGH: Final = 4.0
"""Bits per character from which on a long word with digits and both cases is no word."""

_SHOWN: Final = 6
"""How much of a secret a finding shows."""

_UNTOLD_HEADERS: Final = (
    CREDENTIAL_HEADERS
    | COOKIE_HEADERS
    | {"etag", "if-none-match", "sec-websocket-key", "sec-websocket-accept", "user-agent", "sec-ch-ua"}
)
"""Header fields that hold what looks random and is no secret, or was redacted already."""


def find_secrets(path: Path, redaction: Redaction = DEFAULT_REDACTION) -> Iterator[ScanFinding]:
    """Yield what a recording would have redacted, and what looks like a secret besides.

    Raises CassetteError for a file that is no cassette.
    """
    scan = _Scan(str(path), redaction)
    for entry in read_cassette(path).entries:
        yield from scan.entry(entry)
    yield from scan.rest(path.read_text(encoding="utf-8", errors="replace"))


def find_old_entries(path: Path, days: float, now: datetime) -> Iterator[ScanFinding]:
    """Yield entries that are older than so many days; without a time of their own the file's counts."""
    written = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    for entry in read_cassette(path).entries:
        started = moment(entry.started) or written
        if now - started > timedelta(days=days):
            shown = f"{entry.request.method} {entry.request.path}"
            yield ScanFinding(str(path), "old", _name(entry), f"{shown}, of {started:%Y-%m-%d}")


class _Scan:
    """Looks through one cassette; what it finds several times it tells in each place."""

    def __init__(self, file: str, redaction: Redaction) -> None:
        self._file: Final = file
        self._redactor: Final = Redactor(redaction)
        self._seen: Final[set[str]] = set()

    def entry(self, entry: Entry) -> Iterator[ScanFinding]:
        request, answer, name = entry.request, entry.response, _name(entry)
        yield from self._told(
            f"{name} request.url", entry.url, entry.origin + self._redactor.target(request.target)
        )
        for part, message in (("request", request), ("response", answer)):
            yield from self._headers(f"{name} {part}", message.headers)
            yield from self._body(f"{name} {part} body", message.headers, message.body)

    def rest(self, text: str) -> Iterator[ScanFinding]:
        """Yield what stands in the file beside the requests and answers: in comments, cookies, titles."""
        for number, line in enumerate(text.splitlines(), 1):
            for kind, pattern in (("jwt", JWT), ("basic", _BASIC), ("e-mail", EMAIL)):
                for match in pattern.finditer(line):
                    if match[0] not in self._seen and not _is_redacted(match[0]):
                        yield self._found(kind, f"line {number}", match[0])

    def _headers(self, place: str, headers: Headers) -> Iterator[ScanFinding]:
        for name, value in headers:
            where = f"{place} header {name}"
            after = self._redactor.header(name, value)
            yield from self._told(where, value, after)
            if after == value and name.lower() not in _UNTOLD_HEADERS:
                yield from self._random(where, value)

    def _body(self, place: str, headers: Headers, body: bytes) -> Iterator[ScanFinding]:
        text, _ = possible_texts(body, first_header(headers, "Content-Type"))[0]
        if not is_json(text):
            yield from self._told(place, text, self._redactor.body(headers, text.encode()).decode())
            return
        for at, value in scalars(text):
            where = f"{place} {'.'.join(map(str, at))}"
            after = self._redactor.value(at, value)
            yield from self._told(where, str(value), str(after))
            if after == value and isinstance(value, str):
                yield from self._random(where, value)

    def _told(self, place: str, before: str, after: str) -> Iterator[ScanFinding]:
        if before == after:
            return
        was = Counter(match[0] for match in PLACEHOLDER.finditer(before))
        new = Counter(match[0] for match in PLACEHOLDER.finditer(after)) - was
        for pattern in (JWT, EMAIL, _BASIC):
            self._seen.update(match[0] for match in pattern.finditer(before))
        for placeholder in new or ["REDACTED-credentials-0"]:
            kind = "e-mail" if placeholder.startswith("person") else placeholder.split("-")[1]
            yield self._found(kind, place, before)

    def _random(self, place: str, value: str) -> Iterator[ScanFinding]:
        for match in _RANDOM.finditer(value):
            if _is_random(match[0]):
                yield self._found("random", place, match[0])

    def _found(self, kind: str, place: str, secret: str) -> ScanFinding:
        self._seen.add(secret)
        shown = secret if len(secret) <= _SHOWN else f"{secret[:_SHOWN]}... ({len(secret)} characters)"
        return ScanFinding(self._file, kind, place, shown)


def _is_random(word: str) -> bool:
    classes = [any(test(letter) for letter in word) for test in (str.isdigit, str.islower, str.isupper)]
    if not all(classes) or PLACEHOLDER.search(word):
        return False
    counts = Counter(word).values()
    bits = -sum(count / len(word) * math.log2(count / len(word)) for count in counts)
    return bits >= _RANDOM_ENOUGH


def _is_redacted(found: str) -> bool:
    if PLACEHOLDER.search(found) or found.endswith("@redacted.example"):
        return True
    return found.startswith("Basic") and Redactor().header("authorization", found) == found


def _name(entry: Entry) -> str:
    return entry.place.rpartition(" ")[2]
