"""`tiledesk-mock serve`."""

from __future__ import annotations

import json
import os
import re
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

from .conftest import Run, Serving, Start


def test_serve_prints_its_url_and_a_command_that_works(start: Start) -> None:
    """The first line is `ready URL`, the last can be pasted."""
    serving = start("--in-memory")

    pasted = subprocess.run(
        [*shlex.split(serving.lines[-1]), "--silent"], capture_output=True, text=True, timeout=10, check=True
    )

    assert serving.lines[0].startswith("ready http://127.0.0.1:")
    assert json.loads(pasted.stdout)["name"] == "order.paid"


def test_serve_prints_the_address_of_its_page(start: Start) -> None:
    """The address works as it is printed."""
    serving = start("--in-memory")

    word, url = serving.lines[1].split()

    assert (word, url) == ("page", serving.url.removesuffix("/v3") + "/__admin/")
    assert requests.get(url, timeout=10).headers["Content-Type"] == "text/html; charset=utf-8"


def test_keep_alive_timeout_is_that_of_the_variable(start: Start) -> None:
    """Without it, Node's is announced."""
    urls = [
        serving.lines[0].removeprefix("ready ")
        for serving in (start("--in-memory"), start("--in-memory", TILEDESK_MOCK_KEEP_ALIVE_TIMEOUT="7"))
    ]

    assert [requests.get(url, timeout=10).headers["Keep-Alive"] for url in urls] == ["timeout=5", "timeout=7"]


