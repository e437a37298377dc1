"""`record`, `replay`, `cassette check` and `seed --from-cassette`, run as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
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
    """Start a command that serves; return it, and the URL of its first line."""
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
    told, _ = process.communicate(timeout=30)
    return process.returncode, told


def test_record_writes_what_the_upstream_answered(start: Start, tmp_path: Path) -> None:
    """The client has the answer, the file has it without its secrets."""
    with TiledeskMock() as upstream:
        process, url = start("record", "--upstream", upstream.url, "--out", "new/session.har")
        told = requests.post(f"{url}/auth/signin", json=SIGN_IN)
        code, printed = _stop(process)

    assert (told.status_code, code) == (200, 0)
    assert "1 exchange recorded in new/session.har" in printed
    assert "owner-secret" not in (tmp_path / "new" / "session.har").read_text()
    assert read_cassette(tmp_path / "new" / "session.har").entries[0].response.json()["success"]


def test_record_hides_what_it_is_told_to_hide(start: Start, tmp_path: Path) -> None:
    """Names, paths and a function of the user's."""
    (tmp_path / "hiding.py").write_text(
        "from dataclasses import replace\n"
        "def hide(request, answer):\n    return replace(request, headers=()), answer\n"
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


def test_record_hides_with_a_function_of_the_folder_or_writes_nothing(start: Start, tmp_path: Path) -> None:
    """One that fails is named, with what it said: nothing with secrets in it is written."""
    (tmp_path / "hiding.py").write_text("def hide(request, answer):\n    return None\n")
    with TiledeskMock() as upstream:
        words = ("--upstream", upstream.url, "--out", "session.har", "--redact-with", "hiding:hide")
        process, url = start("record", *words)
        requests.post(f"{url}/auth/signin", json=SIGN_IN)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "the redaction function hide failed; nothing is written (TypeError" in told
    assert "Traceback" not in told
    assert not (tmp_path / "session.har").exists()


@pytest.mark.parametrize("mode", ["none", "once"])
def test_record_that_replays_ends_as_replay_does(start: Start, mode: str) -> None:
    """Exit code 1 for a request that is not in the file."""
    words = ("--upstream", "http://127.0.0.1:1", "--out", str(SERVER), "--mode", mode)
    process, url = start("record", *words)
    told = requests.get(f"{url}/auth").status_code
    code, printed = _stop(process)

    assert (told, code) == (502, 1)
    assert "0 of 11 entries were used" in printed
    assert "recorded in" not in printed


def test_replay_answers_and_tells_what_was_missed(start: Start) -> None:
    """Exit code 1 and the nearest entry for a request that is not in the file."""
    process, url = start("replay", str(SERVER))
    told = [
        requests.post(f"{url}/auth/signin", json=SIGN_IN).status_code,
        requests.get(f"{url}/auth").status_code,
    ]
    code, printed = _stop(process)

    assert (told, code) == ([200, 502], 1)
    assert "1 of 11 entries were used" in printed
    assert "matches GET /v3/auth" in printed


def test_replay_takes_what_is_selected_from_several_files(start: Start) -> None:
    """Only the named paths count, and nothing is wrong with what is left."""
    process, url = start("replay", str(SERVER), str(PLAYWRIGHT), "--path", "/auth", "--repeat", "forever")
    told = [requests.post(f"{url}/auth/signin", json=SIGN_IN).status_code for _ in range(3)]
    code, printed = _stop(process)

    assert (told, code) == ([200] * 3, 0)
    assert "2 of 2 entries were used" in printed


def test_replay_spies_on_the_emulator(start: Start) -> None:
    """What is not in the file is answered by the emulator."""
    process, url = start("replay", str(SERVER), "--fallback", "--strict")
    told = requests.get(f"{url}/auth/none").status_code
    code, printed = _stop(process)

    assert (told, code) == (400, 1)
    assert "unused entries:" in printed


def test_replay_spies_on_an_upstream(start: Start) -> None:
    """What is not in the file is answered by the named Tiledesk."""
    with TiledeskMock() as upstream:
        process, url = start("replay", str(SERVER), "--upstream", upstream.url)
        told = requests.get(f"{url}/{upstream.project_id}/events?sort=name", auth=upstream.owner.basic)
        code, _ = _stop(process)

    assert (told.json()["count"], code) == (0, 0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("replay", "none.har"), "none.har: expected a file that can be read"),
        (("replay",), "Missing argument"),
        (("record", "--out", "x.har"), "Missing option '--upstream'"),
        (
            ("record", "--out", "x.har", "--upstream", "nowhere"),
            "upstream: 'nowhere' is not an http or https URL",
        ),
        (
            ("record", "--out", "x.har", "--upstream", "http://h", "--redact-with", "none:none"),
            "'none:none' is no MODULE:FUNCTION",
        ),
        (("record", "--out", "x.har", "--upstream", "http://["), "'http://[' is not an http or https URL"),
        (("record", "--out", "/proc/x.har", "--upstream", "http://h"), "expected a file that can be written"),
        (("replay", str(SERVER), "--path", "auth"), "no entry is selected: see --host-pattern and --path"),
        (("cassette", "check", str(SERVER), "--older-than", "nan"), "'nan' is not a number of days"),
        (("seed",), "name a seed, or a recording with --from-cassette"),
        (("cassette", "check", "none.har"), "none.har"),
    ],
)
def test_wrong_use_is_told_in_a_line(run: Run, words: tuple[str, ...], told: str) -> None:
    """Exit code 2, and what was expected."""
    done = run(*words)

    assert done.returncode == 2
    assert told in done.stderr


def test_check_finds_secrets_unused_cassettes_and_age(run: Run, tmp_path: Path) -> None:
    """Exit code 1 if there is anything to see to."""
    (tmp_path / "session.har").write_bytes(SERVER.read_bytes())
    (tmp_path / "tests").mkdir()

    done = run("cassette", "check", "session.har", "--used-by", "tests", "--older-than", "0", "--json")
    kinds = {finding["kind"] for finding in json.loads(done.stdout)}

    assert done.returncode == 1
    assert kinds == {"cookie", "credentials", "e-mail", "jwt", "old", "unused", "password", "secret"}


def test_check_looks_through_a_folder(run: Run, tmp_path: Path) -> None:
    """All cassettes in it, and nothing is wrong with none; other YAML is passed over."""
    (tmp_path / "cassettes").mkdir()
    (tmp_path / "cassettes" / "seed.yaml").write_text("users: []")
    empty = run("cassette", "check", "cassettes")
    (tmp_path / "cassettes" / "session.har").write_bytes(SERVER.read_bytes())
    full = run("cassette", "check", "cassettes")

    assert (empty.returncode, empty.stdout) == (0, "0 findings in 0 cassettes\n")
    assert full.returncode == 1
    assert full.stdout.endswith("findings in 1 cassette\n")


def test_seed_is_made_from_a_cassette(run: Run, tmp_path: Path) -> None:
    """Written to a file, it is what an emulator starts from."""
    done = run("seed", "--from-cassette", str(SERVER), "-o", "before.json")

    with TiledeskMock(seed=tmp_path / "before.json") as mock:
        assert (done.returncode, mock.owner.email) == (0, "owner@example.com")


def test_seed_from_a_cassette_is_added_to_a_running_emulator(run: Run) -> None:
    """As any other seed."""
    with TiledeskMock(seed={"users": []}) as mock:
        done = run("seed", "--from-cassette", str(PLAYWRIGHT), "--url", mock.url)

    assert done.returncode == 0
    assert done.stdout == "added 1 user, 1 project, 1 project_user\n"
