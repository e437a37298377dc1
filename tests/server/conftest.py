"""An application that does one thing for each path, and servers that serve it."""

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
    """Answer with the environ and the body."""
    body = environ["wsgi.input"].read()
    texts = {key: value for key, value in environ.items() if isinstance(value, str)}
    start_response("200 OK", [("Content-Type", "application/json")])
    told = {**texts, "client": environ["REMOTE_PORT"], "length": len(body), "body": body[:99].decode()}
    return [json.dumps(told).encode()]


def unread(_environ: Environ, start_response: Start) -> list[bytes]:
    """Answer without a look at the body."""
    start_response("413 Payload Too Large", [])
    return [b"too large"]


def status(environ: Environ, start_response: Start) -> list[bytes]:
    """Answer with the status of the query, and with a body."""
    start_response(environ["QUERY_STRING"] + " Status", [])
    return [b"body"]


def stream(_environ: Environ, start_response: Start) -> Iterator[bytes]:
    """Answer in pieces, without telling how many."""
    start_response("200 OK", [])
    yield b"one "
    yield b""
    yield b"two"


def truncated(_environ: Environ, start_response: Start) -> list[bytes]:
    """Promise more than is given."""
    start_response("200 OK", [("Content-Length", "100")])
    return [b"short"]


def excessive(_environ: Environ, start_response: Start) -> list[bytes]:
    """Give more than is promised."""
    start_response("200 OK", [("Content-Length", "4")])
    return [b"1234HTTP/1.1 200 OK"]


def farewell(_environ: Environ, start_response: Start) -> list[bytes]:
    """Answer, and want no further request."""
    start_response("200 OK", [("Connection", "close")])
    return [b"bye"]


def failing(_environ: Environ, _start_response: Start) -> list[bytes]:
    """Fail before there is an answer."""
    raise ValueError("a secret")


def failing_late(_environ: Environ, start_response: Start) -> Iterator[bytes]:
    """Fail in the middle of an answer."""
    start_response("200 OK", [])
    yield b"some"
    raise ValueError("a secret")


def reset(environ: Environ, _start_response: Start) -> list[bytes]:
    """Cut the connection in the middle of an answer."""
    client = environ["werkzeug.socket"]
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    return []


def garbled(environ: Environ, start_response: Start) -> list[bytes]:
    """Write to the socket, and then answer as if nothing had happened."""
    environ["werkzeug.socket"].sendall(b"no HTTP")
    start_response("200 OK", [])
    return [b"body"]


def chat(environ: Environ, start_response: Start) -> list[bytes]:
    """Send every WebSocket message back; refuse whoever has no token."""
    if not environ["QUERY_STRING"]:
        start_response("401 Unauthorized", [])
        return [b"no token"]
    client = simple_websocket.Server(environ)
    try:
        while True:
            client.send(client.receive())
    except simple_websocket.ConnectionClosed:
        return []


ANSWERS = [
    echo,
    unread,
    status,
    stream,
    truncated,
    excessive,
    farewell,
    failing,
    failing_late,
    reset,
    garbled,
    chat,
]
ROUTES = {f"/{answer.__name__}": answer for answer in ANSWERS}


def application(environ: Environ, start_response: Start) -> Any:
    """Answer as the path says."""
    return ROUTES.get(environ["PATH_INFO"], echo)(environ, start_response)


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve the application above on a free port."""
    with Server(application) as running:
        yield running


@pytest.fixture
def impatient() -> Iterator[Server]:
    """Serve it without waiting for the rest of a request."""
    with Server(application, timeouts=Timeouts(request=0.2)) as running:
        yield running


@pytest.fixture
def connect() -> Iterator[Callable[[Server], socket.socket]]:
    """Open connections by hand; they are closed after the test."""
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
    """Send bytes, and return all that comes until the server closes the connection."""

    def exchange(server: Server, data: bytes) -> str:
        client = connect(server)
        client.sendall(data)
        received = b""
        while piece := client.recv(65536):
            received += piece
        return received.decode("latin-1")

    return exchange
