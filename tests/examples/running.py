"""Run a block of shell, with free ports instead of those of the document."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

UPSTREAM = "https://api.tiledesk.com"
"""Stands in the documents for the reader's own Tiledesk; a second emulator plays it here."""

_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d{4}\b|(?<=--port )\d{4}\b")
_READY = re.compile(r"^(ready |listening for )|Listening at|Serving on", re.MULTILINE)
_TIMEOUT = 30.0
_STOPPED = (0, -signal.SIGTERM, 128 + signal.SIGTERM)


def environment(url: str, folder: Path) -> dict[str, str]:
    """Return the environment of a block: the commands of this Python, and the emulator at `url`."""
    path = os.pathsep.join([str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "TILEDESK_MOCK_URL": url, "PYTHONPATH": str(folder)}


def translated(text: str, ports: Mapping[str, int], upstream: str) -> str:
    """Return a block with free ports, and with the URL of the test's upstream."""
    replacements = dict(ports)

    def port(found: re.Match[str]) -> str:
        return str(replacements.get(found[0]) or replacements.setdefault(found[0], free_port()))

    return _PORT.sub(port, text.replace(UPSTREAM, upstream))


def free_port() -> int:
    """Return a port that is not in use."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def run(text: str, folder: Path, environ: Mapping[str, str]) -> str:
    """Run a block to its end, which must succeed; return its output."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_TIMEOUT * 4,
        check=False,
    )
    printed = done.stdout.decode()
    assert done.returncode == 0, printed
    return printed


@contextmanager
def running(text: str, folder: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """Run a block until the context ends; yield its output once it is ready."""
    output = folder / "output.txt"
    with output.open("wb") as stream:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {text}"], cwd=folder, env=environ, stdout=stream, stderr=stream
        )
    try:
        _await(process, output)
        yield output
    finally:
        process.terminate()
        code = process.wait(_TIMEOUT)
    assert code in _STOPPED, output.read_text()


def _await(process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + _TIMEOUT
    while not _READY.search(output.read_text()):
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.05)
