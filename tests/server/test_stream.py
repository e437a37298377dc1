"""Reading requests from a socket."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from threading import Event

import pytest
import requests

from tiledesk_mock.http.connections import is_readable
from tiledesk_mock.server import Server, Timeouts

from .conftest import application

Connect = Callable[[Server], socket.socket]
Exchange = Callable[[Server, bytes], str]

LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
REQUEST_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"
CHUNKED = b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
BEGINNINGS = [
    b"GET / HTTP/1.1\r\nA: ",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n{",
    CHUNKED + b"ffffff\r\n",
    CHUNKED + b"0\r\nA: ",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nA: ",
]
"""Requests that more can be sent of: head, body, chunk, trailer, and head behind another request."""


def get(target: str, *fields: str) -> bytes:
    """Return a GET request with `Connection: close`."""
    lines = [f"GET {target} HTTP/1.1", "Host: x", "Connection: close", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def echoed(response: str) -> dict[str, object]:
    """Return the request that the last response describes."""
    document: dict[str, object] = json.loads(response.rpartition("\r\n\r\n")[2])
    return document


def test_connection_serves_many_requests(server: Server) -> None:
    """A session uses one connection."""
    with requests.Session() as session:
        clients = {session.post(f"{server.url}/echo", json={"n": n}).json()["client"] for n in range(3)}

    assert len(clients) == 1


def test_pipelined_requests_get_responses_in_order(server: Server, exchange: Exchange) -> None:
    """Several requests may be in one packet."""
    post = b"POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"

    response = exchange(server, post % 1 + post % 2 + LAST)

    positions = [response.index(path) for path in ('"/1"', '"/2"', '"/last"')]
    assert positions == sorted(positions)


def test_many_small_chunks_are_read(server: Server, exchange: Exchange) -> None:
    """Chunks may end anywhere in what is received at once, and a request may follow them."""
    texts = [b"a" * (number % 7 + 1) for number in range(40_000)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(text), text) for text in texts)
    keep_alive = CHUNKED.replace(b"Connection: close\r\n", b"")

    response = exchange(server, keep_alive + chunks + b"0\r\n\r\n" + LAST)

    assert f'"length": {sum(map(len, texts))}' in response
    assert '"/last"' in response


def test_request_that_arrives_byte_by_byte_is_read(server: Server, connect: Connect) -> None:
    """Packets may end anywhere."""
    client = connect(server)

    for byte in LAST:
        client.sendall(bytes([byte]))

    assert client.recv(12) == b"HTTP/1.1 200"


def test_chunked_body_is_joined(server: Server, exchange: Exchange) -> None:
    """The extensions of chunks and trailers are ignored."""
    response = exchange(
        server, CHUNKED + b'4;x=y\r\n{"a"\r\nA\r\n: 12345678\r\n1\r\n}\r\n0\r\nX-T: 1\r\n\r\n'
    )

    assert echoed(response)["body"] == '{"a": 12345678}'


def test_generator_as_body_is_read(server: Server) -> None:
    """Requests sends it in chunks; it is longer than what is kept in memory."""
    parts = (b"x" * 100_000 for _ in range(30))

    response = requests.post(f"{server.url}/echo", data=parts)

    assert response.json()["length"] == 3_000_000


def test_long_body_is_read(server: Server) -> None:
    """A body may be longer than what is kept in memory."""
    response = requests.post(f"{server.url}/echo", data=b"x" * 3_000_000)

    assert response.json()["length"] == 3_000_000


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_unread_body_is_discarded(server: Server, size: int) -> None:
    """The next request on the connection follows it."""
    with requests.Session() as session:
        rejected = session.post(f"{server.url}/unread", data=b"x" * size)
        accepted = session.get(f"{server.url}/echo")

    assert (rejected.status_code, accepted.status_code) == (413, 200)


def test_client_that_expects_continue_gets_it(server: Server, connect: Connect) -> None:
    """It sends the body afterwards."""
    client = connect(server)
    client.sendall(get("/echo", "Content-Length: 4", "Expect: 100-continue"))

    interim = client.recv(1000)
    client.sendall(b"body")

    assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert b'"body": "body"' in client.recv(10_000)


def test_path_and_query_are_kept_undecoded(server: Server, exchange: Exchange) -> None:
    """The environ has the raw target and the decoded path."""
    environ = echoed(exchange(server, get("//a%2Fb%zz/c?q=%20+&x=?")))

    assert environ["RAW_URI"] == environ["REQUEST_URI"] == "//a%2Fb%zz/c?q=%20+&x=?"
    assert environ["PATH_INFO"] == "//a/b%zz/c"
    assert environ["QUERY_STRING"] == "q=%20+&x=?"


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        ("http://api.tiledesk.com/v3/x?y", "/v3/x", "api.tiledesk.com"),
        ("http://api.tiledesk.com", "/", "api.tiledesk.com"),
        ("http://api.tiledesk.com?y", "/", "api.tiledesk.com"),
        ("/x", "/x", "x"),
    ],
)
def test_absolute_url_as_target_sets_path_and_host(
    server: Server, exchange: Exchange, target: str, path: str, host: str
) -> None:
    """Clients with a proxy send an absolute URL."""
    environ = echoed(exchange(server, get(target)))

    assert (environ["PATH_INFO"], environ["HTTP_HOST"]) == (path, host)


def test_repeated_field_is_joined(server: Server, exchange: Exchange) -> None:
    """Cookies have a separator of their own, and `X_A` is not taken for `X-A`.

    Of fields that have one value, the first counts.
    """
    fields = (
        "X-A: 1",
        "X-A:2 ",
        "Cookie: a=1",
        "Cookie: b=2",
        "X_A: 3",
        "Authorization: a",
        "Authorization: b",
    )

    environ = echoed(exchange(server, get("/echo", *fields)))

    assert (environ["HTTP_X_A"], environ["HTTP_COOKIE"]) == ("1, 2", "a=1; b=2")
    assert environ["HTTP_AUTHORIZATION"] == "a"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", "get is no method that Node knows"),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", "the request line is not METHOD /PATH HTTP/1.1"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Token: 1\x07\r\n\r\n", "the field X-Token is not NAME: VALUE"),
        (b"GET / HTTP/1.1\nHost: x\n\n", "with CR LF behind it"),
        (b"\x16\x03\x01\x02\x00\x01\x00", "this is TLS"),
        (CHUNKED + b"0x1\r\n", "the line before a chunk is malformed"),
    ],
)
def test_log_says_why_a_request_is_refused(
    server: Server, exchange: Exchange, caplog: pytest.LogCaptureFixture, data: bytes, reason: str
) -> None:
    """The response does not: Node's has no body."""
    response = exchange(server, data)

    assert response == "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
    assert "127.0.0.1: 400 Bad Request: " in caplog.text
    assert reason in caplog.text


