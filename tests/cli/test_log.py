"""The log of `serve` and `exec`: a line per request, colours, JSON."""

from __future__ import annotations

import json
import logging
import re
import signal
import sys
from collections.abc import Callable
from datetime import datetime

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.cli.log import access_logger

from .conftest import Run, Start

EVENT = {"name": "order.paid", "attributes": {"order": 7}}

CALL = "import os, requests; print(requests.get(os.environ['TILEDESK_MOCK_URL'] + '/nothing').status_code)"

CODES = re.compile(r"\x1b\[[0-9;]*m")

Log = Callable[[], list[str]]


@pytest.fixture
def mock() -> TiledeskMock:
    """Return a handle whose requests are logged. A test starts it, after it has set the level."""
    return TiledeskMock()


@pytest.fixture
def log(mock: TiledeskMock, caplog: pytest.LogCaptureFixture) -> Log:
    """Start the handle; return a function that stops it and returns the lines of its requests."""
    caplog.set_level(logging.INFO, "tiledesk_mock")
    mock.start(access_logger())

    def lines() -> list[str]:
        mock.stop()
        return [one.getMessage() for one in caplog.records if one.name == "tiledesk_mock.access"]

    return lines


def test_line_of_a_request_has_the_person_and_the_event(mock: TiledeskMock, log: Log) -> None:
    """After client, method, status, bytes, milliseconds and path."""
    url = f"{mock.url}/{mock.project_id}/events"
    requests.post(url, json=EVENT, auth=mock.agent.basic, timeout=5)

    (line,) = log()

    pattern = rf"127\.0\.0\.1  POST    200 +\d+ B +\d+\.\d ms  /v3/{mock.project_id}/events  (.*)"
    found = re.fullmatch(pattern, line)
    assert found
    assert found[1] == "by agent agent@example.com  fired order.paid"


def test_columns_are_aligned(mock: TiledeskMock, log: Log) -> None:
    """The paths begin at one place."""
    requests.get(f"{mock.url}/{mock.project_id}/events", auth=mock.agent.basic, timeout=5)
    requests.options(f"{mock.url}/{mock.project_id}/events", timeout=5)

    assert len({line.index("/v3/") for line in log()}) == 1


@pytest.mark.parametrize(
    ("path", "remark"),
    [
        ("/{project}/events?sortField=name", "by agent agent@example.com  drift sort-field"),
        ("/{project}/leads", "not emulated"),
        ("/{project}/events?page=-1", "why: "),
    ],
)
def test_line_says_what_is_special(mock: TiledeskMock, log: Log, path: str, remark: str) -> None:
    """A drift, a route that is not emulated, the reason of an error."""
    requests.get(mock.url + path.format(project=mock.project_id), auth=mock.agent.basic, timeout=5)

    assert remark in log()[0]


def test_line_says_what_the_server_ignores(caplog: pytest.LogCaptureFixture) -> None:
    """In its dialect, where the request does not get what it asks for."""
    caplog.set_level(logging.INFO, "tiledesk_mock")
    with TiledeskMock(dialect="server").start(access_logger()) as mock:
        url = f"{mock.url}/{mock.project_id}/events?sortField=name"
        requests.get(url, auth=mock.agent.basic, timeout=5)

    assert caplog.messages[-1].endswith("  asks for what the server ignores: sort-field")


def test_line_has_the_fault(mock: TiledeskMock, log: Log) -> None:
    """By its id, and a connection that was reset has no status."""
    fault = mock.faults.drop(path="/events")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{mock.url}/{mock.project_id}/events", auth=mock.agent.basic, timeout=5)

    (line,) = log()

    assert line.split()[:3] == ["127.0.0.1", "GET", "-"]
    assert f"  fault {fault.id}  " in line


def test_control_characters_are_escapes(mock: TiledeskMock, log: Log) -> None:
    """A name cannot change the terminal, nor look like another line."""
    event = {**EVENT, "name": "a\nb\x1b[31m"}
    requests.post(f"{mock.url}/{mock.project_id}/events", json=event, auth=mock.agent.basic, timeout=5)

    assert log()[0].endswith(r"  fired a\nb\x1b[31m")


