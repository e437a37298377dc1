"""The framing of responses, and applications that break the rules of WSGI."""

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
    """Return a request with `Connection: close`."""
    return ONE_REQUEST.format(method, target).encode()


def test_response_has_length_and_date(server: Server) -> None:
    """A body in one part is not chunked."""
    response = requests.get(f"{server.url}/echo")

    assert int(response.headers["Content-Length"]) == len(response.content)
    assert response.headers["Date"].endswith(" GMT")


def test_body_in_parts_is_chunked(server: Server, exchange: Exchange) -> None:
    """Its length is unknown."""
    assert exchange(server, request("/stream")).endswith("\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n")


def test_body_in_parts_ends_with_the_connection_for_http_1_0(server: Server, exchange: Exchange) -> None:
    """HTTP/1.0 has no chunks."""
    response = exchange(server, b"GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")

    assert "Connection: close" in response
    assert response.endswith("\r\n\r\none two")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_response_without_body_ends_with_its_head(
    server: Server, exchange: Exchange, method: str, status: int
) -> None:
    """The body of the application is not sent."""
    response = exchange(server, request(f"/status?{status}", method))

    assert response.startswith(f"HTTP/1.1 {status} ")
    assert response.endswith("\r\n\r\n")


def test_application_can_close_the_connection(server: Server, exchange: Exchange) -> None:
    """`Connection: close` in a response is honoured."""
    response = exchange(server, b"GET /closing HTTP/1.1\r\nHost: x\r\n\r\n")

    assert response.count("Connection:") == 1


def test_response_that_is_too_short_closes_the_connection(server: Server) -> None:
    """A client notices the missing bytes."""
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        requests.get(f"{server.url}/truncated")


def test_response_never_exceeds_its_length(server: Server, exchange: Exchange) -> None:
    """The surplus is not sent, and not taken for the next response."""
    assert exchange(server, request("/excessive")).endswith("\r\n\r\n1234")


def test_failing_application_gets_status_500(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """The response does not have the reason, the log does."""
    response = requests.get(f"{server.url}/failing")

    assert (response.status_code, "secret" in response.text) == (500, False)
    assert "GET /failing failed" in caplog.text
    assert "a secret" in caplog.text


def test_application_failing_late_truncates_its_response(
    server: Server, exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    """The status has been sent and cannot change any more."""
    response = exchange(server, request("/failing_late"))

    assert response.endswith("4\r\nsome\r\n")
    assert "a secret" in caplog.text


@pytest.mark.parametrize(
    "data", [b"", b"GE", request("/stream"), b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1"]
)
def test_client_that_disconnects_is_not_logged(
    server: Server, connect: Connect, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    """Whenever it disconnects, the next client is served."""
    caplog.set_level(logging.INFO, "tiledesk_mock")
    client = connect(server)
    client.sendall(data)
    client.close()

    assert requests.get(f"{server.url}/echo").status_code == 200
    server.stop()

    assert caplog.text == ""


def test_header_beyond_latin_1_is_sent_with_question_marks() -> None:
    """A recording may have such a header."""

    def application(_: object, start: Any) -> list[bytes]:
        start("200 OK", [("X-Name", "Caf\u00e9 \u2603")])
        return [b"well"]

    with Server(application) as server:
        response = requests.get(server.url, timeout=5)

    assert (response.text, response.headers["X-Name"]) == ("well", "Caf\u00e9 ?")


def test_each_response_has_an_access_log_entry() -> None:
    """It has method, target and status."""
    entries: list[AccessLogEntry] = []

    def empty(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    with Server(empty, on_access=entries.append) as server:
        requests.delete(f"{server.url}/a?b=%20")

    assert [(one.method, one.target, one.status) for one in entries] == [
        ("DELETE", "/a?b=%20", "204 No Content")
    ]


def test_application_can_reset_the_connection(server: Server) -> None:
    """The server does not use a socket that the application has closed."""
    with pytest.raises(requests.exceptions.RequestException, match="reset by peer"):
        requests.get(f"{server.url}/reset")


def test_server_sends_nothing_after_a_takeover(server: Server, exchange: Exchange) -> None:
    """The application has written to the socket itself."""
    assert exchange(server, request("/garbled")) == "no HTTP"


def test_websocket_is_on_the_same_port(server: Server) -> None:
    """simple-websocket takes the connection over."""
    client = websocket.create_connection(server.url.replace("http", "ws") + "/chat?token")
    client.send("hello")

    received = client.recv()
    client.close()

    assert received == "hello"


def test_websocket_can_be_refused(server: Server) -> None:
    """The application may send an ordinary response."""
    with pytest.raises(websocket.WebSocketBadStatusException, match="401"):
        websocket.create_connection(server.url.replace("http", "ws") + "/chat")


def test_websocket_closes_when_the_server_stops(server: Server) -> None:
    """A connection that was taken over does not delay the stop."""
    client = websocket.create_connection(server.url.replace("http", "ws") + "/chat?token")
    client.send("hello")
    client.recv()

    server.stop()

    with pytest.raises((websocket.WebSocketException, OSError)):
        client.recv()
    client.close()
