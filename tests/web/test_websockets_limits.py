"""Slow, silent and dead clients, which are disconnected."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
import websocket

from tiledesk_mock import Settings, TiledeskMock
from tiledesk_mock.emulator import Emulator
from tiledesk_mock.http.exchange import Principal, PrincipalKind
from tiledesk_mock.realtime.frames import PONG, encode_frame
from tiledesk_mock.realtime.websocket import WebSocketLimits
from tiledesk_mock.server import Server
from tiledesk_mock.tiledesk.events import parse_event_fields
from tiledesk_mock.web.app import create_app
from tiledesk_mock.web.middleware import Middleware
from tiledesk_mock.web.websockets import WebSockets

from .websocket_client import WebSocketClient, wait_until


class EmulatorWithLimits:
    """An emulator whose WebSockets have limits of their own."""

    def __init__(self, server: Server, emulator: Emulator) -> None:
        people = emulator.database.people
        self.realtime = emulator.realtime
        self.ws_url = f"ws{server.url.removeprefix('http')}/ws"
        self.token = emulator.accounts.sign(emulator.accounts.unsigned_user_token(people.users()[0]))
        self.topic = f"/{people.projects()[0].id}/events/{people.project_users()[0].id}"
        self._emulator = emulator
        self._numbers = count()

    def connect(self) -> WebSocketClient:
        """Connect a client."""
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


def test_slow_client_is_disconnected_without_delaying_others(caplog: pytest.LogCaptureFixture) -> None:
    """It is disconnected when its queue is full; others get every frame, in order."""
    with emulator_with(WebSocketLimits(queue=1_000_000)) as emulator, emulator.connect() as quick:
        slow = emulator.connect()
        for client in (quick, slow):
            client.subscribe(emulator.topic)
        numbers = []

        while len(emulator.realtime.subscribers(emulator.topic)) == 2:
            emulator.fire("x" * 200_000)
            numbers.append(quick.receive()["payload"]["message"]["attributes"]["n"])

        assert numbers == list(range(len(numbers)))
        assert "reads too slowly: disconnected with" in caplog.text
        slow.socket.shutdown()


def test_pausing_client_gets_all_frames_later() -> None:
    """What the socket does not take is queued until the client reads."""
    with emulator_with(WebSocketLimits(queue=100_000_000)) as emulator, emulator.connect() as client:
        wait_until(lambda: emulator.realtime.connections)
        (connection,) = emulator.realtime.connections
        for number in range(100):
            connection.send(json.dumps({"n": number, "text": "x" * 200_000}))

        assert [client.receive()["n"] for _ in range(100)] == list(range(100))


@pytest.mark.parametrize("opcode", [websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY])
def test_client_that_responds_to_heartbeats_stays(opcode: int) -> None:
    """With any message, even with one that is ignored."""
    with emulator_with(WebSocketLimits(heartbeat=0.3)) as emulator, emulator.connect() as client:
        for _ in range(3):
            assert client.receive() == {"action": "heartbeat", "payload": {"message": {"text": "ping"}}}
            client.socket.send("anything", opcode)

        assert client.receive_all() == []


@pytest.mark.parametrize("opcode", [websocket.ABNF.OPCODE_PING, websocket.ABNF.OPCODE_PONG])
def test_client_that_does_not_respond_to_heartbeats_is_disconnected(
    opcode: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a close frame. The pings and pongs that libraries send by themselves do not count."""
    with emulator_with(WebSocketLimits(heartbeat=0.1)) as emulator:
        client = emulator.connect()
        client.receive()
        client.socket.send(b"", opcode)

        received = b"".join(iter(lambda: client.socket.sock.recv(100), b""))

        wait_until(lambda: not emulator.realtime.connections)
        assert received in (b"", encode_frame(PONG, b""))
        assert "did not respond to the heartbeat" in caplog.text
        client.socket.shutdown()


def test_fragments_are_one_message() -> None:
    """A client may send a message in several frames."""
    with emulator_with(WebSocketLimits()) as emulator, emulator.connect() as client:
        first, rest = '{"action":"hea', 'rtbeat","payload":{"message":{"text":"ping"}}}'
        client.socket.send_frame(websocket.ABNF.create_frame(first, websocket.ABNF.OPCODE_TEXT, fin=0))
        client.socket.send_frame(websocket.ABNF.create_frame(rest, websocket.ABNF.OPCODE_CONT, fin=1))

        assert client.receive()["action"] == "heartbeat"


def test_first_subprotocol_is_accepted() -> None:
    """Browsers require one; the real server's library accepts the first."""
    with emulator_with(WebSocketLimits()) as emulator:
        url = f"{emulator.ws_url}?token={emulator.token.removeprefix('JWT ')}"
        client = websocket.create_connection(url, subprotocols=["one", "two"])

        assert client.subprotocol == "one"
        client.close()


def test_client_may_ping() -> None:
    """Some libraries keep their connections alive like that."""
    with emulator_with(WebSocketLimits()) as emulator, emulator.connect() as client:
        client.socket.ping("beat")

        assert client.socket.recv_data(control_frame=True) == (websocket.ABNF.OPCODE_PONG, b"beat")


def test_server_without_sockets_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Waitress, for one, does not pass the client's socket."""
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    with TiledeskMock() as mock:
        query = {"token": mock.agent.jwt}
        headers |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        response = mock.app.test_client().get("/ws", query_string=query, headers=headers)

    assert response.status_code == 501
    assert "passes no sockets" in caplog.text


def test_reset_connection_is_removed() -> None:
    """A client may reset its connection."""
    with emulator_with(WebSocketLimits()) as emulator:
        client = emulator.connect()
        wait_until(lambda: emulator.realtime.connections)
        client.socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

        client.socket.sock.close()

        wait_until(lambda: not emulator.realtime.connections)


def test_frames_of_many_threads_are_whole() -> None:
    """Frames of several threads do not mix."""
    with emulator_with(WebSocketLimits(queue=100_000_000)) as emulator, emulator.connect() as client:
        wait_until(lambda: emulator.realtime.connections)
        (connection,) = emulator.realtime.connections
        frames = [json.dumps({"by": name, "text": name * 5_000}) for name in "abcd"]
        threads = [
            threading.Thread(target=lambda frame=frame: [connection.send(frame) for _ in range(200)])
            for frame in frames
        ]
        for thread in threads:
            thread.start()

        received = [client.receive() for _ in range(800)]

        for thread in threads:
            thread.join()
        assert {json.dumps(frame) for frame in received} == set(frames)
