"""ObjectIds and uuids."""

from __future__ import annotations

import uuid

import pytest

from tiledesk_mock.node.bson import object_id
from tiledesk_mock.tiledesk.clock import Clock
from tiledesk_mock.tiledesk.ids import Ids


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("65F0000000000000000000FF", "65f0000000000000000000ff"),
        ("twelve-chars", "7477656c76652d6368617273"),
        ("nope", None),
        ("", None),
        ("65f0000000000000000000fg", None),
        ("65f0000000000000000000ff\n", None),
    ],
)
def test_object_id(text: str, expected: str | None) -> None:
    """24 hex digits in any case are an id, and so are any twelve characters."""
    assert object_id(text) == expected


def test_ids_with_the_same_seed_and_time_are_the_same() -> None:
    """A seeded run repeats itself."""
    clock = Clock(lambda: 1_700_000_000.0)
    first, second = Ids(clock, "seed"), Ids(clock, "seed")

    assert [first.object_id(), first.uuid()] == [second.object_id(), second.uuid()]


def test_ids_restarted_repeat_themselves() -> None:
    """Restarting begins the seeded sequence again."""
    ids = Ids(Clock(lambda: 1_700_000_000.0), "seed")
    before = ids.object_id()

    ids.restart()

    assert ids.object_id() == before


def test_object_ids_begin_with_the_clocks_seconds_and_grow() -> None:
    """An id tells when it was made, and later ones sort behind."""
    ids = Ids(Clock(lambda: 1_700_000_000.0), "seed")

    made = [ids.object_id() for _ in range(3)]

    assert all(one.startswith(f"{1_700_000_000:08x}") for one in made)
    assert len(set(made)) == 3


def test_uuid_is_of_version_4() -> None:
    """Secrets and guests are random uuids."""
    assert uuid.UUID(Ids(Clock()).uuid()).version == 4
