"""Measure the emulator over HTTP: `python benchmarks/over_http.py [--full] [--rounds N]`.

The client is a `requests.Session` in the same process, pinned to one core. The servers that are compared get
their requests in turn. The figures are ratios of medians within this run, so the machine hardly matters.
The plain application is Flask over a dict on werkzeug's own server, without authentication.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import requests
from flask import Flask, jsonify, request
from msgspec.structs import replace
from pytest_httpserver import HTTPServer
from werkzeug.serving import make_server

from tiledesk_mock import TiledeskMock

SIZES = (100, 10_000, 100_000)
FULL_SIZES = (*SIZES, 1_000_000)
BODY: dict[str, Any] = {
    "name": "order.paid",
    "attributes": {"order": 17, "total": 99.5, "customer": {"city": "Lecce"}},
}
PER_PAGE = 40
BLOCK = 20
"""Calls of one server in a row: werkzeug cleans up after a response, which must not count for the next."""

Call = Callable[[], object]


def plain_application() -> Flask:
    """Return the smallest application in Flask: events in a dict, without authentication."""
    app = Flask("plain")
    events: dict[str, Any] = {}

    @app.post("/events")
    def create() -> Any:
        event = {"_id": f"{len(events):024x}", **request.get_json()}
        events[event["_id"]] = event
        return jsonify(event)

    @app.get("/events/<key>")
    def read(key: str) -> Any:
        return jsonify(events[key])

    @app.get("/events")
    def read_all() -> Any:
        newest = islice(reversed(events.values()), PER_PAGE)
        return jsonify({"perPage": PER_PAGE, "count": len(events), "events": list(newest)})

    return app


@contextmanager
def plain_server() -> Iterator[str]:
    """Serve the plain application on werkzeug's server; yield its URL."""
    server = make_server("127.0.0.1", 0, plain_application(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def emulator(size: int, db: Path | None) -> Iterator[tuple[str, tuple[str, str] | None]]:
    """Serve an emulator with `size` events; yield its URL and credentials."""
    with TiledeskMock(db=db) as mock:
        first = mock.fire(**BODY)
        events = mock.emulator.database.events
        event = events.get(first["_id"])
        assert event is not None
        events.add_all(replace(event, id=f"{number:024x}") for number in range(1, size))
        yield f"{mock.url}/{mock.project_id}", mock.owner.basic


def calls(url: str, auth: tuple[str, str] | None) -> dict[str, Call]:
    """Return the three requests that are measured, on one session."""
    session = requests.Session()
    session.auth = auth
    session.trust_env = False
    for _ in range(PER_PAGE):
        posted = session.post(f"{url}/events", json=BODY)
        posted.raise_for_status()
    one = f"{url}/events/{posted.json()['_id']}"
    return {
        "POST": lambda: session.post(f"{url}/events", json=BODY),
        "GET by id": lambda: session.get(one),
        "list of 40": lambda: session.get(f"{url}/events"),
    }


def in_turn(rounds: int, servers: dict[str, Call]) -> dict[str, float]:
    """Call the servers in turn, a block of calls each; return the median of each, in microseconds."""
    taken: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(max(rounds // BLOCK, 1)):
        for name, call in servers.items():
            call()  # the first of a block cleans up after the server before
            taken[name] += [timed(call) for _ in range(BLOCK)]
    return {name: median(seconds) * 1e6 for name, seconds in taken.items()}


def timed(call: Call) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def request_ratios(size: int, rounds: int) -> dict[str, dict[str, float]]:
    """Return the median of each server for each request, as a ratio to the plain application's."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = {
            "plain": calls(stack.enter_context(plain_server()), None),
            "control": calls(stack.enter_context(plain_server()), None),
            "memory": calls(*stack.enter_context(emulator(size, None))),
            "file": calls(*stack.enter_context(emulator(size, folder / "events.json"))),
        }
        figures = {}
        for kind in servers["plain"]:
            medians = in_turn(rounds, {name: requests_of[kind] for name, requests_of in servers.items()})
            figures[kind] = {name: taken / medians["plain"] for name, taken in medians.items()}
            figures[kind]["microseconds"] = medians["plain"]
    return figures


def requests_table(sizes: tuple[int, ...], rounds: int) -> None:
    """Print ratios to the plain application, by request and number of stored events."""
    figures = {size: request_ratios(size, rounds) for size in sizes}
    kinds = list(figures[sizes[0]])
    print("Median time of a request, as a ratio to the plain Flask application with a dict")
    print(f"(control: a second plain one; in brackets: the ratio to {sizes[0]} events)\n")
    print("| request | events | plain | control | in memory | on file |")
    print("|---|---|---|---|---|---|")
    for kind in kinds:
        for size in sizes:
            now, least = figures[size][kind], figures[sizes[0]][kind]
            cells = [f"{now[way]:.2f} ({now[way] / least[way]:.2f})" for way in ("memory", "file")]
            plain = f"{now['microseconds']:.0f} us"
            print(f"| {kind} | {size:,} | {plain} | {now['control']:.2f} | {' | '.join(cells)} |")
    print()


def one_response_server() -> HTTPServer:
    """Return a pytest-httpserver with one response."""
    server = HTTPServer()
    server.expect_request("/").respond_with_data("Hello")
    return server


def life(make: Callable[[], Any], url: Callable[[Any], str], idle: bool) -> tuple[float, float]:
    """Start a server, send one request, and stop it; return the milliseconds of the response and the stop."""
    with requests.Session() as session:
        session.trust_env = False
        start = time.perf_counter()
        server = make()
        server.start()
        session.get(url(server)).raise_for_status()
        responded = time.perf_counter()
        if not idle:
            session.close()
            time.sleep(0.005)
        stopping = time.perf_counter()
        server.stop()
        stopped = time.perf_counter()
    return (responded - start) * 1e3, (stopped - stopping) * 1e3


def lives_table(rounds: int) -> None:
    """Print the times of starting and stopping, beside pytest-httpserver."""
    kinds: dict[str, tuple[Callable[[], Any], Callable[[Any], str]]] = {
        "tiledesk-mock": (TiledeskMock, lambda server: server.url.removesuffix("v3")),
        "pytest-httpserver": (one_response_server, lambda server: server.url_for("/")),
    }
    taken: dict[tuple[str, bool], list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for name, (make, url) in kinds.items():
            for idle in (False, True):
                taken.setdefault((name, idle), []).append(life(make, url, idle))
    rows = {name: _life_row(taken[name, False], taken[name, True]) for name in kinds}
    print("Median milliseconds of a server's life, in a process that has imported it\n")
    print("| | start to first response | stop, nothing under way | stop, idle connection open |")
    print("|---|---|---|---|")
    for name, row in rows.items():
        print(f"| {name} | {' | '.join(f'{figure:.2f}' for figure in row)} |")
    ratios = [ours / theirs for ours, theirs in zip(*rows.values(), strict=True)]
    print(f"| ratio | {' | '.join(f'{ratio:.3f}' for ratio in ratios)} |")


def _life_row(closed: list[tuple[float, float]], idle: list[tuple[float, float]]) -> tuple[float, ...]:
    starts = [start for start, _ in closed + idle]
    return median(starts), median(stop for _, stop in closed), median(stop for _, stop in idle)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure the emulator over HTTP.")
    parser.add_argument("--full", action="store_true", help="with a million events as well")
    parser.add_argument("--rounds", type=int, default=500, help="requests of each kind (default 500)")
    parser.add_argument("--lives", type=int, default=10, help="servers started and stopped (default 10)")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    requests_table(FULL_SIZES if options.full else SIZES, options.rounds)
    lives_table(options.lives)


if __name__ == "__main__":
    main()
