"""The file of a running server is deleted or broken, and what happens at the next start."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path

import pytest
import requests

from tiledesk_mock.control.controls import Controls
from tiledesk_mock.emulator import Emulator
from tiledesk_mock.settings import Settings

from .conftest import Run, Start


def stored(folder, *names):
    """Return a closed file with the default people and events of these names."""
    file = folder / "tiledesk-mock.json"
    with Emulator(Settings(db=file)) as emulator:
        for name in names:
            Controls(emulator).fire(name)
    return file


def signed_in(serving):
    """Return the URL of the events of a server's first project, and credentials."""
    (project,) = (line.split()[1] for line in serving.lines if line.startswith("project "))
    owner = next(line.split() for line in serving.lines if line.strip().startswith("owner "))
    return f"{serving.url}/{project}/events", (owner[1], owner[2])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not delete an open file")
def test_server_stops_storing_when_its_file_is_deleted(start: Start, tmp_path: Path) -> None:
    """A POST gets 500 with the reason, a GET its events, and the log one line; the copy has the events."""
    serving = start()
    url, auth = signed_in(serving)
    assert requests.post(url, json={"name": "kept"}, auth=auth, timeout=10).status_code == 200
    (tmp_path / "tiledesk-mock.json").unlink()

    responses = [requests.post(url, json={"name": "next"}, auth=auth, timeout=10)]
    while responses[-1].status_code == 200:  # for some milliseconds, what is stored is in the copy
        responses.append(requests.post(url, json={"name": "next"}, auth=auth, timeout=10))

    assert "tiledesk-mock.json was deleted by another program" in responses[-1].json()["error"]
    assert requests.post(url, json={"name": "lost"}, auth=auth, timeout=10).status_code == 500
    assert requests.get(url, auth=auth, timeout=10).json()["events"][-1]["name"] == "kept"
    code, log = serving.stop(signal.SIGTERM)
    assert code == 0
    logged = [line for line in log.splitlines() if "was deleted by another program" in line]
    assert sum("why: " not in line for line in logged) == 1  # beside the requests that failed
    assert "Traceback" not in log
    again = start("--db", "tiledesk-mock.rescued.json")
    assert f"{len(responses)} event" in again.lines[2]
    assert requests.get(signed_in(again)[0], auth=auth, timeout=10).status_code == 200


def test_truncated_file_is_refused_and_repaired(start: Start, run: Run, tmp_path: Path) -> None:
    """The line that refuses it has the command that repairs it; the server goes on with what was whole."""
    file = stored(tmp_path, "a", "b", "c")
    broken = file.read_bytes()[:-50]
    file.write_bytes(broken)

    refused = run("serve", "--port", "0")
    command = refused.stderr.strip().split("`")[1]
    repaired = run(*shlex.split(command)[1:])

    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "2 records (" in refused.stderr
    assert (repaired.returncode, repaired.stderr) == (0, "")
    first, second, third = repaired.stdout.splitlines()
    assert first.endswith(
        f"tiledesk-mock.json is repaired: 2 records kept; {file}.damaged is a copy of it as it was"
    )
    assert second.startswith("  lost: ")
    assert "(record 3)" in second
    assert "people.json needs no repair" in third
    assert (tmp_path / "tiledesk-mock.json.damaged").read_bytes() == broken
    assert "2 events" in start().lines[2]


def test_repair_without_a_need_says_so(start: Start, run: Run) -> None:
    """The exit code is 0."""
    start().stop(signal.SIGTERM)

    ended = run("repair", "tiledesk-mock.json")

    assert ended.returncode == 0
    assert ended.stdout.count(" needs no repair: ") == 2


def test_repair_refuses_a_file_in_use(start: Start, run: Run) -> None:
    """The server would go on with the old file."""
    start()

    ended = run("repair", "tiledesk-mock.json")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "tiledesk-mock.json is in use by process" in ended.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "Missing argument 'FILE'"),
        (("no.json",), "does not exist"),
        (("x.txt",), "x.txt is not a file of"),
    ],
)
def test_repair_rejects_wrong_use(run: Run, tmp_path: Path, words: tuple[str, ...], complaint: str) -> None:
    """A missing file and one of another program are refused with one line."""
    (tmp_path / "x.txt").write_text("hello")

    ended = run("repair", *words)

    assert ended.returncode == 2
    assert complaint in ended.stderr
    assert (tmp_path / "x.txt").read_text() == "hello"


def test_record_without_a_field_is_one_line(start: Start, run: Run, tmp_path: Path) -> None:
    """It has file, table, id and field; after the repair all others are there."""
    stored(tmp_path)
    people = tmp_path / "tiledesk-mock.people.json"
    people.write_text(people.read_text().replace('"role":', '"rule":', 1))

    refused = run("serve", "--port", "0")

    assert refused.returncode == 2
    assert "tiledesk-mock.people.json cannot be used: " in refused.stderr
    assert ' in "people", field "role": missing' in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert 'field "role"' in run("repair", "tiledesk-mock.json").stdout
    assert start().lines[0].startswith("ready ")


def test_reading_what_another_program_has_cut_off_is_one_line(start: Start, tmp_path: Path) -> None:
    """The response is an error of Tiledesk with the reason, and what is left can be read."""
    serving = start()
    url, auth = signed_in(serving)
    first, second = (
        requests.post(url, json={"name": name}, auth=auth, timeout=10).json() for name in ("a", "b")
    )
    file = tmp_path / "tiledesk-mock.json"
    os.truncate(file, file.stat().st_size - 50)

    cut_off = requests.get(f"{url}/{second['_id']}", auth=auth, timeout=10)
    left = requests.get(f"{url}/{first['_id']}", auth=auth, timeout=10)

    assert (cut_off.status_code, cut_off.json()["msg"]) == (500, "Error getting object.")
    assert "tiledesk-mock.json was changed by another program" in cut_off.json()["error"]
    assert left.json()["name"] == "a"
    assert "Traceback" not in serving.stop(signal.SIGTERM)[1]