def test_serve_prints_users_who_can_sign_in(start: Start, tmp_path: Path) -> None:
    """The command to try has the credentials of one of them."""
    seed = {
        "users": [
            {"email": "disabled@example.com", "password": "x", "status": 0},
            {"email": "gone@example.com", "password": "x"},
            {"email": "here@example.com", "password": "x"},
        ],
        "projects": [{"name": "Shop"}],
        "project_users": [
            {"id_user": "disabled@example.com", "role": "owner"},
            {"id_user": "gone@example.com", "role": "owner", "status": "disabled"},
            {"id_user": "here@example.com", "role": "agent"},
        ],
    }
    (tmp_path / "seed.json").write_text(json.dumps(seed))

    lines = start("--in-memory", "--seed", "seed.json").lines

    assert [line.split()[1] for line in lines[4:-2]] == ["here@example.com"]
    assert "here@example.com:x" in lines[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_stops_cleanly(start: Start, number: int) -> None:
    """Ctrl-C and SIGTERM stop it, with an access log and without a traceback."""
    serving = start("--in-memory")
    requests.get(serving.url, timeout=5)

    code, log = serving.stop(number)

    assert code == 0
    assert re.search(r"^\d\d:\d\d:\d\d\.\d{3}  127\.0\.0\.1  GET     400 .* ms  /v3  ", log)
    assert "Traceback" not in log


def test_serve_runs_on_when_its_output_is_closed(tmp_path: Path) -> None:
    """A script may read only the first line."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "tiledesk_mock", "serve", "--in-memory", "--port", str(port)]
    reader, writer = os.pipe()
    os.close(reader)
    serving = subprocess.Popen(words, cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    started = time.monotonic()
    is_up = False
    while not is_up and serving.poll() is None and time.monotonic() < started + 20:
        with suppress(requests.ConnectionError):
            is_up = requests.get(f"http://127.0.0.1:{port}/__admin/health", timeout=5).ok

    serving.send_signal(signal.SIGTERM)

    _, log = serving.communicate(timeout=30)
    assert (is_up, serving.returncode, b"Traceback" in log) == (True, 0, False)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_serve_under_gevent_responds_and_stops(tmp_path: Path) -> None:
    """A signal is handled in gevent's loop, where nothing may wait."""
    pytest.importorskip("gevent")
    words = [sys.executable, "-m", "gevent.monkey", "--module", "tiledesk_mock", "serve", "--in-memory"]
    process = subprocess.Popen(
        [*words, "--port", "0"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    serving = Serving(process)
    response = requests.post(f"{serving.url.removesuffix('/v3')}/__admin/reset", timeout=20)

    code, log = serving.stop(signal.SIGINT)

    assert (response.status_code, code, log.split()[-1]) == (200, 0, "stopped")


def test_serve_logs_no_token_of_a_query(start: Start) -> None:
    """The token of a WebSocket handshake is in its URL, and is not logged."""
    serving = start("--in-memory")
    requests.get(f"{serving.url}/ws/", params={"token": "JWT very.secret.token"}, timeout=5)

    _, log = serving.stop(signal.SIGTERM)

    assert "/ws/?token=" in log
    assert "very.secret.token" not in log


def test_serve_keeps_events(start: Start, run: Run) -> None:
    """A second start in the same folder has the events of the first."""
    serving = start()
    run("fire", "order.paid", "total=42", "--url", serving.url)
    serving.stop(signal.SIGTERM)

    again = start()

    assert "1 event, kept in" in again.lines[2]


def test_serve_prints_how_many_events_have_expired(start: Start) -> None:
    """On the real server events expire after an hour: the busy seed has older ones."""
    serving = start("--in-memory", "--seed", "busy", "--dialect", "server")

    assert "more have expired: see --events-ttl" in serving.lines[2]


def test_serve_in_memory_writes_no_file(start: Start, tmp_path: Path) -> None:
    """The folder stays empty."""
    start("--in-memory").stop(signal.SIGTERM)

    assert list(tmp_path.iterdir()) == []


def test_serve_rejects_a_port_in_use(run: Run) -> None:
    """One line says what to do, and the exit code is 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run("serve", "--in-memory", "--port", str(taken.getsockname()[1]))

    assert refused.returncode == 2
    assert "is taken by another program: choose another port" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_serve_rejects_a_file_in_use(start: Start, run: Run) -> None:
    """The line names the file and the process that has it open."""
    serving = start()

    refused = run("serve", "--port", "0")

    assert refused.returncode == 2
    assert f"tiledesk-mock.json is in use by process {serving.process.pid}" in refused.stderr


def test_serve_rejects_an_invalid_seed(run: Run, tmp_path: Path) -> None:
    """The line has the file, the path and what was expected; no data file is left behind."""
    (tmp_path / "wrong.yaml").write_text("users:\n- {email: 5, password: secret}\n")

    refused = run("serve", "--port", "0", "--seed", "wrong.yaml")

    assert refused.returncode == 2
    assert "wrong.yaml: users[0].email" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--host", "192.0.2.1"),
        ("--host", "no host"),
        ("--seed", "missing.yaml"),
        ("--seed", "wrong.yaml"),
        ("--seed", "unknown"),
    ],
)
def test_failed_serve_leaves_no_files(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Neither the store nor its lock is left if the address or the seed is wrong."""
    (tmp_path / "wrong.yaml").write_text("users:\n- {email: 5, password: secret}\n")

    refused = run("serve", "--port", "0", *words)

    assert refused.returncode == 2
    assert [file.name for file in tmp_path.iterdir()] == ["wrong.yaml"]


def test_port_in_use_leaves_no_files(run: Run, tmp_path: Path) -> None:
    """The address is taken before a file is created."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run("serve", "--port", str(taken.getsockname()[1]), "--seed", "busy")

    assert refused.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_failed_serve_keeps_a_file_that_existed(start: Start, run: Run, tmp_path: Path) -> None:
    """Only files that it has created itself are removed."""
    start().stop(signal.SIGTERM)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    refused = run("serve", "--port", "0", "--reseed", "--seed", "missing.yaml")

    assert refused.returncode == 2
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_serve_rejects_a_seed_for_other_data(start: Start, run: Run, tmp_path: Path) -> None:
    """Nothing is lost: the line says how to go on with either."""
    start().stop(signal.SIGTERM)
    other = {"email": "other@example.com", "password": "secret"}
    (tmp_path / "other.json").write_text(json.dumps({"users": [other]}))

    refused = run("serve", "--port", "0", "--seed", "other.json")

    assert refused.returncode == 2
    assert "pass --reseed to start anew, another --db, or --in-memory" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_serve_again_with_the_same_seed(start: Start) -> None:
    """The same command line, run twice, keeps the data."""
    start("--seed", "empty").stop(signal.SIGTERM)

    again = start("--seed", "empty")

    assert again.lines[0].startswith("ready ")
    assert again.lines[2].endswith(", unchanged: the seed is not loaded again (--reseed replaces the data)")


def test_serve_reads_the_environment(start: Start) -> None:
    """Each option is also an environment variable."""
    serving = start(TILEDESK_MOCK_IN_MEMORY="1", TILEDESK_MOCK_DIALECT="server")

    assert serving.lines[2] == "dialect server; 0 events, kept in memory"


def test_serve_prints_that_nobody_can_sign_in(start: Start, run: Run, tmp_path: Path) -> None:
    """People are in a file of their own, which may be missing."""
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
    lines = [process.stdout.readline() for _ in range(4)]
    process.terminate()
    process.communicate(timeout=30)

    assert lines[3] == "no project, so nobody can sign in: is tiledesk-mock.people.json missing?\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_full_device_is_one_line(tmp_path: Path) -> None:
    """There is no traceback."""
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


def test_misspelt_verb_gets_a_suggestion(run: Run) -> None:
    """As misspelt options do."""
    assert "No such command 'serv'. Did you mean 'serve'?" in run("serv").stderr


def test_version_is_an_option_too(run: Run) -> None:
    """`--version` prints the same as `version`."""
    assert run("--version").stdout == run("version").stdout != ""


def test_serve_names_an_invalid_variable(run: Run) -> None:
    """The message does not name an option that was not used."""
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
def test_serve_rejects_wrong_use(run: Run, words: tuple[str, ...], complaint: str) -> None:
    """The message says what was expected, and the exit code is 2."""
    refused = run("serve", *words)

    assert refused.returncode == 2
    assert complaint in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("name", [column.name for column in fields(Settings)])
def test_serve_takes_every_setting(name: str) -> None:
    """As an option, and as an environment variable."""
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
def test_serve_turns_off_a_setting(
    monkeypatch: pytest.MonkeyPatch, words: list[str], environ: dict[str, str], value: bool | None
) -> None:
    """By the option with `--no-`, or by the environment variable."""
    for name, text in environ.items():
        monkeypatch.setenv(name, text)

    assert serve_command.make_context("serve", list(words)).params["subscription_log"] is value