@pytest.mark.parametrize("size", [17_000, 1_000_000])
def test_head_that_is_too_long_is_rejected(server: Server, exchange: Exchange, size: int) -> None:
    """Up to 16 KB are read. The client can read the response although it still sends."""
    response = exchange(server, get("/echo", "X-Long: " + "x" * size))

    assert response.startswith("HTTP/1.1 431 ")


def test_empty_lines_before_a_request_are_ignored(server: Server, exchange: Exchange) -> None:
    """Some clients send an empty line after a body."""
    assert exchange(server, b"\r\n\r\n" + LAST).startswith("HTTP/1.1 200 ")


@pytest.mark.parametrize("data", BEGINNINGS)
def test_incomplete_request_times_out(
    server_with_short_timeout: Server, exchange: Exchange, data: bytes
) -> None:
    """The client gets the bytes that Node sends."""
    assert exchange(server_with_short_timeout, data).endswith(REQUEST_TIMEOUT.decode())


@pytest.mark.parametrize(("data", "part"), [*((data, b"x") for data in BEGINNINGS), (CHUNKED, b"1\r\nx\r\n")])
def test_dripped_request_times_out(
    server_with_short_timeout: Server, connect: Connect, data: bytes, part: bytes
) -> None:
    """Parts that keep coming do not extend the limit."""
    client, received = connect(server_with_short_timeout), b""
    client.sendall(data)

    while not received.endswith(REQUEST_TIMEOUT):
        if is_readable(client, 0.02):
            received += client.recv(1000) or pytest.fail(f"closed after {received!r}")
        else:
            client.sendall(part)


