"""Slow, silent and dead clients: dropped, and never waited for."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
import websocket

from tiledesk_mock import Settings
from tiledesk_mock.emulator import Emulator
from tiledesk_mock.http.principal import Principal, PrincipalKind
from tiledesk_mock.realtime.websocket import WebSocketLimits
from tiledesk_mock.server import Server
from tiledesk_mock.tiledesk.events import parse_event_fields
from tiledesk_mock.web.app import create_app
from tiledesk_mock.web.middleware import Middleware
from tiledesk_mock.web.websockets import WebSockets

from .websocket_client import WebSocketClient, wait_until


class EmulatorWithLimits:
    """An emulator that answers on WebSockets only, with limits of its own."""

    def __init__(self, server: Server, emulator: Emulator) -> None:
        people = emulator.database.people
        self.realtime = emulator.realtime
        self.ws_url = f"ws{server.url.removeprefix('http')}/ws"
        self.token = emulator.accounts.token_of(people.users()[0])
        self.topic = f"/{people.projects()[0].id}/events/{people.project_users()[0].id}"
        self._emulator = emulator
        self._numbers = count()

    def connect(self) -> WebSocketClient:
        """Connect."""
        return WebSocketClient(self.ws_url, self.token)

    def fire(self, text: str) -> None:
        """Fire an event with the next number."""
        people = self._emulator.database.people
        fields = parse_event_fields(
            {"name": "x", "attributes": {"n": next(self._numbers), "text": text}}, {}, {}
        )
        member = people.project_users()[0]
        principal = Principal(PrincipalKind.USER, member.id_user or "")
        self._emulator.fire_event(people.projects()[0], principal, member, fields)


@contextmanager
def emulator_with(limits: WebSocketLimits) -> Iterator[EmulatorWithLimits]:
    """Run an emulator with these limits."""
    with Emulator(Settings()) as emulator:
        app = create_app(emulator)
        assert isinstance(app.wsgi_app, Middleware)
        app.wsgi_app.websockets = WebSockets(emulator, limits)
        with Server(app) as server:
            yield EmulatorWithLimits(server, emulator)


def test_slow_reader_is_dropped_and_nobody_waits(caplog: pytest.LogCaptureFixture) -> None:
    """Who does not read is disconnected when too much waits; the others have every frame, in order."""
    with emulator_with(WebSocketLimits(queue=1_000_000)) as small, small.connect() as quick:
        slow = small.connect()
        for client in (quick, slow):
            client.subscribe(small.topic)
        heard = []

        while len(small.realtime.subscribers(small.topic)) == 2:
            small.fire("x" * 200_000)
            heard.append(quick.receive()["payload"]["message"]["attributes"]["n"])

        assert heard == list(range(len(heard)))
        assert "reads too slowly: dropped with" in caplog.text
        slow.socket.shutdown()


def test_pausing_reader_has_everything_later() -> None:
    """What the network does not take waits, within bounds, and leaves when the client reads."""
    with emulator_with(WebSocketLimits(queue=100_000_000)) as small, small.connect() as client:
        wait_until(lambda: small.realtime.connections)
        (connection,) = small.realtime.connections
        for number in range(100):
            connection.send({"n": number, "text": "x" * 200_000})

        assert [client.receive()["n"] for _ in range(100)] == list(range(100))


def test_silent_client_is_pinged_and_stays() -> None:
    """A client that answers pings may say nothing for as long as it likes."""
    with emulator_with(WebSocketLimits(ping=0.5)) as small, small.connect() as client:
        for _ in range(3):
            assert client.socket.recv_data(control_frame=True)[0] == websocket.ABNF.OPCODE_PING

        assert client.receive_all() == []


def test_dead_client_is_forgotten() -> None:
    """One that does not even answer pings is gone."""
    with emulator_with(WebSocketLimits(ping=0.02)) as small:
        client = small.connect()

        received = b"".join(iter(lambda: client.socket.sock.recv(100), b""))  # to the end, without an answer

        wait_until(lambda: not small.realtime.connections)
        assert received[0] == 0x80 | websocket.ABNF.OPCODE_PING
        client.socket.shutdown()


def test_fragments_are_one_message() -> None:
    """A client may send a frame in pieces."""
    with emulator_with(WebSocketLimits()) as small, small.connect() as client:
        first, rest = '{"action":"hea', 'rtbeat","payload":{"message":{"text":"ping"}}}'
        client.socket.send_frame(websocket.ABNF.create_frame(first, websocket.ABNF.OPCODE_TEXT, fin=0))
        client.socket.send_frame(websocket.ABNF.create_frame(rest, websocket.ABNF.OPCODE_CONT, fin=1))

        assert client.receive()["action"] == "heartbeat"


def test_message_without_end_is_refused() -> None:
    """Nobody needs a megabyte to subscribe."""
    with emulator_with(WebSocketLimits()) as small, small.connect() as client:
        client.socket.send("x" * 1_100_000)

        opcode, reason = client.socket.recv_data()
        assert (opcode, reason) == (websocket.ABNF.OPCODE_CLOSE, (1009).to_bytes(2, "big"))


def test_broken_frame_ends_the_connection() -> None:
    """Bytes that are no WebSocket's are answered with the code for that."""
    with emulator_with(WebSocketLimits()) as small, small.connect() as client:
        client.socket.sock.sendall(b"GET / HTTP/1.1\r\n\r\n")

        opcode, reason = client.socket.recv_data()
        assert (opcode, reason[:2]) == (websocket.ABNF.OPCODE_CLOSE, (1002).to_bytes(2, "big"))


