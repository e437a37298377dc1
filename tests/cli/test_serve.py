"""`tiledesk-mock serve`."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import pytest
import requests

from tiledesk_mock.cli.serve import serve_command
from tiledesk_mock.settings import Settings, environment_variable

from .conftest import Run, Start


def test_serve_says_where_it_answers_and_the_line_to_try_works(start: Start) -> None:
    """The first line is `ready URL`, the last can be pasted."""
    serving = start("--in-memory")

    pasted = subprocess.run(
        [*shlex.split(serving.lines[-1]), "--silent"], capture_output=True, text=True, timeout=10, check=True
    )

    assert serving.lines[0].startswith("ready http://127.0.0.1:")
    assert json.loads(pasted.stdout)["name"] == "order.paid"


def test_serve_names_those_who_can_sign_in(start: Start, tmp_path: Path) -> None:
    """The line to try is of one of them."""
    seed = {
        "users": [
            {"email": "disabled@example.com", "password": "x", "status": 0},
            {"email": "gone@example.com", "password": "x"},
            {"email": "here@example.com", "password": "x"},
        ],
        "projects": [{"name": "Shop"}],
        "project_users": [
            {"id_user": "disabled@example.com", "role": "owner"},
            {"id_user": "gone@example.com", "role": "owner", "trashed": True},
            {"id_user": "here@example.com", "role": "agent"},
        ],
    }
    (tmp_path / "seed.json").write_text(json.dumps(seed))

    lines = start("--in-memory", "--seed", "seed.json").lines

    assert [line.split()[1] for line in lines[3:-2]] == ["here@example.com"]
    assert "here@example.com:x" in lines[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_stops_cleanly(start: Start, number: int) -> None:
    """Ctrl-C and SIGTERM end it well, with an access log and without a traceback."""
    serving = start("--in-memory")
    requests.get(serving.url, timeout=5)

    code, log = serving.stop(number)

    assert code == 0
    assert '"GET /v3" 400' in log
    assert "Traceback" not in log


def test_serve_goes_on_when_nobody_reads_what_it_says(tmp_path: Path) -> None:
    """A script that takes the first line has what it wants."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "tiledesk_mock", "serve", "--in-memory", "--port", str(port)]
    unread, told = os.pipe()
    os.close(unread)
    serving = subprocess.Popen(words, cwd=tmp_path, stdout=told, stderr=subprocess.PIPE)
    os.close(told)
    started = time.monotonic()
    answered = False
    while not answered and serving.poll() is None and time.monotonic() < started + 20:
        with suppress(requests.ConnectionError):
            answered = requests.get(f"http://127.0.0.1:{port}/__admin/health", timeout=5).ok

    serving.send_signal(signal.SIGTERM)

    _, log = serving.communicate(timeout=30)
    assert (answered, serving.returncode, b"Traceback" in log) == (True, 0, False)


def test_serve_logs_no_token_of_a_query(start: Start) -> None:
    """The token of a WebSocket's handshake stands in its address, and stays out of the log."""
    serving = start("--in-memory")
    requests.get(f"{serving.url}/ws/", params={"token": "JWT very.secret.token"}, timeout=5)

    _, log = serving.stop(signal.SIGTERM)

    assert "/ws/?token=" in log
    assert "very.secret.token" not in log


def test_serve_keeps_what_was_fired(start: Start, run: Run) -> None:
    """A second start on the same folder has the events of the first."""
    serving = start()
    run("fire", "order.paid", "total=42", "--url", serving.url)
    serving.stop(signal.SIGTERM)

    again = start()

    assert "1 event, kept in" in again.lines[1]


def test_serve_says_how_much_of_a_seed_has_expired(start: Start) -> None:
    """On the real server an event lives for an hour: a busy week is gone at once."""
    serving = start("--in-memory", "--seed", "busy", "--dialect", "server")

    assert "more have expired: see --events-ttl" in serving.lines[1]


def test_serve_in_memory_leaves_nothing(start: Start, tmp_path: Path) -> None:
    """No file is written."""
    start("--in-memory").stop(signal.SIGTERM)

    assert list(tmp_path.iterdir()) == []


