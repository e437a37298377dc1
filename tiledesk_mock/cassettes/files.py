"""Cassette files: read as HAR or VCR.py, written as HAR."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ..errors import CassetteError
from ..node.json import Json
from ..seeding.files import read_document
from .cassette import Cassette, Entry, Selection
from .har import har_document, read_har
from .vcr import read_vcr

_ZIP: Final = b"PK\x03\x04"
_EVERYTHING: Final = Selection()
_TOP_KEYS: Final = frozenset({"log", "interactions", "http_interactions"})


def read_cassette(path: Path | str, selection: Selection = _EVERYTHING) -> Cassette:
    """Return the entries of a HAR 1.2 or a cassette of VCR.py that `selection` matches.

    Raises CassetteError if the file cannot be read, with the path of what is wrong.
    """
    return parse_cassette(_document(Path(path)), str(path), selection)


def is_cassette(path: Path) -> bool:
    """Return whether a file is a HAR or a cassette of VCR.py, or cannot be read."""
    try:
        return _looks_like_cassette(_document(path))
    except CassetteError:
        return True


def _looks_like_cassette(document: Json) -> bool:
    return isinstance(document, dict) and not _TOP_KEYS.isdisjoint(document)


def parse_cassette(document: Json, source: str, selection: Selection = _EVERYTHING) -> Cassette:
    """Return the entries of a parsed cassette. `source` is its name in errors."""
    if not _looks_like_cassette(document):
        expected = "expected a HAR (an object with log) or VCR.py's cassette (interactions)"
        raise CassetteError(source, "", expected)
    read = read_har if "log" in document else read_vcr
    return Cassette(source, tuple(read(document, source, selection)))


def read_cassettes(paths: Iterable[Path | str], selection: Selection = _EVERYTHING) -> Cassette:
    """Return the entries of several files, one file after the other, as `read_cassette` does."""
    cassettes = [read_cassette(path, selection) for path in paths]
    entries = (entry for cassette in cassettes for entry in cassette.entries)
    return Cassette(", ".join(cassette.source for cassette in cassettes), tuple(entries))


def write_cassette(path: Path | str, entries: Iterable[Entry]) -> None:
    """Write a HAR instead of what the file contains, in one step. Redact the entries before.

    Raises CassetteError if the disk refuses.
    """
    text = json.dumps(har_document(entries), ensure_ascii=False, indent=1) + "\n"
    with _write_errors(path):
        target = Path(path).resolve()  # follows links
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8", errors="replace")  # a device is not replaced
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, text)


def check_writable(path: Path | str) -> None:
    """Raise CassetteError if `write_cassette` could not write there; change nothing."""
    with _write_errors(path):
        target = Path(path).resolve()
        if target.exists() and not target.is_file():
            return
        folder = next(one for one in target.parents if one.exists())
        with tempfile.TemporaryFile(dir=folder):
            pass


@contextmanager
def _write_errors(path: Path | str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CassetteError(
            str(path), "", f"expected a file that can be written: {error.strerror}"
        ) from error


def _replace(target: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _document(path: Path) -> Json:
    with suppress(OSError), path.open("rb") as file:
        if file.read(len(_ZIP)) == _ZIP:
            reason = "expected a HAR, not a zip archive: unpack it, and name the .har in it"
            raise CassetteError(str(path), "", reason)
    return read_document(path, CassetteError, lenient=True)
