"""The server in a process whose threads and sockets are those of gevent or eventlet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("gevent")
pytest.importorskip("eventlet")

CLIENT = (Path(__file__).parent / "green_client.py").read_text()
GEVENT = "from gevent import monkey; monkey.patch_all()"
EVENTLET = "import eventlet; eventlet.monkey_patch()"
ASYNCIO_HUB = f"import eventlet.hubs; eventlet.hubs.use_hub('asyncio'); {EVENTLET}"
IMPORTS = "import tiledesk_mock.testing, tiledesk_mock.web.websockets, tiledesk_mock.webhooks.webhooks"


def run(source: str) -> tuple[list[str], str]:
    """Run a program in another process; return the lines that it prints, and its errors."""
    command = [sys.executable, "-W", "ignore", "-c", source]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize(
    "patch",
    [GEVENT, f"{IMPORTS}\n{GEVENT}", EVENTLET, f"{IMPORTS}\n{ASYNCIO_HUB}"],
    ids=["gevent", "gevent-late", "eventlet", "eventlet-asyncio-late"],
)
def test_emulator_works_after_patch(patch: str) -> None:
    """Requests, faults, waits, WebSockets, webhooks, interception and the end work as with threads."""
    lines, errors = run(f"{patch}\n{CLIENT}")

    assert lines == [
        "answered 30 of 30",
        "delayed 8 together",
        "dropped",
        "waited for order.paid",
        "frame of order.paid",
        "webhooks 2",
        "intercepted 200",
        "stopped",
    ], errors


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        (GEVENT.replace("()", "(socket=False)"), "gevent has patched threads, but not sockets or select"),
        (GEVENT.replace("()", "(select=False)"), "gevent has patched threads, but not sockets or select"),
        (GEVENT.replace("()", "(thread=False)"), "gevent has patched sockets, but not threads"),
        (EVENTLET.replace("()", "(socket=False)"), "eventlet has patched threads, but not sockets or select"),
    ],
)
def test_partial_patch_is_refused(patch: str, reason: str) -> None:
    """A server that could not respond says why instead."""
    _, errors = run(f"{patch}\nfrom tiledesk_mock import TiledeskMock; TiledeskMock().start()")

    assert errors.splitlines()[-1].startswith(f"tiledesk_mock.errors.SetupError: {reason}")
