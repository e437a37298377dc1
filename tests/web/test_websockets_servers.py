"""WebSockets with other servers: werkzeug's, and gunicorn with threads."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
import websocket
from werkzeug.serving import make_server

from tiledesk_mock import Settings, TiledeskMock
from tiledesk_mock.emulator import Emulator
from tiledesk_mock.web.app import create_app

from .websocket_client import WebSocketClient, wait_until


def free_port() -> int:
    """Return a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def token() -> str:
    """Return a token of the owner, which is valid in every emulator of the default seed."""
    with Emulator(Settings()) as emulator:
        return emulator.accounts.sign(
            emulator.accounts.unsigned_user_token(emulator.database.people.users()[0])
        )


@pytest.fixture(scope="module")
def topic() -> str:
    """Return the topic of the owner's events."""
    mock = TiledeskMock()
    topic = f"/{mock.project_id}/events/{mock.owner.id}"
    mock.stop()
    return topic


@pytest.fixture
def werkzeug_url() -> Iterator[str]:
    """Run an emulator on werkzeug's server."""
    with Emulator(Settings()) as emulator:
        server = make_server("127.0.0.1", 0, create_app(emulator), threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.server_port}/v3/ws/"
        emulator.realtime.close()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def gunicorn() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run an emulator on gunicorn."""
    port = free_port()
    words = ["gunicorn", "--threads", "8", "--bind", f"127.0.0.1:{port}", "tiledesk_mock:create_app()"]
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        env=os.environ | {"TILEDESK_MOCK_LOG_LEVEL": "error"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: accepts_connections(port))
    yield process, f"ws://127.0.0.1:{port}/v3/ws/"
    process.terminate()
    process.wait(timeout=30)


def accepts_connections(port: int) -> bool:
    """Return whether a server listens at a port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def test_werkzeugs_server_has_websockets(werkzeug_url: str, token: str, topic: str) -> None:
    """Flask's development server passes its sockets."""
    with WebSocketClient(werkzeug_url, token) as client:
        assert client.subscribe(topic) == []


def test_werkzeugs_server_sends_nothing_afterwards(werkzeug_url: str, token: str) -> None:
    """When the WebSocket closes, no HTTP response follows."""
    client = WebSocketClient(werkzeug_url, token)

    client.socket.send_close()

    assert client.socket.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    assert client.socket.sock.recv(100) == b""
    client.socket.shutdown()


def test_gunicorn_has_websockets(
    gunicorn: tuple[subprocess.Popen[bytes], str], token: str, topic: str
) -> None:
    """Each WebSocket takes one of gunicorn's threads. When it closes, no HTTP response follows."""
    client = WebSocketClient(gunicorn[1], token)

    assert client.subscribe(topic) == []

    client.socket.send_close()
    assert client.socket.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    assert client.socket.sock.recv(100) == b""
    client.socket.shutdown()


def test_gunicorn_stops_with_websockets_open(
    gunicorn: tuple[subprocess.Popen[bytes], str], token: str
) -> None:
    """They are closed at once: gunicorn does not wait for its graceful timeout."""
    process, url = gunicorn
    client = WebSocketClient(url, token)
    client.receive_all()

    process.send_signal(signal.SIGTERM)

    assert client.socket.recv_data() == (websocket.ABNF.OPCODE_CLOSE, (1001).to_bytes(2, "big"))
    client.socket.shutdown()
