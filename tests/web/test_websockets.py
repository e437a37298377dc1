"""WebSockets: who gets one, what is said on it, and that nothing stays when it ends."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote, urlsplit

import pytest
import requests
import websocket

from tiledesk_mock import TiledeskMock

from .websocket_client import WebSocketClient, connect, topic_of, wait_until


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Run an emulator of the default dialect."""
    with TiledeskMock() as running:
        yield running


def status(mock: TiledeskMock, token: str | None, path: str = "/v3/ws/") -> int:
    """Return the status that a handshake is answered with."""
    base = mock.ws_url.removesuffix("/v3/ws/")
    try:
        query = "" if token is None else f"?token={quote(token)}"
        websocket.create_connection(f"{base}{path}{query}", timeout=10).close()
    except websocket.WebSocketBadStatusException as refusal:
        return refusal.status_code
    return 101


@pytest.mark.parametrize(
    "path", ["/", "/ws", "/ws/", "/v1/ws/", "/v2/ws/", "/v3/ws/", "/v3/ws", "/api/", "/WS", "/V2/Ws/"]
)
def test_websocket_is_at_every_path_that_clients_know(mock: TiledeskMock, path: str) -> None:
    """Proxies and versions put it at different places."""
    assert status(mock, mock.agent.jwt, path) == 101


def test_token_needs_no_word_before_it(mock: TiledeskMock) -> None:
    """The word JWT may be missing."""
    assert status(mock, mock.agent.jwt.removeprefix("JWT ")) == 101


@pytest.mark.parametrize("role", ["user", "bot"])
def test_others_than_users_are_refused(mock: TiledeskMock, role: str) -> None:
    """External users and bots have no WebSocket."""
    token = mock.bot.jwt if role == "bot" else mock.person(role).jwt

    assert status(mock, token) == 401


@pytest.mark.parametrize("token", [None, "", "JWT", "JWT x.y.z", "Bearer x.y.z"])
def test_bad_tokens_are_refused(mock: TiledeskMock, token: str | None) -> None:
    """So is having none."""
    assert status(mock, token) == 401


def test_guest_is_told_that_nobody_answers(mock: TiledeskMock) -> None:
    """The real server leaves a guest's handshake open for ever."""
    assert status(mock, mock.guest.jwt) == 504


def test_guest_hangs_as_with_the_real_server_if_set() -> None:
    """With `hang` the handshake is left open, until the server stops."""
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
    """Without a key there is nothing to accept, whoever asks."""
    url = mock.url.removesuffix("/v3")

    answer = requests.get(f"{url}/ws", headers={"Connection": "Upgrade", "Upgrade": "websocket"})

    assert (answer.status_code, answer.text) == (400, "Bad Request")


def test_handshake_in_another_alphabet_is_refused(mock: TiledeskMock) -> None:
    """Names of subprotocols are ASCII; the log has no traceback, in which the token would stand."""
    base, _, _ = mock.ws_url.partition("/v3")
    headers = {
        "Sec-WebSocket-Protocol": "\u00e9",
        "Sec-WebSocket-Key": "x" * 24,
        "Sec-WebSocket-Version": "13",
    }
    headers |= {"Connection": "Upgrade", "Upgrade": "websocket"}

    answer = requests.get(f"http{base.removeprefix('ws')}/ws", {"token": mock.agent.jwt}, headers=headers)

    assert (answer.status_code, answer.text) == (400, "Bad Request")


def test_wish_for_another_protocol_is_passed_over(mock: TiledeskMock) -> None:
    """Java's client offers HTTP/2 with its first request, which is recorded like any other."""
    wish = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAA"}

    answer = requests.post(f"{mock.url}/auth/signin", json={"email": "nobody"}, headers=wish)

    (exchange,) = mock.requests
    assert answer.status_code == 422
    assert exchange.response.body == answer.content


def test_plain_requests_are_answered_as_ever(mock: TiledeskMock) -> None:
    """The paths of WebSockets are served over HTTP as well."""
    url = mock.url.removesuffix("/v3")

    assert requests.get(f"{url}/").text.startswith("Hello from Tiledesk")
    assert requests.get(f"{url}/ws").json() == {"error": "Invalid project id: ws"}


