"""Compares what a server answers with the recordings, and counts."""

from __future__ import annotations

from collections.abc import Iterator

import click

from tiledesk_mock.node.json import Json

from .counts import Compared, Count
from .differences import differences
from .grounds import FRAMES, STANDARD, Case, module_of, play_all, recording_of
from .servers import Server
from .standard.comparison import compared_webhooks
from .standard.frames import compared_frames

_SHOWN = 8
"""How many differences of an exchange are printed."""


def check_ground(server: Server, ground: str) -> dict[str, Count]:
    """Play the cases of a ground, print the differences that have no reason, and count by subject.

    The subject of most exchanges is empty.
    """
    recording, counts = recording_of(ground), {"": Count()}
    for case, answers in play_all(server, ground):
        for one in compared(ground, case, recording[case["name"]], answers):
            counts[one.subject] = counts.get(one.subject, Count()) + one.count
            if one.differences and not one.reason:
                click.echo("\n      ".join([f"{ground} / {one.label}", *map(str, one.differences[:_SHOWN])]))
    return counts


def compared(ground: str, case: Case, real: Json, emulator: Json) -> Iterator[Compared]:
    """Yield the differences of a case: of each step if the answers are a list of steps.

    A step in which the emulator `differs` says why.
    """
    if module_of(ground) is STANDARD:
        yield from compared_webhooks(ground, case["name"], real, emulator)
        return
    if module_of(ground) is FRAMES:
        yield from compared_frames(case["name"], real, emulator)
        return
    size, steps = module_of(ground).size(case, real), case.get("steps", [])
    sides = (real, emulator)
    if all(isinstance(side, list) and len(side) == size == len(steps) for side in sides):
        for number, (step, theirs, mine) in enumerate(zip(steps, *sides, strict=True), start=1):
            reason = step.get("differs") if isinstance(step, dict) else None
            yield Compared(f"{case['name']} / {number} {step}", 1, list(differences(theirs, mine)), reason)
    else:
        yield Compared(case["name"], size, list(differences(real, emulator)))
