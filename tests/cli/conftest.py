"""Run the command as a user does, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.cli.command import main

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., "Serving"]
Verb = Callable[..., "Ended"]


class Serving:
    """A running `tiledesk-mock serve`; `lines` are its output up to the command to try."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        assert process.stdout
        for line in process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("  curl"):
                break

    @property
    def url(self) -> str:
        """Return the URL of the first line."""
        return self.lines[0].removeprefix("ready ")

    def stop(self, signal_number: int) -> tuple[int, str]:
        """Send a signal; return the exit code and the log."""
        self.process.send_signal(signal_number)
        _, log = self.process.communicate(timeout=30)
        return self.process.returncode, log


def _environ(more: dict[str, str]) -> dict[str, str]:
    colours = ("NO_COLOR", "FORCE_COLOR")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TILEDESK_MOCK_") and name not in colours
    }
    return kept | {"PYTHONUNBUFFERED": "1"} | more


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command to its end, in an empty folder."""

    def run_to_its_end(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tiledesk_mock", *words],
            cwd=tmp_path,
            env=_environ(environ),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_to_its_end


@pytest.fixture
def run_on_terminal(tmp_path: Path) -> Run:
    """Run the command to its end, with a terminal as its standard error, whose text is that of `stderr`."""
    pty = pytest.importorskip("pty", reason="terminals of POSIX")

    def run_to_its_end(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        command, variables = [sys.executable, "-m", "tiledesk_mock", *words], {"TERM": "xterm"} | environ
        ours, terminal = pty.openpty()
        with (tmp_path / "stdout").open("wb+") as stdout, open(ours, "rb", buffering=0) as screen:
            process = subprocess.Popen(
                command,
                cwd=tmp_path,
                env=_environ(variables),
                stdout=stdout,
                stderr=terminal,
            )
            os.close(terminal)
            shown = b"".join(_parts(screen))
            code = process.wait(60)
            stdout.seek(0)
            return subprocess.CompletedProcess(command, code, stdout.read().decode(), shown.decode())

    return run_to_its_end


def _parts(screen: BinaryIO) -> Iterator[bytes]:
    """Yield what a terminal shows, until no process has it open."""
    with suppress(OSError):  # which Linux raises then
        while part := screen.read(4096):
            yield part


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers on free ports, in an empty folder; kill them at the end."""
    started: list[Serving] = []

    def start_one(*words: str, **environ: str) -> Serving:
        process = subprocess.Popen(
            [sys.executable, "-m", "tiledesk_mock", "serve", "--port", "0", *words],
            cwd=tmp_path,
            env=_environ(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(Serving(process))
        return started[-1]

    yield start_one
    for serving in started:
        serving.process.kill()
        serving.process.communicate()


class Ended(NamedTuple):
    """How a verb ended that ran in this process."""

    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[Any]:
        """Return what --json printed."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Run an emulator in this process."""
    with TiledeskMock() as mock:
        yield mock


@pytest.fixture
def verb(mock: TiledeskMock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Verb:
    """Run the command in this process, on the emulator of `mock`; its local time is UTC."""
    monkeypatch.setenv("TILEDESK_MOCK_URL", mock.url)
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()

    def run_verb(*words: str) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(words)
        return Ended(int(ended.value.code or 0), *capsys.readouterr())

    return run_verb
