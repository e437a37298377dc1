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
    """How many exchanges were compared, and how many of them were equal."""

    compared: int = 0
    equal: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.compared + other.compared, self.equal + other.equal)

    def __str__(self) -> str:
        return f"{self.equal} of {self.compared} exchanges equal"


def check_ground(server: Server, ground: str) -> Count:
    """Play the cases of a ground, print the differences from its recording, and count."""
    recording, count = recording_of(ground), Count()
    for case, answers in play_all(server, ground):
        for label, size, found in compared(ground, case, recording[case["name"]], answers):
            count += Count(size, 0 if found else size)
            if found:
                click.echo("\n      ".join([f"{ground} / {label}", *map(str, found[:_SHOWN])]))
    return count


def compared(
    ground: str, case: Case, real: Json, emulator: Json
) -> Iterator[tuple[str, int, list[Difference]]]:
    """Yield label, number of exchanges and differences: of each step if the answers are a list of steps."""
    size, steps = module_of(ground).size(case), case.get("steps", [])
    sides = (real, emulator)
    if all(isinstance(side, list) and len(side) == size == len(steps) for side in sides):
        for number, (step, theirs, mine) in enumerate(zip(steps, *sides, strict=True), start=1):
            shown = {key: value for key, value in step.items() if key != "save"}
            yield f"{case['name']} / {number} {shown}", 1, list(differences(theirs, mine))
    else:
        yield case["name"], size, list(differences(real, emulator))