def test_history_is_newest_first_and_twenty_at_most(mock: TiledeskMock) -> None:
    """Subscribing tells what that project user fired last."""
    for number in range(22):
        mock.fire("seen", {"n": number})
    mock.fire("seen", by="agent")

    with connect(mock) as client:
        history = client.subscribe(topic_of(mock))

    assert [event["attributes"]["n"] for event in history] == list(range(21, 1, -1))


def test_history_of_a_name_has_that_name_only(mock: TiledeskMock) -> None:
    """The last part of a topic filters the history."""
    mock.fire("one")
    mock.fire("other")

    with connect(mock) as client:
        history = client.subscribe(f"{topic_of(mock)}/one")

    assert [event["name"] for event in history] == ["one"]


def test_live_event_comes_over_http(mock: TiledeskMock) -> None:
    """What one client posts, another hears, with the people in full."""
    with connect(mock, "agent") as client:
        client.subscribe(topic_of(mock))

        body = {"name": "order.paid", "attributes": {"total": 5}}
        posted = requests.post(f"{mock.url}/{mock.project_id}/events", json=body, auth=mock.owner.basic)

        message = client.receive()["payload"]["message"]
    assert (message["_id"], message["attributes"]) == (posted.json()["_id"], {"total": 5})
    assert message["project_user"]["id_user"]["email"] == mock.owner.email


@pytest.mark.parametrize("dialect", ["documented", "server"])
def test_history_shows_events_as_the_dialect_does(dialect: str) -> None:
    """As documented a project user is an object, in the server's history its id."""
    with TiledeskMock(dialect=dialect) as mock, connect(mock) as client:
        mock.fire("seen")

        (event,) = client.subscribe(topic_of(mock))

        expected = mock.owner.id if dialect == "server" else {"id": mock.owner.id}
        assert event["project_user"] == expected or event["project_user"].items() >= expected.items()
        assert ("id" in event) == (dialect == "documented")


def test_name_topic_has_no_live_events(mock: TiledeskMock) -> None:
    """The real server tells live events to the topic without a name only."""
    with connect(mock) as client:
        client.subscribe(f"{topic_of(mock)}/seen")

        mock.fire("seen")

        assert client.receive_all() == []


def test_unsubscribed_hears_no_more(mock: TiledeskMock) -> None:
    """Unsubscribing takes effect for the next event."""
    with connect(mock) as client:
        client.subscribe(topic_of(mock))
        client.send("unsubscribe", topic=topic_of(mock))
        client.receive_all()

        mock.fire("seen")

        assert client.receive_all() == []


@pytest.mark.parametrize("text", ["not json", "[]", "null", '"x"', "3", "{}", '{"action": ["me"]}', "\ud800"])
def test_what_makes_no_sense_is_passed_over(mock: TiledeskMock, text: str) -> None:
    """The connection goes on."""
    with connect(mock) as client:
        client.socket.send(text.encode("utf-8", "surrogatepass"), websocket.ABNF.OPCODE_BINARY)

        assert client.receive_all() == []


def test_frame_that_comes_in_pieces_is_read_whole(mock: TiledeskMock) -> None:
    """A letter may be cut in two."""
    topic = f"{topic_of(mock)}/caf\u00e9"
    text = json.dumps({"action": "subscribe", "payload": {"topic": topic}}, ensure_ascii=False).encode()
    cut = text.index(b"\xc3") + 1
    with connect(mock) as client:
        for piece, opcode, ends in ((text[:cut], 2, 0), (text[cut:], 0, 1)):
            client.socket.send_frame(websocket.ABNF(ends, 0, 0, 0, opcode, 1, piece))

        assert client.receive()["payload"]["topic"] == topic


