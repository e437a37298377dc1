"""The fenced blocks of the documents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))

NOT_RUN = "not run:"
"""Marks a block that is not run, before the reason."""

_FENCE = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the info after it (a file's name, `background`, ...), and its text."""

    document: Path
    line: int
    language: str
    info: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.name}:{self.line}"

    @property
    def is_test(self) -> bool:
        """Whether it is a test file."""
        return self.language == "python" and bool(re.search(r"^( {4})?def test_", self.text, re.MULTILINE))

    @property
    def reason_not_to_run(self) -> str:
        """Return the reason why it is not run, or an empty string."""
        return self.info.removeprefix(NOT_RUN).strip() if self.info.startswith(NOT_RUN) else ""

    @property
    def is_file(self) -> bool:
        """Whether it has the name of a file, which the examples of its document use."""
        return bool(re.fullmatch(r"[\w/.-]+\.\w+", self.info))


def blocks_of(document: Path) -> list[Block]:
    """Return the fenced blocks of a document."""
    text = document.read_text("utf-8")
    return [
        Block(document, text.count("\n", 0, found.start()) + 1, found[1], found[2].strip(), found[3])
        for found in _FENCE.finditer(text)
    ]


BLOCKS = [block for document in DOCUMENTS if document.exists() for block in blocks_of(document)]
