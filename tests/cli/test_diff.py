"""`diff` between emulators, and with a recording."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tiledesk_mock.cassettes.files import read_cassette, write_cassette
from tiledesk_mock.cassettes.record import redact_entries

from ..two_emulators import UPSTREAM_CREDENTIALS, UPSTREAM_SEED
from .conftest import Run, Start

CONTRACT = Path(__file__).parents[2] / "fixtures" / "contract"
RECORDING = Path(__file__).parents[1] / "cassettes" / "data" / "tiledesk-server-2.19.16.har"
PROJECT = "65b0000000000000000000a1"
OWNER = ("owner@example.com", "owner-secret")


def event_for(url: str) -> dict[str, Any]:
    """Return a request that fires an event."""
    return {"url": f"{url}/{PROJECT}/events", "json": {"name": "order.paid"}, "auth": OWNER}


def test_dialects_differ_in_known_drifts_only(start: Start, run: Run) -> None:
    """The built-in scenarios run against an emulator in the other dialect."""
    upstream = start("--in-memory", "--dialect", "server").url

    result = run("diff", "--upstream", upstream)

    assert result.returncode == 0, result.stdout + result.stderr
    assert (
        "known drift sort-field: in 1 exchange, such as body.events of sorted by sortField" in result.stdout
    )
    assert "skipped an event of another project: needs outsider, {b}" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("0 differences")


def test_upstream_with_its_own_people_and_events_is_compared(start: Start, run: Run, tmp_path: Path) -> None:
    """It needs one project and the credentials of its owner; events of others do not count."""
    (tmp_path / "theirs.yaml").write_text(UPSTREAM_SEED)
    (tmp_path / "me.yaml").write_text(UPSTREAM_CREDENTIALS)
    upstream = start(
        "--in-memory", "--dialect", "server", "--seed", "theirs.yaml", "--global-secret", "x"
    ).url

    result = run("diff", "--upstream", upstream, "--credentials", "me.yaml", "--dialect", "server")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "skipped an event by an agent: needs agent" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("exchanges equal; 0 known drifts; 0 differences")


def test_upstream_that_rejects_the_owner_is_one_line(start: Start, run: Run, tmp_path: Path) -> None:
    """Without a sign-in every comparison would differ."""
    (tmp_path / "theirs.yaml").write_text(UPSTREAM_SEED)
    upstream = start("--in-memory", "--dialect", "server", "--seed", "theirs.yaml").url

    result = run("diff", "--upstream", upstream, "--dialect", "server")

    assert result.returncode == 2
    assert "the upstream does not let the owner in (4" in result.stderr
    assert "its project and people are given with --credentials" in result.stderr


def test_nothing_compared_is_wrong_use(start: Start, run: Run, tmp_path: Path) -> None:
    """A scenario is skipped if no person has the role that it needs."""
    (tmp_path / "mine.yaml").write_text("- {name: a, steps: [{as: owner, get: '/{projekt}/events'}]}")
    upstream = start("--in-memory").url

    result = run("diff", "--upstream", upstream, "--scenario", "mine.yaml")

    assert result.returncode == 2
    assert "skipped a: needs {projekt}" in result.stdout
    assert "nothing was compared" in result.stderr


def test_unknown_difference_is_exit_code_1(start: Start, run: Run, tmp_path: Path) -> None:
    """Text has the path of the difference, JSON both sides."""
    (tmp_path / "mine.yaml").write_text('[{name: mine, steps: [{as: owner, get: "/{project}/events"}]}]')
    upstream = start("--in-memory", "--dialect", "server").url
    run("fire", "before", "--url", upstream)

    result = run("diff", "--upstream", upstream, "--scenario", "mine.yaml")
    as_json = run("diff", "--upstream", upstream, "--scenario", "mine.yaml", "--json")

    assert result.returncode == as_json.returncode == 1
    assert result.stdout.splitlines()[0].startswith("mine / step 1, as owner: GET /")
    assert result.stdout.splitlines()[1] == "  body.count: here 0, there 1"
    assert json.loads(as_json.stdout)["differences"][0]["differences"][0]["there"] == 1


def test_upstream_that_never_responds_is_no_difference(start: Start, run: Run, tmp_path: Path) -> None:
    """The emulator responds at once with 504; the step has the timeout of the upstream."""
    text = '[{name: mine, steps: [{as: owner, get: "/{project}/events?page=-1", timeout: 0.3}]}]'
    (tmp_path / "mine.yaml").write_text(text)
    upstream = start("--in-memory", "--dialect", "server", "--hang").url

    result = run("diff", "--upstream", upstream, "--scenario", "mine.yaml")

    assert result.stdout == "1 of 1 exchanges equal; 0 known drifts; 0 differences\n"


def test_running_emulator_can_be_compared(start: Start, run: Run) -> None:
    """With --against no emulator is started."""
    url, upstream = start("--in-memory").url, start("--in-memory").url

    result = run("diff", "--against", url, "--upstream", upstream, "--tidy")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "an event is fired" not in result.stdout
    assert result.stdout.splitlines()[-1].endswith("0 known drifts; 0 differences")


def test_recording_is_compared_with_the_emulator(run: Run) -> None:
    """The requests of a session with the real server are sent again."""
    result = run(
        "diff", "--cassette", str(RECORDING), "--seed", str(CONTRACT / "world.json"), "--dialect", "server"
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1] == "11 of 11 exchanges equal; 0 known drifts; 0 differences"


def test_recorded_requests_are_sent_to_an_upstream(start: Start, run: Run) -> None:
    """They are sent to both; the recorded responses do not count."""
    world = str(CONTRACT / "world.json")
    upstream = start("--in-memory", "--dialect", "server", "--seed", world).url

    result = run("diff", "--cassette", str(RECORDING), "--upstream", upstream, "--seed", world)

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1].startswith("11 of 11 exchanges equal; 2 known drifts")


def test_redacted_recording_is_compared_with_its_own_data(run: Run, tmp_path: Path) -> None:
    """People have placeholders for their redacted credentials."""
    entries = redact_entries(read_cassette(RECORDING).entries)
    write_cassette(tmp_path / "redacted.har", entries)

    result = run("diff", "--cassette", "redacted.har", "--dialect", "server")

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1] == "11 of 11 exchanges equal; 0 known drifts; 0 differences"


def test_live_requests_are_compared(start: Start, tmp_path: Path) -> None:
    """The client gets the emulator's response; differences are printed at once and summed up at the end."""
    upstream = start("--in-memory", "--dialect", "server")
    requests.post(**event_for(upstream.url), timeout=5)
    words = ["diff", "--live", "--upstream", upstream.url, "--port", "0", "--log-level", "error"]
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "tiledesk_mock", *words], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        url = process.stdout.readline().removeprefix("ready ").strip()
        requests.post(**event_for(url), timeout=5)
        requests.get(event_for(url)["url"], auth=OWNER, timeout=5)
        printed = process.stdout.readline() + process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)

    assert printed == f"GET /v3/{PROJECT}/events\n  body.count: here 1, there 2\n"
    assert rest.splitlines()[-1].startswith("1 of 2 exchanges equal; 2 known drifts")
    assert process.returncode == 1


def test_unreachable_upstream_is_one_line(run: Run) -> None:
    """The exit code is that of wrong use."""
    result = run("diff", "--upstream", "http://127.0.0.1:1")

    assert result.returncode == 2
    assert result.stderr.startswith("Error: http://127.0.0.1:1 cannot be reached: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "name an --upstream to compare with, or a --cassette"),
        (("--upstream", "http://x", "--live", "--scenario", "mine.yaml"), "exclude each other"),
        (("--upstream", "x"), "'x' is not an http or https URL"),
        (
            ("--upstream", "http://127.0.0.1:1", "--scenario", "mine.yaml"),
            "scenario 1, name: missing; expected text",
        ),
        (
            ("--upstream", "http://127.0.0.1:1", "--credentials", "mine.yaml"),
            "expected an object with project",
        ),
    ],
)
def test_wrong_use_is_exit_code_2(run: Run, tmp_path: Path, words: tuple[str, ...], expected: str) -> None:
    """The message says what was expected."""
    (tmp_path / "mine.yaml").write_text("[{steps: []}]")

    result = run("diff", *words)

    assert result.returncode == 2
    assert expected in result.stderr