def test_upload_that_takes_longer_than_a_head_may_is_read(connect: Connect) -> None:
    """The limit of the whole request is far longer."""
    with Server(application, timeouts=Timeouts(head=0.01)) as server:
        client = connect(server)
        client.sendall(get("/echo", "Content-Length: 10"))
        for _ in range(10):
            time.sleep(0.01)
            client.sendall(b"x")

        assert client.recv(15) == b"HTTP/1.1 200 OK"


def test_client_that_takes_no_response_is_left(connect: Connect) -> None:
    """Its thread serves others."""
    is_left = Event()

    def endless(_: object, start: Callable[..., object]) -> list[bytes]:
        start("200 OK", [])
        return [b"x" * 50_000_000]

    with Server(endless, on_access=lambda _: is_left.set(), timeouts=Timeouts(response=0.1)) as server:
        connect(server).sendall(get("/"))

        assert is_left.wait(10)


def test_client_that_closes_its_side_in_a_request_gets_status_400(server: Server, connect: Connect) -> None:
    """It may still read; Node tells it so, too."""
    client = connect(server)
    client.sendall(b"GET / HT")
    client.shutdown(socket.SHUT_WR)

    assert client.recv(1000) == b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


def test_request_under_way_gets_no_status_when_the_server_stops(server: Server, connect: Connect) -> None:
    """Nothing is wrong with it."""
    client = connect(server)
    client.sendall(get("/echo", "Content-Length: 4", "Expect: 100-continue"))
    client.recv(1000)

    server.stop()

    assert client.recv(1000) == b""


@pytest.mark.parametrize(("seconds", "idle", "announced"), [(None, 120, 5), (5, 6, 5), (0, None, 0)])
def test_keep_alive_timeout_sets_what_is_announced(
    seconds: int | None, idle: float | None, announced: int
) -> None:
    """Node waits a second longer than it says, and forever with 0."""
    timeouts = Timeouts.from_keep_alive(seconds)

    assert (timeouts.idle, timeouts.keep_alive) == (idle, announced)


@pytest.mark.parametrize("fields", [(), ("Connection: keep-alive",)])
def test_connection_without_a_timeout_is_not_announced(exchange: Exchange, fields: tuple[str, ...]) -> None:
    """Node announces nothing with a timeout of 0."""
    request = get("/echo", *fields).replace(b"Connection: close\r\n", b"")

    with Server(application, timeouts=Timeouts.from_keep_alive(0)) as server:
        response = exchange(server, request + LAST)

    assert response.count("Connection: keep-alive") == 1
    assert "Keep-Alive:" not in response


def test_idle_connection_is_closed_without_a_response(exchange: Exchange) -> None:
    """No request was begun."""
    with Server(application, timeouts=Timeouts(idle=0.2)) as server:
        assert exchange(server, b"") == ""


def test_http_1_0_client_can_keep_the_connection(server: Server, exchange: Exchange) -> None:
    """HTTP/1.0 closes it unless the client sends `keep-alive`."""
    response = exchange(
        server, b"GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /echo HTTP/1.0\r\n\r\n"
    )

    assert response.count("HTTP/1.1 200 OK") == 2


def test_fragment_is_dropped(server: Server, exchange: Exchange) -> None:
    """Some clients send one, and Node drops it."""
    response = exchange(server, get("/a?b=1#c?d"))

    assert echoed(response)["REQUEST_URI"] == "/a?b=1"