def test_refused_topic_can_be_logged(mock: TiledeskMock, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever stands in it: half a pair of surrogates fits into no file."""
    caplog.set_level(logging.INFO)
    with connect(mock) as client:
        client.send("subscribe", topic="/nope/\ud800")
        client.receive_all()

    assert caplog.text.encode().count(b"': InvalidProjectId") == 1


@pytest.mark.parametrize(
    "topic", [None, 3, "", "nope", "/nope/events/x", "/65b0000000000000000000ff/events/x"]
)
def test_topics_of_nobody_are_passed_over(mock: TiledeskMock, topic: object) -> None:
    """Unknown and malformed projects are not told about."""
    with connect(mock) as client:
        client.send("subscribe", topic=topic)

        assert client.receive_all() == []


def test_ping_is_answered_with_pong(mock: TiledeskMock) -> None:
    """Only the word ping is answered."""
    with connect(mock) as client:
        client.send("heartbeat", message={"text": "ping"})
        client.send("heartbeat", message={"text": "other"})
        client.send("heartbeat")

        assert client.receive_all() == [{"action": "heartbeat", "payload": {"message": {"text": "pong"}}}]


@pytest.mark.parametrize(("dialect", "heard"), [("documented", 0), ("server", 1)])
def test_strangers_subscribe_in_the_servers_dialect_only(dialect: str, heard: int) -> None:
    """As documented, a project's events are for its members (drift realtime-cross-project)."""
    with TiledeskMock(dialect=dialect) as mock:
        accounts = mock.emulator.accounts
        stranger = accounts.sign_up("stranger@example.com", "secret", "Sam", "Stranger")
        with WebSocketClient(mock.ws_url, accounts.token_of(stranger)) as client:
            client.send("subscribe", topic=topic_of(mock))

            assert len(client.receive_all()) == heard
        assert mock.emulator.journal.drifts == ({} if heard else {"realtime-cross-project": 1})


def test_handle_shows_who_listens_to_what(mock: TiledeskMock) -> None:
    """A tester sees person and topics."""
    with connect(mock, "agent") as client:
        client.subscribe(topic_of(mock))

        (connection,) = mock.emulator.realtime.connections

        assert connection.principal.document["email"] == mock.agent.email
        assert connection.topics == (topic_of(mock),)


def test_reset_keeps_connections(mock: TiledeskMock) -> None:
    """The world goes back to its seed; who listens goes on listening."""
    with connect(mock) as client:
        client.subscribe(topic_of(mock))

        mock.reset()
        mock.fire("after")

        assert client.receive()["payload"]["message"]["name"] == "after"


def test_client_who_leaves_leaves_nothing(mock: TiledeskMock) -> None:
    """Neither a subscription nor a thread stays, however the client left."""
    before = threading.active_count()
    polite, rude = connect(mock), connect(mock)
    for client in (polite, rude):
        client.subscribe(topic_of(mock))

    polite.socket.close()
    rude.socket.shutdown()

    wait_until(lambda: not mock.emulator.realtime.connections and threading.active_count() <= before + 3)
    assert mock.emulator.realtime.subscribers(topic_of(mock)) == ()


def test_stopping_says_goodbye(mock: TiledeskMock) -> None:
    """Clients are told that the server goes, and no HTTP answer follows."""
    client = connect(mock)
    client.subscribe(topic_of(mock))

    mock.stop()

    opcode, reason = client.socket.recv_data()
    assert (opcode, reason) == (websocket.ABNF.OPCODE_CLOSE, (1001).to_bytes(2, "big"))
    with suppress(ConnectionResetError):  # the client has answered the goodbye, and nobody hears it
        assert client.socket.sock.recv(100) == b""
    client.socket.shutdown()


def test_handshake_is_in_the_journal(mock: TiledeskMock) -> None:
    """A WebSocket is noted when it ends, with the person."""
    connect(mock, "agent").socket.close()

    wait_until(mock.emulator.journal.exchanges)
    (exchange,) = mock.emulator.journal.exchanges()
    assert (exchange.response.status, exchange.principal.document["email"]) == (101, mock.agent.email)


def test_two_hundred_clients_hear_an_event(mock: TiledeskMock) -> None:
    """Each connection has its thread, and each client its frame."""
    clients = [connect(mock) for _ in range(200)]
    for client in clients:
        client.subscribe(topic_of(mock))

    mock.fire("news")

    names = [client.receive()["payload"]["message"]["name"] for client in clients]
    for client in clients:
        client.socket.shutdown()
    assert names == ["news"] * 200
