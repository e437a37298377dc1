"""Generated ObjectIds and uuids."""

from __future__ import annotations

import uuid

from tiledesk_mock.tiledesk.clock import Clock
from tiledesk_mock.tiledesk.ids import Ids


def test_ids_with_the_same_seed_and_time_are_the_same() -> None:
    """Two sources with the same seed generate the same ids."""
    clock = Clock(lambda: 1_700_000_000.0)
    first, second = Ids(clock, "seed"), Ids(clock, "seed")

    assert [first.object_id(), first.uuid()] == [second.object_id(), second.uuid()]


def test_restarted_ids_repeat_themselves() -> None:
    """A restart repeats the seeded sequence."""
    ids = Ids(Clock(lambda: 1_700_000_000.0), "seed")
    before = ids.object_id()

    ids.restart()

    assert ids.object_id() == before


def test_object_ids_begin_with_the_seconds_of_the_clock() -> None:
    """An id has the time of its creation, and no two are the same."""
    ids = Ids(Clock(lambda: 1_700_000_000.0), "seed")

    generated = [ids.object_id() for _ in range(3)]

    assert all(one.startswith(f"{1_700_000_000:08x}") for one in generated)
    assert len(set(generated)) == 3


def test_uuid_is_of_version_4() -> None:
    """A uuid is random."""
    assert uuid.UUID(Ids(Clock()).uuid()).version == 4
