"""How answers are framed, and what becomes of applications that do not keep to the rules."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest
import requests
import websocket

from tiledesk_mock.server import AccessLogEntry, Server

Connect = Callable[[Server], socket.socket]
Exchange = Callable[[Server, bytes], str]

ONE_REQUEST = "{} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def request(target: str, method: str = "GET") -> bytes:
    """Write a request that asks for the connection to be closed."""
    return ONE_REQUEST.format(method, target).encode()


def test_answer_leaves_with_length_and_date(server: Server) -> None:
    """One piece needs no chunks."""
    answer = requests.get(f"{server.url}/echo")

    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert answer.headers["Date"].endswith(" GMT")


def test_pieces_leave_in_chunks(server: Server, exchange: Exchange) -> None:
    """An answer of unknown length is chunked."""
    assert exchange(server, request("/stream")).endswith("\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n")


def test_pieces_end_with_the_connection_for_an_old_client(server: Server, exchange: Exchange) -> None:
    """HTTP/1.0 knows no chunks."""
    answer = exchange(server, b"GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")

    assert "Connection: close" in answer
    assert answer.endswith("\r\n\r\none two")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_answer_without_body_ends_with_its_head(
    server: Server, exchange: Exchange, method: str, status: int
) -> None:
    """The body that the application gives does not leave."""
    answer = exchange(server, request(f"/status?{status}", method))

    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert answer.endswith("\r\n\r\n")


def test_application_can_end_the_connection(server: Server, exchange: Exchange) -> None:
    """`Connection: close` in an answer is honoured."""
    answer = exchange(server, b"GET /farewell HTTP/1.1\r\nHost: x\r\n\r\n")

    assert answer.count("Connection:") == 1


def test_answer_that_is_cut_short_ends_the_connection(server: Server) -> None:
    """A client that counts bytes sees that some are missing."""
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        requests.get(f"{server.url}/truncated")


def test_answer_never_exceeds_its_length(server: Server, exchange: Exchange) -> None:
    """Too much cannot be taken for the next answer."""
    assert exchange(server, request("/excessive")).endswith("\r\n\r\n1234")


def test_application_that_fails_is_answered_for(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """The client sees a 500 without the reason, the log has it."""
    answer = requests.get(f"{server.url}/failing")

    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert "GET /failing failed" in caplog.text
    assert "a secret" in caplog.text


def test_application_that_fails_late_cuts_its_answer(
    server: Server, exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    """An answer under way cannot become another one, only end."""
    answer = exchange(server, request("/failing_late"))

    assert answer.endswith("4\r\nsome\r\n")
    assert "a secret" in caplog.text


@pytest.mark.parametrize(
    "data", [b"", b"GE", request("/stream"), b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1"]
)
def test_client_that_leaves_is_not_talked_about(
    server: Server, connect: Connect, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    """Whenever a client leaves, nothing is logged and the next is served."""
    caplog.set_level(logging.INFO, "tiledesk_mock")
    client = connect(server)
    client.sendall(data)
    client.close()

    assert requests.get(f"{server.url}/echo").status_code == 200
    server.stop()

    assert caplog.text == ""


def test_header_that_is_no_latin_1_is_answered_all_the_same() -> None:
    """A recording may have one: what cannot be said is a question mark."""

    def application(_: object, start: Any) -> list[bytes]:
        start("200 OK", [("X-Name", "Caf\u00e9 \u2603")])
        return [b"well"]

    with Server(application) as server:
        answer = requests.get(server.url, timeout=5)

    assert (answer.text, answer.headers["X-Name"]) == ("well", "Caf\u00e9 ?")


def test_access_is_told_of_each_answer() -> None:
    """An access log gets who asked what, and what came of it."""
    seen: list[AccessLogEntry] = []

    def empty(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    with Server(empty, on_access=seen.append) as server:
        requests.delete(f"{server.url}/a?b=%20")

    assert [(one.method, one.target, one.status) for one in seen] == [
        ("DELETE", "/a?b=%20", "204 No Content")
    ]


def test_socket_can_be_reset_by_the_application(server: Server) -> None:
    """An application that closes the socket itself is not interfered with."""
    with pytest.raises(requests.exceptions.RequestException, match="reset by peer"):
        requests.get(f"{server.url}/reset")


def test_server_keeps_silent_after_a_takeover(server: Server, exchange: Exchange) -> None:
    """Once the application has written to the socket, nothing is added to it."""
    assert exchange(server, request("/garbled")) == "no HTTP"


def test_websocket_lives_on_the_same_port(server: Server) -> None:
    """simple-websocket takes the connection over, and frames go both ways."""
    client = websocket.create_connection(server.url.replace("http", "ws") + "/chat?token")
    client.send("hello")

    received = client.recv()
    client.close()

    assert received == "hello"


def test_websocket_can_be_refused(server: Server) -> None:
    """An upgrade that the application does not want gets an ordinary answer."""
    with pytest.raises(websocket.WebSocketBadStatusException, match="401"):
        websocket.create_connection(server.url.replace("http", "ws") + "/chat")


def test_websocket_ends_when_the_server_stops(server: Server) -> None:
    """A connection that was taken over does not keep the server from stopping."""
    client = websocket.create_connection(server.url.replace("http", "ws") + "/chat?token")
    client.send("hello")
    client.recv()

    server.stop()

    with pytest.raises((websocket.WebSocketException, OSError)):
        client.recv()
    client.close()
