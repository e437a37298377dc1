"""How many exchanges were compared, and how many were equal."""

from __future__ import annotations

from msgspec import Struct

from .differences import Difference


class Count(Struct, frozen=True):
    """How many exchanges were compared, were equal, and differ for a listed reason."""

    compared: int = 0
    equal: int = 0
    listed: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.compared + other.compared, self.equal + other.equal, self.listed + other.listed)

    def __str__(self) -> str:
        return f"{self.equal} of {self.compared} exchanges equal, {self.listed} listed"


class Compared(Struct, frozen=True):
    """Exchanges that were compared as one, and their differences; `reason` says why some stay.

    What has a `subject`, such as the order of keys, is counted apart.
    """

    label: str
    size: int
    differences: list[Difference]
    reason: str | None = None
    subject: str = ""

    @property
    def count(self) -> Count:
        """Return the exchanges as equal, listed, or neither."""
        if not self.differences:
            return Count(self.size, self.size)
        return Count(self.size, listed=self.size if self.reason else 0)
