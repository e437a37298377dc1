"""The table of the project's README: what was compared with the real server, and how much was equal."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tiledesk_mock.testing import TiledeskMock

from .checks import check_ground
from .counts import Count
from .grounds import CONTRACT, grounds, size_of
from .servers import Emulator

RESULTS: Final = Path(__file__).parent / "results.json"
_README: Final = Path(__file__).parents[1] / "README.md"
_HEADING: Final = (
    "| ground | recorded | equal | listed | random | equal | listed |\n|---|---|---|---|---|---|---|"
)


_IN: Final = " in "
"""Stands between what is counted apart and its ground."""


class FuzzResult(Struct, frozen=True):
    """What a run of the fuzzer has counted."""

    ground: str
    seed: int
    compared: int
    equal: int
    listed: int


class Results(Struct, frozen=True):
    """The counts of the recorded exchanges of each ground, and the runs of the fuzzer."""

    recorded: dict[str, Count]
    fuzzed: list[FuzzResult]


def read_results() -> Results:
    """Return the results that were written last."""
    return msgspec.json.decode(RESULTS.read_bytes(), type=Results)


def write_results(results: Results) -> None:
    """Write results, with a line for each."""
    text = msgspec.json.format(msgspec.json.encode(results), indent=1)
    RESULTS.write_bytes(text + b"\n")


def add_fuzz_result(result: FuzzResult) -> None:
    """Write the result of a run of the fuzzer, in place of the last one of the same ground."""
    results = read_results()
    others = [one for one in results.fuzzed if one.ground != result.ground]
    fuzzed = sorted([*others, result], key=lambda one: one.ground)
    write_results(msgspec.structs.replace(results, fuzzed=fuzzed))


def measure_recordings() -> None:
    """Play all recordings on a new emulator, and write how many exchanges were equal."""
    logging.getLogger("tiledesk_mock").setLevel(logging.ERROR)  # it warns of requests that are malformed
    with TiledeskMock(dialect="server", seed=CONTRACT / "world.json") as mock:
        recorded = {
            _row_name(ground, subject): count
            for ground in grounds()
            for subject, count in check_ground(Emulator(mock.url), ground).items()
        }
    write_results(msgspec.structs.replace(read_results(), recorded=recorded))


def rows() -> list[str]:
    """Return the rows of the table: the sizes of the recordings as they are, the rest as it was measured."""
    results = read_results()
    names = sorted({*grounds(), *(one.ground for one in results.fuzzed)})
    measured = [(name, *_counts(name, results)) for name in names]
    total = [sum(counts) for counts in zip(*(counts for _, *counts in measured), strict=True)]
    apart = [(name, *_counts(name, results)) for name in sorted(results.recorded) if _IN in name]
    lines = [*measured, ("**all**", *total), *apart]
    return [_row(name.replace("_", " "), counts) for name, *counts in lines]


def table_text() -> str:
    """Return the table in Markdown."""
    return "\n".join([_HEADING, *rows()])


def write_readme() -> None:
    """Write the table in place of that in the README."""
    text = _README.read_text("utf-8")
    before, _, rest = text.partition(_HEADING)
    _README.write_text(before + table_text() + "\n" + rest[rest.index("\n\n") + 1 :], "utf-8")


def _row_name(ground: str, subject: str) -> str:
    """Return the name of a row: a ground, or what is counted apart in it."""
    return f"{subject}{_IN}{ground}" if subject else ground


def _counts(ground: str, results: Results) -> Iterator[int]:
    """Yield the numbers of a row."""
    recorded = results.recorded.get(ground, Count())
    runs = [one for one in results.fuzzed if one.ground == ground]
    size = size_of(ground) if ground in grounds() else recorded.compared
    yield from (size, recorded.equal, recorded.listed)
    yield from (sum(one.compared for one in runs), sum(one.equal for one in runs))
    yield sum(one.listed for one in runs)


def _row(name: str, counts: list[int]) -> str:
    return f"| {name} | " + " | ".join(f"{count:,}" for count in counts) + " |"
