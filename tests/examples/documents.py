"""The fenced blocks of the documents: what they are, and which files they name."""

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
    """A fenced block: its language, what stands behind that (a file's name, `background`, ...), its text."""

    document: Path
    line: int
    language: str
    info: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.name}:{self.line}"

    @property
    def is_test(self) -> bool:
        """Tell whether it is a test file."""
        return self.language == "python" and bool(re.search(r"^( {4})?def test_", self.text, re.MULTILINE))

    @property
    def reason_not_to_run(self) -> str:
        """Return why it is not run: what stands behind the mark, or nothing."""
        return self.info.removeprefix(NOT_RUN).strip() if self.info.startswith(NOT_RUN) else ""

    @property
    def is_file(self) -> bool:
        """Tell whether it is named after a file, which the examples of its document find."""
        return bool(re.fullmatch(r"[\w/.-]+\.\w+", self.info))


def blocks_of(document: Path) -> list[Block]:
    """Return the fenced blocks of a document."""
    text = document.read_text("utf-8")
    return [
        Block(document, text.count("\n", 0, found.start()) + 1, found[1], found[2].strip(), found[3])
        for found in _FENCE.finditer(text)
    ]


BLOCKS = [block for document in DOCUMENTS if document.exists() for block in blocks_of(document)]