def test_only_changes_and_errors_of_the_control_api_are_logged(mock: TiledeskMock, log: Log) -> None:
    """A page reads it all the time, which would hide the client's requests."""
    admin = mock.url.replace("/v3", "/__admin")
    for method, path in (("GET", "/requests"), ("GET", "/nothing"), ("POST", "/reset"), ("HEAD", "/health")):
        requests.request(method, admin + path, timeout=5)

    assert [line.split()[1:3] for line in log()] == [["GET", "404"], ["POST", "200"]]


def test_reading_the_control_api_is_logged_for_debugging(
    mock: TiledeskMock, caplog: pytest.LogCaptureFixture
) -> None:
    """With the level `debug` every request has its line."""
    caplog.set_level(logging.DEBUG, "tiledesk_mock")
    with mock.start(access_logger()):
        requests.get(mock.url.replace("/v3", "/__admin/health"), timeout=5)

    assert "/__admin/health" in caplog.text


def test_nothing_is_called_for_requests_that_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """So they cost nothing with the level `warning`."""
    caplog.set_level(logging.WARNING, "tiledesk_mock")

    assert access_logger() is None


def test_json_has_the_fields_of_the_timeline(start: Start) -> None:
    """Each line is an object, with its time, level and message."""
    serving = start("--in-memory", "--log-format", "json")
    url = f"{serving.url}/65b0000000000000000000a1/events"
    requests.post(url, json=EVENT, auth=("agent@example.com", "agent-secret"), timeout=5)
    summary = requests.get(serving.url.replace("/v3", "/__admin/timeline"), timeout=5).json()["entries"]

    _, log = serving.stop(signal.SIGTERM)

    lines = [json.loads(line) for line in log.splitlines()]
    request = next(line for line in lines if line.get("kind") == "request")
    expected = next(entry for entry in summary if entry["kind"] == "request")
    own = {"id", "time", "cause", "milliseconds"}
    assert {name: request[name] for name in expected.keys() - own} == {
        name: value for name, value in expected.items() if name not in own
    }
    assert datetime.fromisoformat(request["time"].replace("Z", "+00:00"))
    assert (request["level"], request["client"]) == ("info", "127.0.0.1")
    assert request["message"].startswith("POST /v3/")
    assert lines[-1]["message"] == "stopped"


def test_every_line_has_a_time_and_warnings_their_level(run: Run) -> None:
    """What is not about a request, too."""
    code = """
import os, socket
host, port = os.environ["TILEDESK_MOCK_URL"][7:-3].split(":")
with socket.create_connection((host, port)) as client:
    client.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nA b\\r\\n\\r\\n")
    client.recv(99)
"""

    ended = run("exec", "--", sys.executable, "-c", code)

    assert re.match(r"\d\d:\d\d:\d\d\.\d{3}  warning: 127\.0\.0\.1: 400 Bad Request: ", ended.stderr)


def test_log_has_colours_on_a_terminal(run_on_terminal: Run) -> None:
    """Without its colours it is the line of a file."""
    ended = run_on_terminal("exec", "--log-level", "info", "--", sys.executable, "-c", CALL)

    assert "\x1b[33m" + ended.stdout.strip() + "\x1b[0m" in ended.stderr
    assert f"GET     {ended.stdout.strip()} " in CODES.sub("", ended.stderr)


@pytest.mark.parametrize(
    ("environ", "is_coloured"),
    [
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"NO_COLOR": ""}, True),
    ],
)
def test_colours_on_a_terminal_can_be_turned_off(
    run_on_terminal: Run, environ: dict[str, str], is_coloured: bool
) -> None:
    """NO_COLOR counts if it is not empty, and a terminal may have none."""
    ended = run_on_terminal("exec", "--log-level", "info", "--", sys.executable, "-c", CALL, **environ)

    assert ("\x1b[" in ended.stderr) == is_coloured


def test_colours_can_be_forced(run: Run) -> None:
    """As in a CI that shows them."""
    words = ("exec", "--log-level", "info", "--", sys.executable, "-c", CALL)

    plain, forced = run(*words), run(*words, FORCE_COLOR="1")

    assert ("\x1b[" in plain.stderr, "\x1b[" in forced.stderr) == (False, True)


def test_json_has_no_colours_on_a_terminal(run_on_terminal: Run) -> None:
    """It is for programs."""
    words = ("--log-level", "info", "--log-format", "json")
    ended = run_on_terminal("exec", *words, "--", sys.executable, "-c", CALL)

    assert "\x1b" not in ended.stderr
