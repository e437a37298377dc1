"""An application with a behaviour for each path, and servers for it."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import simple_websocket

from tiledesk_mock.server import Server, Timeouts

Environ = dict[str, Any]
Start = Callable[..., Any]


def echo(environ: Environ, start_response: Start) -> list[bytes]:
    """Respond with the environ and the body."""
    body = environ["wsgi.input"].read()
    texts = {key: value for key, value in environ.items() if isinstance(value, str)}
    start_response("200 OK", [("Content-Type", "application/json")])
    document = {**texts, "client": environ["REMOTE_PORT"], "length": len(body), "body": body[:99].decode()}
    return [json.dumps(document).encode()]


def unread(_environ: Environ, start_response: Start) -> list[bytes]:
    """Respond without reading the body."""
    start_response("413 Payload Too Large", [])
    return [b"too large"]


def status(environ: Environ, start_response: Start) -> list[bytes]:
    """Respond with the status in the query, and with a body."""
    start_response(environ["QUERY_STRING"] + " Status", [])
    return [b"body"]


def stream(_environ: Environ, start_response: Start) -> Iterator[bytes]:
    """Respond in parts, without a length."""
    start_response("200 OK", [])
    yield b"one "
    yield b""
    yield b"two"


def truncated(_environ: Environ, start_response: Start) -> list[bytes]:
    """Announce more bytes than are sent."""
    start_response("200 OK", [("Content-Length", "100")])
    return [b"short"]


def excessive(_environ: Environ, start_response: Start) -> list[bytes]:
    """Send more bytes than are announced."""
    start_response("200 OK", [("Content-Length", "4")])
    return [b"1234HTTP/1.1 200 OK"]


def closing(_environ: Environ, start_response: Start) -> list[bytes]:
    """Respond, and close the connection."""
    start_response("200 OK", [("Connection", "close")])
    return [b"bye"]


def failing(_environ: Environ, _start_response: Start) -> list[bytes]:
    """Fail before the response."""
    raise ValueError("a secret")


def failing_late(_environ: Environ, start_response: Start) -> Iterator[bytes]:
    """Fail in the middle of the response."""
    start_response("200 OK", [])
    yield b"some"
    raise ValueError("a secret")


def reset(environ: Environ, _start_response: Start) -> list[bytes]:
    """Reset the connection in the middle of the response."""
    client = environ["werkzeug.socket"]
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    return []


def garbled(environ: Environ, start_response: Start) -> list[bytes]:
    """Write to the socket, and then respond as usual."""
    environ["werkzeug.socket"].sendall(b"no HTTP")
    start_response("200 OK", [])
    return [b"body"]


def chat(environ: Environ, start_response: Start) -> list[bytes]:
    """Send every WebSocket message back; refuse clients without a token."""
    if not environ["QUERY_STRING"]:
        start_response("401 Unauthorized", [])
        return [b"no token"]
    client = simple_websocket.Server(environ)
    try:
        while True:
            client.send(client.receive())
    except simple_websocket.ConnectionClosed:
        return []


APPLICATIONS = [
    echo,
    unread,
    status,
    stream,
    truncated,
    excessive,
    closing,
    failing,
    failing_late,
    reset,
    garbled,
    chat,
]
ROUTES = {f"/{app.__name__}": app for app in APPLICATIONS}


def application(environ: Environ, start_response: Start) -> Any:
    """Respond with the application of the path."""
    return ROUTES.get(environ["PATH_INFO"], echo)(environ, start_response)


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve the application above on a free port."""
    with Server(application) as running:
        yield running


@pytest.fixture
def server_with_short_timeout() -> Iterator[Server]:
    """Serve it with a short timeout within a request."""
    with Server(application, timeouts=Timeouts(head=0.2, request=0.2)) as running:
        yield running


@pytest.fixture
def connect() -> Iterator[Callable[[Server], socket.socket]]:
    """Return a function that opens connections, which are closed after the test."""
    opened = []

    def connect(server: Server) -> socket.socket:
        client = socket.create_connection((server.host, server.port), timeout=10)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.append(client)
        return client

    yield connect
    for client in opened:
        client.close()


@pytest.fixture
def exchange(connect: Callable[[Server], socket.socket]) -> Callable[[Server, bytes], str]:
    """Return a function that sends bytes, and returns what it receives until the connection is closed."""

    def exchange(server: Server, data: bytes) -> str:
        client = connect(server)
        client.sendall(data)
        received = b""
        while data_received := client.recv(65536):
            received += data_received
        return received.decode("latin-1")

    return exchange
