"""A server has everything it needs in memory once it is ready."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import tiledesk_mock

from .conftest import Serving
from .exercise import exercise

ROOT = Path(tiledesk_mock.__file__).parents[1]

REPORT = """
import sys
from tiledesk_mock.cli.serve import run_server
from tiledesk_mock.emulator import Emulator
from tiledesk_mock.settings import Settings

modules = set()

def on_ready(url):
    modules.update(sys.modules)
    print(f"ready {url}/v3\\n  curl", flush=True)

settings = Settings(db="events.json", port=0)
with Emulator(settings) as emulator:
    run_server(emulator, settings, on_ready)
print(*sorted(set(sys.modules) - modules))
"""


@contextmanager
def serving(*words: str, folder: Path, **environ: str) -> Iterator[Serving]:
    """Run Python with these arguments in a folder, as a server."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environ},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield Serving(process)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_nothing_is_imported_after_ready(tmp_path: Path) -> None:
    """No request, and not the end of the server, imports a module."""
    with serving("-c", REPORT, folder=tmp_path) as server:
        exercise(server.url)
        server.process.send_signal(signal.SIGINT)
        output, _ = server.process.communicate(timeout=60)

    assert output.split() == []


def test_server_responds_without_its_package(tmp_path: Path) -> None:
    """The package may be removed, as pip does it before it installs another version."""
    package = tmp_path / "lib" / "tiledesk_mock"
    shutil.copytree(ROOT / "tiledesk_mock", package)
    if not (package / "fixtures").exists():  # in a checkout they are beside the package
        shutil.copytree(ROOT / "fixtures", package / "fixtures")
    words = ("-m", "tiledesk_mock", "serve", "--port", "0", "--seed", "busy")
    with serving(*words, folder=tmp_path, PYTHONPATH=str(package.parent)) as server:
        shutil.rmtree(package)

        responses = exercise(server.url)

    assert all(status for _, status in responses)
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert len(responses) > 100