def test_serve_refuses_a_port_in_use(run: Run) -> None:
    """One line that says what to do, and exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run("serve", "--in-memory", "--port", str(taken.getsockname()[1]))

    assert refused.returncode == 2
    assert "is taken by another program: choose another port" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_serve_refuses_a_file_in_use(start: Start, run: Run) -> None:
    """The line names the file and the process that has it."""
    serving = start()

    refused = run("serve", "--port", "0")

    assert refused.returncode == 2
    assert f"tiledesk-mock.json is in use by process {serving.process.pid}" in refused.stderr


def test_serve_refuses_a_wrong_seed_whole(run: Run, tmp_path: Path) -> None:
    """File, path, and what was expected; and no store is left behind."""
    (tmp_path / "wrong.yaml").write_text("users:\n- {email: 5, password: secret}\n")

    refused = run("serve", "--port", "0", "--seed", "wrong.yaml")

    assert refused.returncode == 2
    assert "wrong.yaml: users[0].email" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_serve_refuses_a_seed_on_other_data(start: Start, run: Run, tmp_path: Path) -> None:
    """Nothing is lost: the line says how to go on with either."""
    start().stop(signal.SIGTERM)
    other = {"email": "other@example.com", "password": "secret"}
    (tmp_path / "other.json").write_text(json.dumps({"users": [other]}))

    refused = run("serve", "--port", "0", "--seed", "other.json")

    assert refused.returncode == 2
    assert "--reseed to start anew" in refused.stderr


def test_serve_again_with_the_same_seed(start: Start) -> None:
    """The same command line, run twice, goes on with the data."""
    start("--seed", "empty").stop(signal.SIGTERM)

    again = start("--seed", "empty")

    assert again.lines[0].startswith("ready ")
    assert again.lines[1].endswith(", unchanged: the seed is not loaded again (--reseed replaces the data)")


def test_serve_reads_the_environment(start: Start) -> None:
    """Each option is a variable, too."""
    serving = start(TILEDESK_MOCK_IN_MEMORY="1", TILEDESK_MOCK_DIALECT="server")

    assert serving.lines[1] == "dialect server; 0 events, kept in memory"


def test_serve_says_that_nobody_can_sign_in(start: Start, run: Run, tmp_path: Path) -> None:
    """The people have a file of their own, which may be gone."""
    start().stop(signal.SIGTERM)
    run("fire", "order.paid", "--db", "tiledesk-mock.json")
    (tmp_path / "tiledesk-mock.people.json").unlink()

    process = subprocess.Popen(
        [sys.executable, "-m", "tiledesk_mock", "serve", "--port", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    lines = [process.stdout.readline() for _ in range(3)]
    process.terminate()
    process.communicate(timeout=30)

    assert lines[2] == "no project, so nobody can sign in: is tiledesk-mock.people.json missing?\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_serve_says_that_there_is_no_room_for_what_it_says(tmp_path: Path) -> None:
    """In a line, and not in twenty."""
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "tiledesk_mock", "version"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            check=False,
        )

    assert (ended.returncode, ended.stderr) == (1, "Error: no space left on the device of standard output\n")


def test_verb_that_is_misspelt_is_told_with_the_one_that_was_meant(run: Run) -> None:
    """As options are."""
    assert "No such command 'serv'. Did you mean 'serve'?" in run("serv").stderr


def test_version_is_an_option_too(run: Run) -> None:
    """People try it first."""
    assert run("--version").stdout == run("version").stdout != ""


def test_serve_names_the_variable_that_is_wrong(run: Run) -> None:
    """Nobody gave the option."""
    refused = run("serve", "--in-memory", TILEDESK_MOCK_DIALECT="klingon")

    assert refused.returncode == 2
    assert "Error: TILEDESK_MOCK_DIALECT: 'klingon' is not documented or server" in refused.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--dialect", "klingon"), "'klingon' is not documented or server"),
        (("--port", "99999"), "'99999' is not a port, 0 to 65535"),
        (("--seed", "bsuy"), "expected one of default, busy, empty"),
        (("--db", "/nowhere/at/all.json"), "/nowhere/at/all.json"),
        (("--in-memory", "--db", "x.json"), "exclude each other"),
    ],
)
def test_serve_refuses_wrong_use(run: Run, words: tuple[str, ...], complaint: str) -> None:
    """What is wrong is said, with what was expected, and the exit code is 2."""
    refused = run("serve", *words)

    assert refused.returncode == 2
    assert complaint in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("name", [column.name for column in fields(Settings)])
def test_serve_takes_every_setting(name: str) -> None:
    """As an option, and as a variable in the environment."""
    options = {param.name: param for param in serve_command.params}

    assert options[name].envvar == environment_variable(name)


@pytest.mark.parametrize(
    ("words", "environ", "value"),
    [
        ([], {}, None),
        (["--no-subscription-log"], {}, False),
        ([], {"TILEDESK_MOCK_SUBSCRIPTION_LOG": "false"}, False),
    ],
)
def test_serve_turns_off_what_is_on(
    monkeypatch: pytest.MonkeyPatch, words: list[str], environ: dict[str, str], value: bool | None
) -> None:
    """By its name with a no, or by the environment."""
    for name, text in environ.items():
        monkeypatch.setenv(name, text)

    assert serve_command.make_context("serve", list(words)).params["subscription_log"] is value
