"""What a test costs: the fixture beside pytest-httpserver, responses and moto's server, in one run.

`python benchmarks/plugin.py` prints a Markdown table of medians, with the ratios that matter. Each session is
a process of its own; those of the peers take turns, so that all meet the same machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = 200

OURS = """
import requests

def test_{n}(tiledesk_mock):
    requests.get(tiledesk_mock.url + "/testauth")
"""
HTTPSERVER = """
import requests

def test_{n}(httpserver):
    httpserver.expect_request("/testauth").respond_with_json({{}})
    requests.get(httpserver.url_for("/testauth"))
"""
RESPONSES = """
import requests
import responses

@responses.activate
def test_{n}():
    responses.get("https://api.tiledesk.com/testauth", json={{}})
    requests.get("https://api.tiledesk.com/testauth")
"""
MOTO = """
import pytest
import requests
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

def test_{n}(moto):
    requests.get(moto + "/moto-api/data.json")
"""
EMPTY = """
def test_{n}():
    pass
"""
PEERS = {
    "tiledesk_mock": (OURS, "conftest_plugin"),
    "pytest-httpserver": (HTTPSERVER, "pytest_httpserver.pytest_plugin"),
    "responses": (RESPONSES, None),
    "moto's server": (MOTO, None),
    "an empty test": (EMPTY, None),
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
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }


def session(folder: Path, plugin: str | None, tests: str) -> float:
    """Run pytest on a file; return how many seconds its process took."""
    (folder / "test_it.py").write_text(tests)
    words = ["-p", "no:cacheprovider", "-q", *(["-p", plugin] if plugin else [])]
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", *words, "test_it.py"],
        cwd=folder,
        env=environment(folder),
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began


def sessions(rounds: int) -> dict[str, tuple[float, float]]:
    """Return for each peer the milliseconds of a session with one test, and of each test beyond it."""
    one: dict[str, list[float]] = {name: [] for name in PEERS}
    each: dict[str, list[float]] = {name: [] for name in PEERS}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "pytest.ini").write_text("[pytest]\n")
        for template, plugin in PEERS.values():
            session(place, plugin, template.format(n=0))  # compiles what it imports
        for _ in range(rounds):
            for name, (template, plugin) in PEERS.items():
                single = session(place, plugin, template.format(n=0))
                many = session(place, plugin, "".join(template.format(n=n) for n in range(TESTS)))
                one[name].append(single * 1000)
                each[name].append((many - single) / (TESTS - 1) * 1000)
    return {name: (statistics.median(one[name]), statistics.median(each[name])) for name in PEERS}


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
    measured = sessions(rounds)
    empty_one, empty_each = measured.pop("an empty test")
    reference = measured["pytest-httpserver"][1] - empty_each
    print("| over an empty test | ms per test | beside pytest-httpserver | ms for a session with one test |")
    print("|---|---|---|---|")
    for name, (one, each) in measured.items():
        cost = each - empty_each
        print(f"| {name} | {cost:.2f} | {cost / reference:.2f} | {one - empty_one:.0f} |")
    print("\n| intercepted call | ours, ms | responses, ms | ratio |")
    print("|---|---|---|---|")
    for method, (ours, theirs) in zip(("GET", "POST"), calls(rounds), strict=True):
        print(f"| {method} | {ours:.3f} | {theirs:.3f} | {ours / theirs:.2f} |")


if __name__ == "__main__":
    main()
