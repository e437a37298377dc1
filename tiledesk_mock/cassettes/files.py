"""Cassette files: read as HAR or VCR.py, written as HAR."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from .. import files
from ..errors import CassetteError
from ..node.json import Json
from ..seeding.files import parse_json, read_document
from .cassette import Cassette, Entry, Selection
from .har import ENTRY_END, HAR_TAIL, har_head, har_pieces, read_har
from .vcr import read_vcr

_ZIP: Final = b"PK\x03\x04"
_log: Final = logging.getLogger("tiledesk_mock")
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
    with write_errors(path):
        if not os.path.lexists(path):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        files.write_file(path, har_pieces(entries))


def check_writable(path: Path | str, *, creates_folder: bool = False) -> None:
    """Raise CassetteError if `write_cassette` could not write there; change nothing.

    `creates_folder` is whether its folder may be missing.
    """
    with write_errors(path):
        folder, name = os.path.split(Path(path).absolute())
        while creates_folder and not os.path.exists(folder):
            folder = os.path.dirname(folder)
        files.check_writable(Path(folder, name))


@contextmanager
def write_errors(path: Path | str) -> Iterator[None]:
    """Raise an OSError of a block as a CassetteError that names the file."""
    try:
        yield
    except OSError as error:
        folder = Path(path).parent
        reason = error.strerror if folder.exists() else f"the folder {folder} does not exist"
        raise CassetteError(str(path), "", f"expected a file that can be written: {reason}") from error


def _document(path: Path) -> Json:
    with suppress(OSError), path.open("rb") as file:
        if file.read(len(_ZIP)) == _ZIP:
            reason = "expected a HAR, not a zip archive: unpack it, and name the .har in it"
            raise CassetteError(str(path), "", reason)
    try:
        return read_document(path, CassetteError, lenient=True)
    except CassetteError:
        whole = _without_torn_end(path)
        if whole is None:
            raise
        _log.warning("%s ends in the middle of an exchange, which is left out", path)
        return parse_json(whole, str(path), CassetteError, lenient=True)


def _without_torn_end(path: Path) -> str | None:
    """Return a HAR whose last write was torn, by a kill for example, without what it began to write."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    own = har_head().rpartition(b"version")[0]  # another version of this package may have written it
    last = data.rfind(ENTRY_END)
    if not data.startswith(own) or last < 0:
        return None
    return (data[: last + len(ENTRY_END)] + HAR_TAIL).decode("utf-8", "replace")
