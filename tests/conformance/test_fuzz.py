"""The fuzzer, with emulators in place of the real server."""

from __future__ import annotations

from random import Random

import pytest

from conformance.fuzz import Fuzzer
from conformance.generators import GENERATORS
from conformance.grounds import CONTRACT
from conformance.known import KnownDifference, read_known
from conformance.servers import Emulator
from tiledesk_mock import TiledeskMock

DOCUMENTED_ID = KnownDifference("events", ".*", r"json\.(events\.\*\.)?(id|project_user)", "the dialect")


def emulator(dialect: str) -> TiledeskMock:
    """Return an emulator of the recorded world, which has to be started."""
    return TiledeskMock(dialect=dialect, seed=CONTRACT / "world.json", log_level="error")


@pytest.mark.parametrize("ground", GENERATORS)
def test_emulators_of_one_dialect_are_equal(ground: str) -> None:
    """Nothing in an answer depends on chance."""
    with emulator("server") as one, emulator("server") as other:
        result = Fuzzer(Emulator(one.url), Emulator(other.url), ground, []).run(3, 60, print)

    assert (result.kinds, result.equal >= 60) == ({}, True)


def test_smallest_case_of_a_kind_is_found() -> None:
    """Only the step that shows the difference is left of a case."""
    with emulator("server") as one, emulator("documented") as other:
        result = Fuzzer(Emulator(one.url), Emulator(other.url), "events", []).run(1, 40, print)

    kind = result.kinds["POST /{a}/events", "json.id"]
    assert (len(kind.case["steps"]), kind.difference.place) == (1, "json.id")


def test_known_difference_is_counted_apart() -> None:
    """It is no kind, and the rest of its case is compared."""
    with emulator("server") as one, emulator("documented") as other:
        fuzzer = Fuzzer(Emulator(one.url), Emulator(other.url), "events", [DOCUMENTED_ID])
        result = fuzzer.run(1, 40, print)

    assert result.listed > 0
    assert not any("json.id" in text for _, text in result.kinds)


@pytest.mark.parametrize("ground", GENERATORS)
def test_same_seed_gives_the_same_case(ground: str) -> None:
    """Another one gives another."""
    generate = GENERATORS[ground]

    assert generate(Random("1/0")) == generate(Random("1/0")) != generate(Random("1/1"))


def test_known_differences_have_reasons() -> None:
    """The file is as it has to be."""
    assert all(known.reason for known in read_known())
