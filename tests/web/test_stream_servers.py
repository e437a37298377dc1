"""Streams under gunicorn and waitress: requests still pass."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from .stream_client import StreamClient, stream_url
from .test_websockets_servers import accepts_connections, free_port
from .websocket_client import wait_until

WORDS = {
    "gunicorn sync": ["gunicorn", "--bind", "ADDRESS", "tiledesk_mock:create_app()"],
    "gunicorn gthread": ["gunicorn", "--threads", "2", "--bind", "ADDRESS", "tiledesk_mock:create_app()"],
    "waitress": ["waitress", "--threads", "2", "--listen", "ADDRESS", "--call", "tiledesk_mock:create_app"],
}


@pytest.fixture(params=WORDS)
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run an emulator on a server with few threads; return its URL and its process."""
    address = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [sys.executable, "-m", *(address if word == "ADDRESS" else word for word in WORDS[request.param])],
        env=os.environ | {"TILEDESK_MOCK_LOG_LEVEL": "error"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: accepts_connections(int(address.rpartition(":")[2])))
    yield f"http://{address}/v3", process
    process.kill()
    process.wait(timeout=30)


def fire(url: str) -> str:
    """Fire an event through the control API; return its id."""
    response = requests.post(
        stream_url(url).replace("stream", "events"), json={"name": "order.paid"}, timeout=10
    )
    return str(response.json()["_id"])


def test_requests_pass_beside_many_streams(server: tuple[str, subprocess.Popen[bytes]]) -> None:
    """Ten clients take no thread from two, or from one: each response ends, and the client comes again."""
    url, _ = server
    for _ in range(10):
        assert "retry: 1000" in requests.get(stream_url(url), timeout=10).text

    id_event = fire(url)

    assert id_event in requests.get(stream_url(url), timeout=10).text


def test_server_stops_with_open_streams(server: tuple[str, subprocess.Popen[bytes]]) -> None:
    """It does not wait for them."""
    url, process = server
    client = StreamClient(url)
    next(iter(client))

    process.send_signal(signal.SIGTERM)

    process.wait(timeout=10)
    client.response.close()
