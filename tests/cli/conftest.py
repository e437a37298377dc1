"""Run the command as a user does, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., "Serving"]


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
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TILEDESK_MOCK_")}
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
