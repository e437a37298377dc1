"""`record`, `replay`, `cassette check` and `seed --from-cassette`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tiledesk_mock.cassettes.files import read_cassette
from tiledesk_mock.testing import TiledeskMock

from ..cassettes.recordings import PLAYWRIGHT, SERVER
from .conftest import Run

Started = tuple["subprocess.Popen[str]", str]
Start = Callable[..., Started]

SIGN_IN = {"email": "owner@example.com", "password": "owner-secret"}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a command that runs a server; return it with the URL of its first line."""
    started: list[subprocess.Popen[str]] = []

    def start_one(*words: str) -> Started:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("TILEDESK_MOCK_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "tiledesk_mock", *words, "--port", "0"],
            cwd=tmp_path,
            env={**environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout
        return process, process.stdout.readline().strip().removeprefix("ready ")

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


def _stop(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    return process.returncode, output


def test_record_writes_the_response_without_secrets(start: Start, tmp_path: Path) -> None:
    """The client gets the response, and the file has it without its secrets."""
    with TiledeskMock() as upstream:
        process, url = start("record", "--upstream", upstream.url, "--out", "session.har")
        response = requests.post(f"{url}/auth/signin", json=SIGN_IN)
        code, printed = _stop(process)

    assert (response.status_code, code) == (200, 0)
    assert "1 exchange recorded in session.har" in printed
    assert "owner-secret" not in (tmp_path / "session.har").read_text()
    assert read_cassette(tmp_path / "session.har").entries[0].response.json()["success"]


def test_record_of_nothing_says_so(start: Start, tmp_path: Path) -> None:
    """Without an exchange no file is written, and an existing one stays."""
    with TiledeskMock() as upstream:
        process, _ = start("record", "--upstream", upstream.url, "--out", "session.har")
        code, printed = _stop(process)

    assert (code, "nothing recorded: session.har is as before" in printed) == (0, True)
    assert not (tmp_path / "session.har").exists()


def test_record_redacts_names_paths_and_with_a_function(start: Start, tmp_path: Path) -> None:
    """The options add headers, fields, JSON paths and a function."""
    (tmp_path / "hiding.py").write_text(
        "from dataclasses import replace\n"
        "def hide(request, response):\n    return replace(request, headers=()), response\n"
    )
    hiding = ("--redact", "firstname", "--redact-path", "user.lastname", "--redact-with", "hiding:hide")
    with TiledeskMock() as upstream:
        process, url = start("record", "--upstream", upstream.url, "--out", "session.har", *hiding)
        requests.post(f"{url}/auth/signin", json=SIGN_IN)
        _stop(process)

    (entry,) = read_cassette(tmp_path / "session.har").entries
    assert entry.request.headers == ()
    assert [entry.response.json()["user"][name][:9] for name in ("firstname", "lastname")] == [
        "REDACTED-"
    ] * 2


def test_record_leaves_out_what_the_redaction_function_fails_on(start: Start, tmp_path: Path) -> None:
    """The error names the function, and no secret is written."""
    (tmp_path / "hiding.py").write_text("def hide(request, response):\n    return None\n")
    with TiledeskMock() as upstream:
        words = ("--upstream", upstream.url, "--out", "session.har", "--redact-with", "hiding:hide")
        process, url = start("record", *words)
        requests.post(f"{url}/auth/signin", json=SIGN_IN)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "session.har: an exchange is left out: the redaction function hide failed" in errors
    assert "session.har: 1 exchange left out: the redaction function hide failed" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "session.har").exists()


@pytest.mark.parametrize("mode", ["none", "once"])
def test_record_that_replays_exits_as_replay_does(start: Start, mode: str) -> None:
    """The exit code is 1 after a request that is not in the file."""
    words = ("--upstream", "http://127.0.0.1:1", "--out", str(SERVER), "--mode", mode)
    process, url = start("record", *words)
    status = requests.get(f"{url}/auth").status_code
    code, printed = _stop(process)

    assert (status, code) == (502, 1)
    assert "0 of 11 entries were used" in printed
    assert "recorded in" not in printed


def test_replay_reports_the_nearest_entry_of_a_miss(start: Start) -> None:
    """The exit code is 1 after a request that is not in the file."""
    process, url = start("replay", str(SERVER))
    statuses = [
        requests.post(f"{url}/auth/signin", json=SIGN_IN).status_code,
        requests.get(f"{url}/auth").status_code,
    ]
    code, printed = _stop(process)

    assert (statuses, code) == ([200, 502], 1)
    assert "1 of 11 entries were used" in printed
    assert "matches GET /v3/auth" in printed


def test_replay_selects_entries_of_several_files(start: Start) -> None:
    """Only the entries under the path count."""
    process, url = start("replay", str(SERVER), str(PLAYWRIGHT), "--path", "/auth", "--repeat", "forever")
    statuses = [requests.post(f"{url}/auth/signin", json=SIGN_IN).status_code for _ in range(3)]
    code, printed = _stop(process)

    assert (statuses, code) == ([200] * 3, 0)
    assert "2 of 2 entries were used" in printed


def test_replay_falls_back_to_the_emulator(start: Start) -> None:
    """The emulator responds to requests that are not in the file."""
    process, url = start("replay", str(SERVER), "--fallback", "--strict")
    status = requests.get(f"{url}/auth/none").status_code
    code, printed = _stop(process)

    assert (status, code) == (400, 1)
    assert "unused entries:" in printed


def test_replay_falls_back_to_an_upstream(start: Start) -> None:
    """The upstream responds to requests that are not in the file."""
    with TiledeskMock() as upstream:
        process, url = start("replay", str(SERVER), "--upstream", upstream.url)
        response = requests.get(f"{url}/{upstream.project_id}/events?sort=name", auth=upstream.owner.basic)
        code, _ = _stop(process)

    assert (response.json()["count"], code) == (0, 0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("replay", "none.har"), "none.har: cannot be read"),
        (("replay",), "Missing argument"),
        (("record", "--out", "x.har"), "Missing option '--upstream'"),
        (
            ("record", "--out", "x.har", "--upstream", "nowhere"),
            "upstream: 'nowhere' is not an http or https URL",
        ),
        (
            ("record", "--out", "x.har", "--upstream", "http://h", "--redact-with", "none:none"),
            "'none:none' is not MODULE:FUNCTION",
        ),
        (("record", "--out", "x.har", "--upstream", "http://["), "'http://[' is not an http or https URL"),
        (("record", "--out", "/proc/x.har", "--upstream", "http://h"), "expected a file that can be written"),
        (("record", "--out", "new/x.har", "--upstream", "http://h"), "the folder new does not exist"),
        (("replay", str(SERVER), "--path", "auth"), "no entry is selected: see --host-pattern and --path"),
        (("cassette", "check", str(SERVER), "--older-than", "nan"), "'nan' is not a number of days"),
        (("seed",), "name a seed, or a recording with --from-cassette"),
        (("cassette", "check", "none.har"), "none.har"),
    ],
)
def test_wrong_use_is_one_line(run: Run, words: tuple[str, ...], message: str) -> None:
    """The exit code is 2, and the message says what was expected."""
    done = run(*words)

    assert done.returncode == 2
    assert message in done.stderr


