"""What looking through cassettes finds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from ..tiledesk.wire import Document


class ScanFinding(Struct, frozen=True):
    """Something to look at: its `kind` (jwt, password, e-mail, random, unused, old, ...) and where it is."""

    file: str
    kind: str
    place: str
    shown: str = ""

    def __str__(self) -> str:
        parts = [f"{self.file}: {self.kind}", self.place, self.shown]
        return "  ".join(part for part in parts if part)

    def document(self) -> Document:
        """Return it as JSON."""
        return {"file": self.file, "kind": self.kind, "place": self.place, "shown": self.shown}


_TEXT_FILES: Final = frozenset(
    {
        ".cfg",
        ".ini",
        ".js",
        ".json",
        ".md",
        ".mjs",
        ".php",
        ".py",
        ".sh",
        ".toml",
        ".ts",
        ".txt",
        ".yaml",
        ".yml",
    }
)


def find_unused_cassettes(paths: Iterable[Path], used_by: Iterable[Path]) -> Iterator[ScanFinding]:
    """Yield cassettes that no text file in these folders names: with its ending, or without it in quotes."""
    texts = [_read_text(file) for folder in used_by for file in _files(folder)]
    for path in paths:
        stem, suffix = re.escape(path.stem), re.escape(path.suffix)
        name = re.compile(rf"(?<![\w.-]){stem}{suffix}(?![\w-])|([\"'\x60]){stem}\1")
        if not any(name.search(text) for text in texts):
            yield ScanFinding(str(path), "unused", "", "no test names it")


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
    for file in sorted(folder.rglob("*")):
        if file.suffix in _TEXT_FILES and file.is_file() and ".git" not in file.parts:
            yield file


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
