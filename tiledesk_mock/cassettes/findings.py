"""What looking through cassettes finds."""

from __future__ import annotations

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
