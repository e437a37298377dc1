"""Fixtures of the tests of the store: an event, an empty store, a file with events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.clock import format_time
from tiledesk_mock.tiledesk.model import Dataset, Event

START = 1_767_225_600_000


@pytest.fixture
def make_event() -> Callable[..., Event]:
    """Return a function that makes the nth event, a second after the one before."""

    def make(number: int, **fields: Any) -> Event:
        created = format_time(START + number * 1000)
        defaults = {
            "id": f"{number:024x}",
            "name": "order.paid",
            "id_project": "p" * 24,
            "project_user": "a" * 24,
            "created_by": "u" * 24,
            "created_at": created,
            "updated_at": created,
        }
        return Event(**{**defaults, **fields})

    return make


@pytest.fixture(params=["memory", "file"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Open an empty store, in memory and in a file."""
    with Database(tmp_path / "events.json" if request.param == "file" else None) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path, make_event: Callable[..., Event]) -> Path:
    """Return a closed file with ten events."""
    with Database(tmp_path / "x.json") as database:
        database.replace(Dataset(events=tuple(map(make_event, range(10)))))
    return tmp_path / "x.json"
