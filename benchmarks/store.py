"""Measure the store at growing sizes: `python benchmarks/store.py [most events]`.

Each figure is the median of many calls, with its ratio to the same call on a store of 100 events, which is
measured in turns with it. Stock TinyDB is measured up to 10,000 events.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from tinydb import TinyDB, where

from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.clock import format_time
from tiledesk_mock.tiledesk.model import Dataset, Event
from tiledesk_mock.tiledesk.query import EventQuery
from tiledesk_mock.tiledesk.wire import event_document

PROJECT = f"{0xAB:024x}"
START = 1_767_225_600_000
SIZES = (100, 10_000, 100_000, 1_000_000)
STOCK_LIMIT = 10_000
BLOCK = 20
"""The number of calls of one action before the next action's turn."""


def event(number: int) -> Event:
    """Make an event of about 375 bytes."""
    created = format_time(START + number * 7)
    return Event(
        id=f"{number:024x}",
        name=("order.paid", "order.sent", "page.seen")[number % 3],
        attributes={
            "order": number,
            "total": number % 997 / 7,
            "customer": {"city": "Lecce", "tags": ["a", "b"]},
        },
        id_project=PROJECT,
        project_user=f"{number % 20:024x}",
        created_by=f"{number % 20:024x}",
        created_at=created,
        updated_at=created,
    )


def dataset(size: int) -> Dataset:
    """Make that many events."""
    return Dataset(events=tuple(map(event, range(size))))


def timed(calls: int, *actions: Callable[[int], object]) -> list[float]:
    """Return the median time of `calls` calls of each action in microseconds. The actions take turns."""
    seconds: list[list[float]] = [[] for _ in actions]
    for first in range(0, calls, BLOCK):
        for taken, action in zip(seconds, actions, strict=True):
            for number in range(first, first + BLOCK):
                start = time.perf_counter()
                action(number)
                taken.append(time.perf_counter() - start)
    return [median(taken) * 1e6 for taken in seconds]


def prepare(database: Database, size: int) -> dict[str, tuple[int, Callable[[int], object]]]:
    """Fill a store with `size` events; return each measured action with its number of calls."""
    database.replace(dataset(size))
    events, query = database.events, EventQuery(PROJECT)
    by_total = EventQuery(PROJECT, sort="attributes.total")
    events.page(by_total)
    return {
        "add": (2000, lambda number: events.add(event(size + number))),
        "get by id": (2000, lambda number: events.get(f"{number * 7919 % size:024x}")),
        "first page": (300, lambda _: events.page(query)),
        "page by a field": (300, lambda _: events.page(by_total)),
    }


def measure(folder: Path | None, size: int) -> dict[str, tuple[float, float]]:
    """Measure a store of `size` events, in a folder or in memory, in turns with one of the least size."""
    small_file, file = (folder and folder / f"{name}.json" for name in ("least", size))
    with Database(small_file) as least, Database(file) as database:
        least_actions, actions = prepare(least, SIZES[0]), prepare(database, size)
        gc.collect()
        figures = {}
        for name, (calls, action) in actions.items():
            reference, figure = timed(calls, least_actions[name][1], action)
            figures[name] = figure, figure / reference
    return figures


def measure_stock(path: Path, size: int, least: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Measure stock TinyDB; its ratios are to its own times at the least size."""
    with TinyDB(path) as database:
        table = database.table("events")
        table.insert_multiple(map(event_document, dataset(size).events))
        last = f"{size - 1:024x}"
        measured = {
            "add": timed(BLOCK, lambda number: table.insert(event_document(event(size + number)))),
            "get by id": timed(BLOCK, lambda _: table.get(where("_id") == last)),
            "first page": timed(BLOCK, lambda _: sorted(table.all(), key=lambda one: one["createdAt"])[-40:]),
        }
    return {name: (figure, figure / least.setdefault(name, figure)) for name, (figure,) in measured.items()}


def rows(most: int, folder: Path) -> Iterator[tuple[str, int, dict[str, tuple[float, float]]]]:
    """Yield the figures of each kind and size."""
    least: dict[str, float] = {}
    for size in (size for size in SIZES if size <= most):
        yield "memory", size, measure(None, size)
        yield "file", size, measure(folder, size)
        if size <= STOCK_LIMIT:
            yield "stock TinyDB", size, measure_stock(folder / f"{size}.stock.json", size, least)


def table(most: int, folder: Path) -> None:
    """Print the figures and ratios."""
    print(f"{'':14}{'':17}{'events':>10}{'us':>10}{'ratio':>8}")
    for kind, size, figures in rows(most, folder):
        for name, (figure, ratio) in figures.items():
            print(f"{kind:14}{name:17}{size:10,}{figure:10.1f}{ratio:8.2f}")


def opening(folder: Path, size: int = 100_000) -> None:
    """Print the time to open a file, and that of json.load for the same file."""
    path = folder / "opened.json"
    with Database(path) as database:
        database.replace(dataset(size))
    loads, opens = [], []
    for _ in range(3):
        gc.collect()
        start = time.perf_counter()
        with path.open(encoding="utf-8") as file:
            content = json.load(file)
        loads.append(time.perf_counter() - start)
        del content
        gc.collect()
        start = time.perf_counter()
        Database(path).close()
        opens.append(time.perf_counter() - start)
    own, plain = median(opens), median(loads)
    print(f"open {size:,}: {own:.2f} s, json.load {plain:.2f} s, ratio {own / plain:.2f}")


def memory(folder: Path, size: int = 100_000) -> None:
    """Print the memory that an event takes, with a file and without."""
    data = dataset(size)
    for kind, path in (("memory", None), ("file", folder / "memory.json")):
        gc.collect()
        tracemalloc.start()
        with Database(path) as database:
            database.replace(data)
            gc.collect()
            print(f"memory per event, {kind}: {tracemalloc.get_traced_memory()[0] / size:.0f} bytes")
        tracemalloc.stop()


def main() -> None:
    """Print everything."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table(most, folder)
        opening(folder)
        memory(folder)
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
