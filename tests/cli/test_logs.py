"""`logs`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.cli.logs import entry_lines

from .conftest import Run, Start, Verb

Follow = Callable[..., "subprocess.Popen[str]"]
FROZEN = "2026-01-31T12:00:00Z"


@pytest.fixture
def happened(mock: TiledeskMock) -> None:
    """Let an event be posted with its webhook, be fired, and be refused; and an unknown path be called."""
    mock.clock.freeze(FROZEN)
    mock.webhooks.fail(status=503)
    mock.webhooks.subscribe("event.emit.order.paid", "http://127.0.0.1:9/hook")
    events = f"{mock.url}/{mock.project_id}/events"
    requests.post(events, json={"name": "order.paid"}, auth=mock.agent.basic, timeout=5)
    mock.wait_for_delivery("order.paid", status=503)
    mock.fire("b\x1b[31m")
    requests.post(events, json={"name": "x"}, auth=("agent@example.com", "wrong"), timeout=5)
    requests.get(f"{mock.url}/{mock.project_id}/leads?sortField=a", timeout=5)


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[Follow]:
    """Start `logs -f`."""
    started: list[subprocess.Popen[str]] = []

    def start_one(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tiledesk_mock", "logs", "-f", *words],
            cwd=tmp_path,
            env={**os.environ, "TZ": "UTC"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.usefixtures("happened")
def test_everything_that_happened_is_a_line(verb: Verb, mock: TiledeskMock) -> None:
    """In one order, with who, what, how it ended and why."""
    lines = [line.removeprefix("2026-01-31 12:00:00.000  ") for line in verb("logs").out.splitlines()]

    post = next(line for line in lines if line.startswith("POST    200 "))
    assert post.endswith(f" ms  /v3/{mock.project_id}/events  by agent agent@example.com  fired order.paid")
    webhook = next(line for line in lines if line.startswith("webhook 503 "))
    assert webhook.endswith("http://127.0.0.1:9/hook  order.paid  delivery 1, attempt 1: waiting for a retry")
    assert "event                    b\\x1b[31m  by owner owner@example.com" in lines
    assert "why: the password of agent@example.com is wrong" in "\n".join(lines)
    assert "  not emulated  " in lines[-1]


@pytest.mark.usefixtures("happened")
@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (["--kind", "request"], ["request"] * 3),
        (["--kind", "event", "--kind", "attempt", "--event", "order.*"], ["event", "attempt"]),
        (["--event", "order.paid", "--kind", "request"], ["request"]),
        (["--status", "4xx"], ["request"] * 2),
        (["--status", "503"], ["attempt"]),
        (["--person", "owner"], ["event"]),
        (["--method", "POST", "--path", "/events"], ["request"] * 2),
        (["--unmatched"], ["request"]),
        (["--query", "sortField=a"], ["request"]),
        (["-n", "1"], ["request"]),
        (["-n", "0"], []),
    ],
    ids=str,
)
def test_lines_are_filtered(verb: Verb, words: list[str], kinds: list[str]) -> None:
    """By kind, and by the words of expect_request; what these do not apply to is left out."""
    found = [one["kind"] for one in verb("logs", *words, "--json").documents]

    assert sorted(found) == sorted(kinds)


def test_reset_and_frames_are_lines(verb: Verb, mock: TiledeskMock) -> None:
    """A reset removes nothing."""
    mock.fire("order.paid")
    mock.reset()

    assert [one["kind"] for one in verb("logs", "--json").documents] == ["event", "reset"]
    assert verb("logs", "--kind", "reset").out.endswith("  reset                    reset\n")


def test_nothing_happened(verb: Verb) -> None:
    """A line on standard error says so, with exit code 0."""
    assert verb("logs") == (0, "", "nothing happened\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--kind", "requests"], "'requests' is not one of 'request', 'event', 'attempt', 'frame', 'reset'"),
        (["--drift", "sort"], "drift: there is no 'sort'"),
        (["-f", "--url", "http://127.0.0.1:1"], "no emulator responds at http://127.0.0.1:1: start one"),
    ],
    ids=str,
)
def test_mistake_is_explained(verb: Verb, words: list[str], message: str) -> None:
    """Nothing is printed."""
    refused = verb("logs", *words)

    assert (refused.code in (1, 2), refused.out) == (True, "")
    assert message in refused.err


def test_line_fits_the_terminal() -> None:
    """What does not fit stands below it; ids are shortened."""
    entry = {
        "id": "t1-1", "time": FROZEN, "kind": "request", "cause": None, "number": 1, "method": "GET",
        "target": "/v3/65b0000000000000000000a1/events", "status": 404, "milliseconds": 1.23,
        "person": {"kind": "user", "id": "1", "email": "agent@example.com", "role": "agent"},
        "event": None, "drifts": ["sort-field"], "fault": None, "emulated": False, "reason": "w " * 40,
    }  # fmt: skip

    lines = [click.unstyle(line) for line in entry_lines(entry, 80)]

    assert all(len(line) <= 80 for line in lines)
    assert lines[0].endswith("  GET     404      1.2 ms  /v3/65b0…00a1/events")
    assert lines[1] == " " * 14 + "by agent agent@example.com  drift sort-field  not emulated"
    assert len(lines) > 3
    assert len(list(entry_lines(entry, None))) == 1


def test_new_entries_are_printed(follow: Follow, mock: TiledeskMock) -> None:
    """From then on, filtered, until Ctrl-C, which is exit code 0."""
    process = follow("--event", "order.*", "--json", "--url", mock.url)
    mock.fire("order.paid")
    mock.fire("nothing")
    mock.fire("order.sent")

    assert process.stdout
    names = [json.loads(process.stdout.readline())["event"] for _ in range(2)]
    process.send_signal(signal.SIGINT)

    assert names == ["order.paid", "order.sent"]
    assert process.wait(30) == 0
    assert process.stderr
    assert process.stderr.read() == ""


def test_restart_is_survived(start: Start, run: Run, follow: Follow) -> None:
    """Standard error says so; what happens in the new emulator is printed. SIGTERM ends it."""
    serving = start("--in-memory")
    run("fire", "order.paid", "--url", serving.url)
    process = follow("--json", "--url", serving.url)
    assert process.stdout
    assert process.stderr
    assert json.loads(process.stdout.readline())["event"] == "order.paid"

    serving.stop(signal.SIGTERM)
    assert process.stderr.readline() == "the emulator does not respond: waiting for it\n"
    start("--in-memory", "--port", serving.url.removesuffix("/v3").rpartition(":")[2])
    run("fire", "order.sent", "--url", serving.url)

    assert json.loads(process.stdout.readline())["event"] == "order.sent"
    assert process.stderr.readline() == "the emulator was restarted\n"
    process.terminate()
    assert process.wait(30) == 0


def test_closed_output_ends_it(follow: Follow, mock: TiledeskMock) -> None:
    """As in a pipe to a program that reads one line."""
    mock.fire("order.paid")
    process = follow("--url", mock.url)
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()

    mock.fire("order.sent")

    assert process.wait(30) == 0
    assert process.stderr
    assert process.stderr.read() == ""


def test_platform_events_are_lines(verb: Verb, mock: TiledeskMock) -> None:
    """They are selected by their names, and say that they are the platform's own."""
    mock.conversation("hello")

    (line,) = verb("logs", "--event", "request.*").out.splitlines()

    assert "request.create" in line
    assert "the platform's own" in line
