"""Checks of cassettes: for secrets, for old entries, and for cassettes that no test uses."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from msgspec import Struct

from ..http.encodings import possible_texts
from ..http.exchange import Headers, first_header
from ..node.json_text import is_json, path_text, scalars
from ..redaction.names import PLACEHOLDER
from ..redaction.redactor import DEFAULT_REDACTION, Redaction, Redactor
from ..redaction.secrets import BASIC, COOKIE_HEADERS, CREDENTIAL_HEADERS, EMAIL, JWT
from .cassette import Entry, recorded_time
from .files import read_cassette

_RANDOM: Final = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{20,200}={0,2}(?![A-Za-z0-9+/_=-])")
_RANDOM_BITS: Final = 4.0
"""Bits of entropy per character from which on a long word with digits and both cases is random."""

_ADDRESS: Final = re.compile(r"://[^/?#\s\"@]{0,256}:[^/\s\"@]{1,256}@[^/?#\s\"]{1,256}")
_PATTERNS: Final = (("password", _ADDRESS), ("jwt", JWT), ("basic", BASIC), ("e-mail", EMAIL))

_MAX_LENGTH: Final = 6
"""Characters of a secret that a finding shows."""

_SKIPPED_HEADERS: Final = (
    CREDENTIAL_HEADERS
    | COOKIE_HEADERS
    | {"etag", "if-none-match", "sec-websocket-key", "sec-websocket-accept", "user-agent", "sec-ch-ua"}
)
"""Header fields in which random words are not secret, or are redacted already."""

_TEXT_SUFFIX: Final = re.compile(r"\.(?:cfg|ini|js|json|md|mjs|php|py|sh|toml|ts|txt|ya?ml)")
"""The endings of files that may name a cassette."""


class Finding(Struct, frozen=True):
    """A problem of one `kind` (jwt, password, e-mail, random, unused, old, ...), and where it is."""

    file: str
    kind: str
    location: str
    excerpt: str = ""

    def __str__(self) -> str:
        parts = [f"{self.file}: {self.kind}", self.location, self.excerpt]
        return "  ".join(part for part in parts if part)


def find_secrets(path: Path, redaction: Redaction = DEFAULT_REDACTION) -> Iterator[Finding]:
    """Yield what a recording redacts, and what looks like a secret besides.

    Raises CassetteError if the file is not a cassette.
    """
    scan = _Scan(str(path), redaction)
    for entry in read_cassette(path).entries:
        yield from scan.entry(entry)
    yield from scan.lines(path.read_text(encoding="utf-8", errors="replace"))


def find_old_entries(path: Path, days: float, now: datetime) -> Iterator[Finding]:
    """Yield entries older than `days`. An entry without a time is as old as its file."""
    written = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    for entry in read_cassette(path).entries:
        started = recorded_time(entry.started) or written
        if now - started > timedelta(days=days):
            text = f"{entry.request.method} {entry.request.path}, of {started:%Y-%m-%d}"
            yield Finding(str(path), "old", _location(entry), text)


def find_unused_cassettes(paths: Iterable[Path], used_by: Iterable[Path]) -> Iterator[Finding]:
    """Yield cassettes that no text file in these folders names: with its ending, or without it in quotes."""
    texts = [_read_text(file) for folder in used_by for file in _files(folder)]
    for path in paths:
        stem, suffix = re.escape(path.stem), re.escape(path.suffix)
        name = re.compile(rf"(?<![\w.-]){stem}{suffix}(?![\w-])|([\"'\x60]){stem}\1")
        if not any(name.search(text) for text in texts):
            yield Finding(str(path), "unused", "", "no test names it")


class _Scan:
    """Searches one cassette. A secret in several places is found in each."""

    def __init__(self, file: str, redaction: Redaction) -> None:
        self._file: Final = file
        self._redactor: Final = Redactor(redaction)
        self._found: Final[set[str]] = set()

    def entry(self, entry: Entry) -> Iterator[Finding]:
        """Yield the secrets in an entry."""
        location = _location(entry)
        redacted_url = entry.origin + self._redactor.target(entry.request.target)
        yield from self._redacted(f"{location} request.url", entry.url, redacted_url)
        for part, message in (("request", entry.request), ("response", entry.response)):
            yield from self._headers(f"{location} {part}", message.headers)
            yield from self._body(f"{location} {part} body", message.headers, message.body)

    def lines(self, text: str) -> Iterator[Finding]:
        """Yield the secrets in a file outside of requests and responses: in comments, cookies, titles."""
        for number, line in enumerate(text.splitlines(), 1):
            for kind, pattern in _PATTERNS:
                for match in pattern.finditer(line):
                    if match[0] not in self._found and not self._is_redacted(match[0]):
                        yield self._finding(kind, f"line {number}", match[0])

    def _headers(self, location: str, headers: Headers) -> Iterator[Finding]:
        for name, value in headers:
            where = f"{location} header {name}"
            after = self._redactor.header(name, value)
            yield from self._redacted(where, value, after)
            if after == value and name.lower() not in _SKIPPED_HEADERS:
                yield from self._random_words(where, value)

    def _body(self, location: str, headers: Headers, body: bytes) -> Iterator[Finding]:
        content_type = first_header(headers, "Content-Type")
        text, _ = possible_texts(body, content_type)[0]
        if not is_json(text):
            redacted, _ = possible_texts(self._redactor.body(headers, body), content_type)[0]
            yield from self._redacted(location, text, redacted)
            return
        change = self._redactor.values(text)
        for path, value in scalars(text):
            where = f"{location} {path_text(path)}"
            after = change(path, value)
            yield from self._redacted(where, str(value), str(after))
            if after == value and isinstance(value, str):
                yield from self._random_words(where, value)

    def _redacted(self, location: str, before: str, after: str) -> Iterator[Finding]:
        """Yield a finding for each placeholder that a text has only after it is redacted."""
        if before == after:
            return
        old = Counter(match[0] for match in PLACEHOLDER.finditer(before))
        new = Counter(match[0] for match in PLACEHOLDER.finditer(after)) - old
        for _, pattern in _PATTERNS:
            self._found.update(match[0] for match in pattern.finditer(before))
        for placeholder in new or ["REDACTED-credentials-0"]:
            kind = "e-mail" if placeholder.startswith("person") else placeholder.split("-")[1]
            yield self._finding(kind, location, before)

    def _random_words(self, location: str, value: str) -> Iterator[Finding]:
        for match in _RANDOM.finditer(value):
            if _is_random(match[0]):
                yield self._finding("random", location, match[0])

    def _finding(self, kind: str, location: str, secret: str) -> Finding:
        self._found.add(secret)
        is_short = len(secret) <= _MAX_LENGTH
        text = secret if is_short else f"{secret[:_MAX_LENGTH]}... ({len(secret)} characters)"
        return Finding(self._file, kind, location, text)

    def _is_redacted(self, text: str) -> bool:
        """Return whether a recording would not change a text."""
        return text.endswith("@redacted.example") or self._redactor.text(text) == text


def _is_random(word: str) -> bool:
    classes = [any(test(letter) for letter in word) for test in (str.isdigit, str.islower, str.isupper)]
    if not all(classes) or PLACEHOLDER.search(word):
        return False
    counts = Counter(word).values()
    bits = -sum(count / len(word) * math.log2(count / len(word)) for count in counts)
    return bits >= _RANDOM_BITS


def _location(entry: Entry) -> str:
    return entry.location.rpartition(" ")[2]


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
    for file in sorted(folder.rglob("*")):
        if _TEXT_SUFFIX.fullmatch(file.suffix) and file.is_file() and ".git" not in file.parts:
            yield file


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