def test_check_finds_secrets_unused_cassettes_and_age(run: Run, tmp_path: Path) -> None:
    """The exit code is 1 if there is a finding."""
    (tmp_path / "session.har").write_bytes(SERVER.read_bytes())
    (tmp_path / "tests").mkdir()

    done = run("cassette", "check", "session.har", "--used-by", "tests", "--older-than", "0", "--json")
    kinds = {finding["kind"] for finding in json.loads(done.stdout)}

    assert done.returncode == 1
    assert kinds == {"cookie", "credentials", "e-mail", "jwt", "old", "unused", "password", "secret"}


def test_check_of_a_folder(run: Run, tmp_path: Path) -> None:
    """All cassettes in it are checked; other YAML files are skipped."""
    (tmp_path / "cassettes").mkdir()
    (tmp_path / "cassettes" / "seed.yaml").write_text("users: []")
    empty = run("cassette", "check", "cassettes")
    (tmp_path / "cassettes" / "session.har").write_bytes(SERVER.read_bytes())
    full = run("cassette", "check", "cassettes")

    assert (empty.returncode, empty.stdout) == (0, "0 findings in 0 cassettes\n")
    assert full.returncode == 1
    assert full.stdout.endswith("findings in 1 cassette\n")


def test_seed_is_made_from_a_cassette(run: Run, tmp_path: Path) -> None:
    """An emulator starts from the written file."""
    done = run("seed", "--from-cassette", str(SERVER), "-o", "before.json")

    with TiledeskMock(seed=tmp_path / "before.json") as mock:
        assert (done.returncode, mock.owner.email) == (0, "owner@example.com")


