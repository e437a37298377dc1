"""The WSGI factory under servers other than the package's own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from tiledesk_mock import TiledeskMock

OWNER = ("owner@example.com", "owner-secret")
PROJECT = "65b0000000000000000000a1"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _running(words: list[str], port: int, folder: Path) -> Iterator[str]:
    environ = os.environ | {"TILEDESK_MOCK_DB": str(folder / "events.json")}
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}/v3/{PROJECT}/events"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(port: int) -> None:
    for _ in range(600):
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.05)
    pytest.fail(f"no server listens on port {port} after 30 seconds")


@pytest.mark.parametrize("server", ["gunicorn", "waitress"])
def test_create_app_under_other_servers(server: str, tmp_path: Path) -> None:
    """One process with many threads responds as the package's own server does, and keeps its file."""
    port = _free_port()
    words = {
        "gunicorn": [
            "gunicorn",
            "--threads",
            "8",
            "-b",
            f"127.0.0.1:{port}",
            "tiledesk_mock:create_app()",
        ],
        "waitress": [
            "waitress",
            "--threads",
            "8",
            "--listen",
            f"127.0.0.1:{port}",
            "--call",
            "tiledesk_mock:create_app",
        ],
    }

    with _running(words[server], port, tmp_path) as url:
        fired = requests.post(url, json={"name": "order.paid"}, auth=OWNER, timeout=5)
        escaped = requests.get(f"{url}/%FF", auth=OWNER, timeout=5)
        page = requests.get(f"http://127.0.0.1:{port}/v3/__admin", timeout=5)

    assert fired.status_code == 200
    assert (escaped.status_code, escaped.json()) == (500, {"err": "error"})
    assert fired.json()["_id"] in (tmp_path / "events.json").read_text()
    assert (page.status_code, page.url) == (200, f"http://127.0.0.1:{port}/__admin/")


def test_applications_have_a_configuration_each() -> None:
    """Routes are shared, and Flask refuses more of them; configuration is not shared."""
    one, other = TiledeskMock(), TiledeskMock()

    one.app.config["TESTING"] = True

    assert not other.app.config["TESTING"]
    with pytest.raises(AssertionError, match="can no longer be called"):
        one.app.add_url_rule("/mine", view_func=lambda: "mine")
    one.stop()
    other.stop()
