"""A seed of a shop, and how tests read seeds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tiledesk_mock.errors import SeedError
from tiledesk_mock.seeding.records import SeedRecords
from tiledesk_mock.seeding.seeds import (
    load_documents,
    read_seed,
    seed_documents,
)
from tiledesk_mock.tiledesk.clock import Clock
from tiledesk_mock.tiledesk.ids import Ids
from tiledesk_mock.tiledesk.model import Dataset

SHOP: dict[str, Any] = {
    "users": [{"email": "Owner@Example.com", "password": "owner-secret"}],
    "projects": [{"name": "Shop"}],
    "project_users": [
        {"id_user": "owner@example.com", "role": "owner"},
        {"uuid_user": "customer-1", "role": "user"},
    ],
}


def record_options() -> dict[str, Any]:
    """Return a frozen clock, ids that repeat, and one secret for all."""
    clock = Clock()
    clock.freeze("2026-03-10T12:00:00Z")
    return {"clock": clock, "ids": Ids(clock, seed=1), "secret": lambda: "made-secret"}


def read(document: Any, **options: Any) -> Dataset:
    """Read a seed document called `seed.json`."""
    return read_seed(document, "seed.json", SeedRecords(**record_options(), **options))


def load_files(files: Sequence[Path | str]) -> Dataset:
    """Load seed files as one seed."""
    return load_documents(seed_documents(files), SeedRecords(**record_options()))


def refused(document: Any, **options: Any) -> SeedError:
    """Return the error that reading a seed document raises."""
    with pytest.raises(SeedError) as caught:
        read(document, **options)
    return caught.value


def with_event(**fields: Any) -> dict[str, Any]:
    """Return the shop with one event."""
    return {**SHOP, "events": [{"name": "order.paid", **fields}]}