def test_seed_from_a_cassette_is_added_to_a_running_emulator(run: Run) -> None:
    """It is added like any other seed."""
    with TiledeskMock(seed={"users": []}) as mock:
        done = run("seed", "--from-cassette", str(PLAYWRIGHT), "--url", mock.url)

    assert done.returncode == 0
    assert "added 1 user, 1 project, 1 project_user" in done.stderr


SECRETS = (
    "owner-secret",
    "owner@example.com",
    "eyJ",
    "hunter2-x",
    "cookie-x",
    "query-x",
    "b3duZXJAZXhhbXBsZS5jb20",
)


def _plant_secrets(url: str, project: str) -> None:
    """Send five requests with secrets, of which the fourth reveals one of the third."""
    owner = ("owner@example.com", "owner-secret")
    events = f"{url}/{project}/events"
    token = requests.post(f"{url}/auth/signin", json=SIGN_IN).json()["token"]
    requests.get(f"{events}?token=query-x", auth=owner, headers={"Cookie": "sid=cookie-x"})
    requests.post(events, json={"name": "a.b", "attributes": {"note": "hunter2-x"}}, auth=owner)
    requests.post(events, json={"name": "a.b", "attributes": {"apiKey": "hunter2-x"}}, auth=owner)
    requests.get(events, headers={"Authorization": token})


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 0)],
    ids=lambda value: getattr(value, "name", ""),
)
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_recording_is_on_disk_however_the_recorder_ends(
    start: Start, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """A second after the last response, the file has all exchanges, and none of the secrets."""
    with TiledeskMock() as upstream:
        process, url = start("record", "--upstream", upstream.url, "--out", "session.har")
        _plant_secrets(url, upstream.project_id)
        if number is signal.SIGKILL:
            time.sleep(1)  # what is promised
        process.send_signal(number)
        process.communicate(timeout=30)
    text = (tmp_path / "session.har").read_text()

    assert process.returncode == code
    assert len(json.loads(text)["log"]["entries"]) == 5
    assert [secret for secret in SECRETS if secret in text] == []


def test_second_recorder_of_a_file_is_refused(start: Start, run: Run, tmp_path: Path) -> None:
    """Both would write it. Afterwards no lock remains."""
    with TiledeskMock() as upstream:
        words = ("record", "--upstream", upstream.url, "--out", "session.har")
        process, _ = start(*words)
        second = run(*words)
        _stop(process)

    assert second.returncode == 2
    assert "session.har is in use by process" in second.stderr
    assert list(tmp_path.iterdir()) == []


def test_recording_to_standard_output_is_written_at_the_end(start: Start) -> None:
    """A pipe cannot be written anew."""
    with TiledeskMock() as upstream:
        process, url = start("record", "--upstream", upstream.url, "--out", "/dev/stdout")
        requests.post(f"{url}/auth/signin", json=SIGN_IN)
        code, printed = _stop(process)

    assert code == 0
    assert printed.count('"startedDateTime"') == 1
