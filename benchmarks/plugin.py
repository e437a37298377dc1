"""What a test costs: the fixture beside pytest-httpserver, responses and moto's server, in one run.

`python benchmarks/plugin.py` prints tables of medians, with the ratios that matter. The tests of all
peers take turns in one session, so that all meet the same machine. Each is what a client's test does: with a
session of requests, it posts an event and reads it back.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = 200

STOPWATCH = """
import json, time

began, seconds = {}, {}

def pytest_runtest_logstart(nodeid):
    began[nodeid] = time.perf_counter()

def pytest_runtest_logfinish(nodeid):
    seconds[nodeid.rpartition("::")[2]] = time.perf_counter() - began[nodeid]

def pytest_unconfigure():
    print("stopwatch", json.dumps(seconds))
"""
CLIENT = """
import requests
import responses

EVENT = {"name": "order.paid", "attributes": {"total": 42}}

def use(url, auth):
    with requests.Session() as session:
        session.auth = auth
        session.post(url, json=EVENT).json()
        session.get(url).json()
"""
OURS = """
def test_{name}_{n}(tiledesk_mock):
    use(f"{{tiledesk_mock.url}}/{{tiledesk_mock.project_id}}/events", tiledesk_mock.agent.basic)
"""
INTERCEPTED = """
def test_{name}_{n}(tiledesk_mock_intercept):
    mock = tiledesk_mock_intercept
    use(f"{{mock.url}}/{{mock.project_id}}/events", mock.agent.basic)
"""
HTTPSERVER = """
def test_{name}_{n}(httpserver):
    httpserver.expect_request("/events", "POST").respond_with_json(EVENT)
    httpserver.expect_request("/events", "GET").respond_with_json([EVENT])
    use(httpserver.url_for("/events"), ("a", "b"))
"""
RESPONSES = """
@responses.activate
def test_{name}_{n}():
    responses.post("https://api.tiledesk.com/events", json=EVENT)
    responses.get("https://api.tiledesk.com/events", json=[EVENT])
    use("https://api.tiledesk.com/events", ("a", "b"))
"""
MOTO_SERVER = """
import pytest
from moto.server import ThreadedMotoServer

@pytest.fixture(scope="session")
def moto_server():
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    yield "http://%s:%s" % server.get_host_and_port()
    server.stop()

@pytest.fixture
def moto(moto_server):
    requests.post(moto_server + "/moto-api/reset")
    return moto_server
"""
MOTO = """
def test_{name}_{n}(moto):
    use(moto + "/moto-api/data.json", ("a", "b"))
"""
EMPTY_TEST = "an empty test"
EMPTY = """
def test_{name}_{n}():
    pass
"""
PEERS = {
    "tiledesk_mock": (OURS, "tiledesk_mock.plugin.hooks"),
    "pytest-httpserver": (HTTPSERVER, "pytest_httpserver.pytest_plugin"),
    "tiledesk_mock_intercept": (INTERCEPTED, "tiledesk_mock.plugin.hooks"),
    "responses": (RESPONSES, None),
    "moto's server": (MOTO, None),
    EMPTY_TEST: (EMPTY, None),
}
CALLS = """
import re, statistics, time
import requests, responses
from tiledesk_mock import mock_tiledesk

def per_call(call, calls=200):
    began = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - began) / calls * 1000

def measured(url, **more):
    get = lambda: requests.get(url, **more)
    post = lambda: requests.post(url, json={"name": "order.paid", "attributes": {"total": 42}}, **more)
    return per_call(get), per_call(post)

theirs, ours = [], []
with mock_tiledesk() as tiledesk:
    url, auth = f"{tiledesk.url}/{tiledesk.project_id}/events", tiledesk.agent.basic
for _ in range(ROUNDS):
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(url, json={"perPage": 40, "count": 0, "events": []})
        mock.post(url, json={"name": "order.paid", "attributes": {"total": 42}})
        theirs.append(measured(url, auth=auth))
    with mock_tiledesk() as tiledesk:
        ours.append(measured(url, auth=auth))
for column in (0, 1):
    print(*(statistics.median(row[column] for row in rows) for rows in (ours, theirs)))
"""


def environment(folder: Path) -> dict[str, str]:
    """Return an environment without other plugins, in which what is imported is compiled once."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    return kept | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)]),
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }


def written(*numbers: int, peers: Iterable[str]) -> str:
    """Return a file of tests, those of all peers in turn."""
    tests = [
        PEERS[peer][0].format(name=list(PEERS).index(peer), n=number) for number in numbers for peer in peers
    ]
    return CLIENT + (MOTO_SERVER if "moto's server" in peers else "") + "".join(tests)


def session(folder: Path, tests: str, *plugins: str | None) -> tuple[float, dict[str, float]]:
    """Run pytest on a file; return the seconds of its process, and those of each test."""
    (folder / "test_it.py").write_text(tests)
    words = [word for plugin in ("stopwatch", *plugins) if plugin for word in ("-p", plugin)]
    began = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *words, "test_it.py"],
        cwd=folder,
        env=environment(folder),
        check=True,
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - began, json.loads(ran.stdout.rsplit("stopwatch ", 1)[1])


def one_test(folder: Path, rounds: int) -> dict[str, float]:
    """Return the milliseconds of a session with one test of each peer."""
    for peer, (_, plugin) in PEERS.items():
        session(folder, written(0, peers=[peer]), plugin)  # compiles what it imports
    taken: dict[str, list[float]] = {peer: [] for peer in PEERS}
    for _ in range(rounds):
        for peer, (_, plugin) in PEERS.items():
            taken[peer].append(session(folder, written(0, peers=[peer]), plugin)[0] * 1000)
    return {peer: statistics.median(times) for peer, times in taken.items()}


def each_test(folder: Path) -> dict[str, float]:
    """Return the milliseconds of a test of each peer, all in one session, in turn."""
    plugins = {plugin for _, plugin in PEERS.values()}
    _, seconds = session(folder, written(*range(TESTS), peers=PEERS), *plugins)
    return {
        peer: statistics.median(
            taken * 1000 for name, taken in seconds.items() if name.startswith(f"test_{number}_")
        )
        for number, peer in enumerate(PEERS)
    }


def calls(rounds: int) -> list[tuple[float, float]]:
    """Return the milliseconds of an intercepted GET and POST, ours beside those of responses."""
    code = CALLS.replace("ROUNDS", str(rounds))
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return [tuple(map(float, line.split())) for line in ran.stdout.splitlines()]  # type: ignore[misc]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="how often everything is measured")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n")
        (folder / "stopwatch.py").write_text(STOPWATCH)
        one, each = one_test(folder, rounds), each_test(folder)
    print("| over an empty test | ms per test | beside pytest-httpserver | ms for a session with one test |")
    print("|---|---|---|---|")
    empty_one, empty_each = one.pop(EMPTY_TEST), each.pop(EMPTY_TEST)
    reference = each["pytest-httpserver"] - empty_each
    for peer in one:
        cost = each[peer] - empty_each
        print(f"| {peer} | {cost:.2f} | {cost / reference:.2f} | {one[peer] - empty_one:.0f} |")
    print("\n| intercepted call | ours, ms | responses, ms | ratio |")
    print("|---|---|---|---|")
    for method, (ours, theirs) in zip(("GET", "POST"), calls(rounds), strict=True):
        print(f"| {method} | {ours:.3f} | {theirs:.3f} | {ours / theirs:.2f} |")


if __name__ == "__main__":
    main()