def test_subprotocol_that_is_offered_is_taken() -> None:
    """Browsers insist on an answer; the real server's library takes the first."""
    with emulator_with(WebSocketLimits()) as small:
        url = f"{small.ws_url}?token={small.token.removeprefix('JWT ')}"
        client = websocket.create_connection(url, subprotocols=["one", "two"])

        assert client.subprotocol == "one"
        client.close()


def test_ping_of_a_client_is_answered() -> None:
    """Libraries keep their connections alive by themselves."""
    with emulator_with(WebSocketLimits()) as small, small.connect() as client:
        client.socket.ping("beat")

        assert client.socket.recv_data(control_frame=True) == (websocket.ABNF.OPCODE_PONG, b"beat")


def test_server_without_sockets_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """Waitress and the like keep the client's socket to themselves."""
    environ = {
        "HTTP_UPGRADE": "websocket",
        "PATH_INFO": "/ws",
        "REQUEST_METHOD": "GET",
        "wsgi.url_scheme": "http",
    }
    with Emulator(Settings()) as emulator:
        response = WebSockets(emulator).respond(environ)

    assert response.status == 501
    assert "passes no sockets" in caplog.text


def test_aborted_connection_leaves_nothing() -> None:
    """A client that resets its connection is forgotten like any other."""
    with emulator_with(WebSocketLimits()) as small:
        client = small.connect()
        wait_until(lambda: small.realtime.connections)
        client.socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

        client.socket.sock.close()

        wait_until(lambda: not small.realtime.connections)


def test_frames_of_many_threads_are_whole() -> None:
    """Frames never mix, whoever sends them."""
    with emulator_with(WebSocketLimits(queue=100_000_000)) as small, small.connect() as client:
        wait_until(lambda: small.realtime.connections)
        (connection,) = small.realtime.connections
        frames = [{"by": name, "text": name * 5_000} for name in "abcd"]
        threads = [
            threading.Thread(target=lambda frame=frame: [connection.send(frame) for _ in range(200)])
            for frame in frames
        ]
        for thread in threads:
            thread.start()

        heard = [client.receive() for _ in range(800)]

        for thread in threads:
            thread.join()
        assert {json.dumps(frame) for frame in heard} == {json.dumps(frame) for frame in frames}
