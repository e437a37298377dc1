"""Compares what a server answers with the recordings, and counts."""

from __future__ import annotations

from collections.abc import Iterator

import click
from msgspec import Struct

from tiledesk_mock.node.json import Json

from .differences import Difference, differences
from .grounds import Case, module_of, play_all, recording_of
from .servers import Server

_SHOWN = 8
"""How many differences of an exchange are printed."""


class Count(Struct, frozen=True):
    """How many exchanges were compared, were equal, and differ for a reason that is given."""

    compared: int = 0
    equal: int = 0
    listed: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.compared + other.compared, self.equal + other.equal, self.listed + other.listed)

    def __str__(self) -> str:
        return f"{self.equal} of {self.compared} exchanges equal, {self.listed} listed"


class Compared(Struct, frozen=True):
    """Exchanges that were compared as one, and their differences; `reason` says why some stay."""

    label: str
    size: int
    differences: list[Difference]
    reason: str | None = None

    @property
    def count(self) -> Count:
        """Return the exchanges as equal, listed, or neither."""
        if not self.differences:
            return Count(self.size, self.size)
        return Count(self.size, listed=self.size if self.reason else 0)


def check_ground(server: Server, ground: str) -> Count:
    """Play the cases of a ground, print the differences that have no reason, and count."""
    recording, count = recording_of(ground), Count()
    for case, answers in play_all(server, ground):
        for one in compared(ground, case, recording[case["name"]], answers):
            count += one.count
            if one.differences and not one.reason:
                click.echo("\n      ".join([f"{ground} / {one.label}", *map(str, one.differences[:_SHOWN])]))
    return count


def compared(ground: str, case: Case, real: Json, emulator: Json) -> Iterator[Compared]:
    """Yield the differences of a case: of each step if the answers are a list of steps.

    A step in which the emulator `differs` says why.
    """
    size, steps = module_of(ground).size(case), case.get("steps", [])
    sides = (real, emulator)
    if all(isinstance(side, list) and len(side) == size == len(steps) for side in sides):
        for number, (step, theirs, mine) in enumerate(zip(steps, *sides, strict=True), start=1):
            reason = step.get("differs") if isinstance(step, dict) else None
            yield Compared(f"{case['name']} / {number} {step}", 1, list(differences(theirs, mine)), reason)
    else:
        yield Compared(case["name"], size, list(differences(real, emulator)))
