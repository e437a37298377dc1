"""Handshakes of WebSockets and other upgrades: which are accepted, and what the others get."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote, urlsplit

import pytest
import requests
import websocket

from tiledesk_mock import TiledeskMock

from .websocket_client import connect, wait_until


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Run an emulator of the default dialect."""
    with TiledeskMock() as running:
        yield running


def status(mock: TiledeskMock, token: str | None, path: str = "/v3/ws/") -> int:
    """Return the status of the response to a handshake."""
    base = mock.ws_url.removesuffix("/v3/ws/")
    try:
        query = "" if token is None else f"?token={quote(token)}"
        websocket.create_connection(f"{base}{path}{query}", timeout=10).close()
    except websocket.WebSocketBadStatusException as refusal:
        return refusal.status_code
    return 101


@pytest.mark.parametrize("path", ["/", "/ws", "/ws/", "/v1/ws/", "/v2/ws/", "/v3/ws/", "/v3/ws", "/api/"])
def test_websocket_is_at_all_paths_of_clients(mock: TiledeskMock, path: str) -> None:
    """The path depends on proxies and versions."""
    assert status(mock, mock.agent.jwt, path) == 101


@pytest.mark.parametrize("path", ["/WS", "/V3/ws/", "//ws", "/ws/x", "/nope"])
def test_websocket_is_at_no_other_path(mock: TiledeskMock, path: str) -> None:
    """The real server compares the path as it is."""
    assert status(mock, mock.agent.jwt, path) == 400


def test_token_needs_no_prefix(mock: TiledeskMock) -> None:
    """`JWT` may be missing."""
    assert status(mock, mock.agent.jwt.removeprefix("JWT ")) == 101


@pytest.mark.parametrize("role", ["user", "bot"])
def test_other_callers_than_users_are_refused(mock: TiledeskMock, role: str) -> None:
    """External users and bots may not open a WebSocket."""
    token = mock.bot.jwt if role == "bot" else mock.person(role).jwt

    assert status(mock, token) == 401


@pytest.mark.parametrize("token", [None, "", "JWT", "JWT x.y.z", "Bearer x.y.z"])
def test_bad_tokens_are_refused(mock: TiledeskMock, token: str | None) -> None:
    """A missing token is refused, too."""
    assert status(mock, token) == 401


def test_guest_gets_status_504(mock: TiledeskMock) -> None:
    """The real server never responds to the handshake of a guest."""
    assert status(mock, mock.guest.jwt) == 504


def test_guest_hangs_as_with_the_real_server_if_set() -> None:
    """With `hang` there is no response until the server stops."""
    with TiledeskMock(hang=True) as mock:
        address = urlsplit(mock.ws_url)
        client = socket.create_connection((address.hostname, address.port), timeout=10)
        head = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        client.sendall(f"GET /ws?token={quote(mock.guest.jwt)} HTTP/1.1\r\n{head}{key}\r\n\r\n".encode())
        client.settimeout(0.2)

        with pytest.raises(TimeoutError):
            client.recv(100)
    with client, suppress(ConnectionResetError):
        assert client.recv(100) == b""


def test_malformed_handshake_is_refused(mock: TiledeskMock) -> None:
    """The key is missing; so is the token."""
    url = mock.url.removesuffix("/v3")

    response = requests.get(f"{url}/ws", headers={"Connection": "Upgrade", "Upgrade": "websocket"})

    assert (response.status_code, response.text) == (400, "Bad Request")


def test_handshake_beyond_ascii_is_refused(mock: TiledeskMock) -> None:
    """Names of subprotocols are ASCII. The log has no traceback with the token."""
    base, _, _ = mock.ws_url.partition("/v3")
    headers = {
        "Sec-WebSocket-Protocol": "\u00e9",
        "Sec-WebSocket-Key": "x" * 24,
        "Sec-WebSocket-Version": "13",
    }
    headers |= {"Connection": "Upgrade", "Upgrade": "websocket"}

    response = requests.get(f"http{base.removeprefix('ws')}/ws", {"token": mock.agent.jwt}, headers=headers)

    assert (response.status_code, response.text) == (400, "Bad Request")


def test_upgrade_to_another_protocol_is_refused(mock: TiledeskMock) -> None:
    """Java's client offers HTTP/2 with its first request. The response says why it is refused."""
    upgrade = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAA"}

    response = requests.post(f"{mock.url}/auth/signin", json={"email": "nobody"}, headers=upgrade)

    (exchange,) = mock.requests
    assert (response.status_code, response.text) == (400, "Bad Request")
    assert dict(exchange.response.headers)["X-Tiledesk-Mock"].startswith(
        "refused as by Tiledesk: it asks for 'h2c'"
    )


def test_upgrade_without_a_socket_is_refused_too(mock: TiledeskMock) -> None:
    """The response does not depend on the server."""
    headers = {"Connection": "Upgrade", "Upgrade": "h2c"}

    response = mock.app.test_client().post("/auth/signin", json={}, headers=headers)

    assert (response.status_code, response.text) == (400, "Bad Request")


def test_control_api_ignores_upgrades(mock: TiledeskMock) -> None:
    """A tester's client may offer HTTP/2, too. The body is read."""
    headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAA"}
    url = mock.url.removesuffix("/v3")

    response = requests.post(f"{url}/__admin/faults", json={"status": 500}, headers=headers)

    (fault,) = mock.emulator.faults.documents()
    assert (response.ok, fault["status"]) == (True, 500)


def test_message_before_the_response_to_the_handshake_is_lost(
    mock: TiledeskMock, caplog: pytest.LogCaptureFixture
) -> None:
    """The real server does not listen yet. Control frames are responded to."""
    address = urlsplit(mock.ws_url)
    head = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    handshake = (
        f"GET /ws?token={quote(mock.agent.jwt)} HTTP/1.1\r\n{head}Sec-WebSocket-Key: {'x' * 22}==\r\n\r\n"
    )
    message, ping = b'\x81\x8f\0\0\0\0{"action":"me"}', b"\x89\x80\0\0\0\0"

    with socket.create_connection((address.hostname, address.port), timeout=10) as client:
        client.sendall(handshake.encode() + message + ping)
        received = b""
        while not received.endswith(b"\x8a\0"):
            received += client.recv(4096)

    assert received.endswith(b"\r\n\r\n\x8a\0")
    wait_until(lambda: "lost, as with Tiledesk" in caplog.text)


def test_paths_of_websockets_respond_to_http_too(mock: TiledeskMock) -> None:
    """Requests without an upgrade get the usual response."""
    url = mock.url.removesuffix("/v3")

    assert requests.get(f"{url}/").text.startswith("Hello from Tiledesk")
    assert requests.get(f"{url}/ws").json() == {"error": "Invalid project id: ws"}


def test_handshake_is_in_the_journal(mock: TiledeskMock) -> None:
    """It is recorded when the WebSocket closes, with the principal."""
    connect(mock, "agent").socket.close()

    wait_until(mock.emulator.journal.exchanges)
    (exchange,) = mock.emulator.journal.exchanges()
    assert (exchange.response.status, exchange.principal.document["email"]) == (101, mock.agent.email)
