"""How requests are read, by the byte."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest
import requests

from tiledesk_mock.server import Server, Timeouts

from .conftest import application

Connect = Callable[[Server], socket.socket]
Exchange = Callable[[Server, bytes], str]

LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
CHUNKED = b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"


def get(target: str, *fields: str) -> bytes:
    """Write a GET that asks for the connection to be closed."""
    lines = [f"GET {target} HTTP/1.1", "Host: x", "Connection: close", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def echoed(answer: str) -> dict[str, object]:
    """Return what the last answer says of its request."""
    document: dict[str, object] = json.loads(answer.rpartition("\r\n\r\n")[2])
    return document


def test_connection_serves_many_requests(server: Server) -> None:
    """A session's requests come over one connection."""
    with requests.Session() as session:
        clients = {session.post(f"{server.url}/echo", json={"n": n}).json()["client"] for n in range(3)}

    assert len(clients) == 1


def test_pipelined_requests_are_answered_in_order(server: Server, exchange: Exchange) -> None:
    """What comes in one packet is taken apart."""
    post = b"POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"

    answer = exchange(server, post % 1 + post % 2 + LAST)

    places = [answer.index(path) for path in ('"/1"', '"/2"', '"/last"')]
    assert places == sorted(places)


def test_request_that_comes_byte_by_byte_is_read(server: Server, connect: Connect) -> None:
    """Packets end where they like."""
    client = connect(server)

    for byte in LAST:
        client.sendall(bytes([byte]))

    assert client.recv(12) == b"HTTP/1.1 200"


def test_chunked_body_is_put_together(server: Server, exchange: Exchange) -> None:
    """Chunks, their extensions and trailers are taken off."""
    answer = exchange(server, CHUNKED + b'4;x=y\r\n{"a"\r\nA\r\n: 12345678\r\n1\r\n}\r\n0\r\nX-T: 1\r\n\r\n')

    assert echoed(answer)["body"] == '{"a": 12345678}'


def test_generator_as_body_is_read(server: Server) -> None:
    """What requests sends in chunks arrives whole, longer than is kept in memory."""
    pieces = (b"x" * 100_000 for _ in range(30))

    answer = requests.post(f"{server.url}/echo", data=pieces)

    assert answer.json()["length"] == 3_000_000


def test_long_body_is_read(server: Server) -> None:
    """A body may be longer than is kept in memory."""
    answer = requests.post(f"{server.url}/echo", data=b"x" * 3_000_000)

    assert answer.json()["length"] == 3_000_000


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_body_that_nobody_reads_is_passed_over(server: Server, size: int) -> None:
    """The next request on the connection begins behind it."""
    with requests.Session() as session:
        refused = session.post(f"{server.url}/unread", data=b"x" * size)
        answered = session.get(f"{server.url}/echo")

    assert (refused.status_code, answered.status_code) == (413, 200)


def test_client_that_expects_continue_is_told_to(server: Server, connect: Connect) -> None:
    """The body is asked for before it is waited for."""
    client = connect(server)
    client.sendall(get("/echo", "Content-Length: 4", "Expect: 100-continue"))

    told = client.recv(1000)
    client.sendall(b"body")

    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert b'"body": "body"' in client.recv(10_000)


def test_path_and_query_are_kept_as_they_came(server: Server, exchange: Exchange) -> None:
    """The environ has the target undecoded beside WSGI's decoded path."""
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
def test_whole_address_as_target_gives_path_and_host(
    server: Server, exchange: Exchange, target: str, path: str, host: str
) -> None:
    """Clients with a proxy set send the whole address."""
    environ = echoed(exchange(server, get(target)))

    assert (environ["PATH_INFO"], environ["HTTP_HOST"]) == (path, host)


def test_repeated_field_is_joined(server: Server, exchange: Exchange) -> None:
    """Repeated fields are one list, cookies have their own separator, underscores cannot pass for dashes.

    Of fields that are no lists, the first stands.
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
    "data",
    [
        b"GET /\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"G(T / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: 1\nB: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n",
        b"GET /\n/x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\r/x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        CHUNKED + b"nine\r\n",
        CHUNKED + b"-1\r\n",
        CHUNKED + b"1\r\nabc\r\n",
        CHUNKED + b"1;" + b"x" * 5000,
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
def test_request_that_is_no_http_is_refused(server: Server, exchange: Exchange, data: bytes) -> None:
    """The client is told what is wrong in one sentence, and the connection ends."""
    answer = exchange(server, data)

    assert answer.startswith("HTTP/1.1 400 Bad Request\r\n")
    assert "Traceback" not in answer


@pytest.mark.parametrize("size", [17_000, 1_000_000])
def test_head_that_is_too_long_is_refused(server: Server, exchange: Exchange, size: int) -> None:
    """Sixteen kilobytes of head are read, no more, and the answer can be read all the same."""
    answer = exchange(server, get("/echo", "X-Long: " + "x" * size))

    assert answer.startswith("HTTP/1.1 431 ")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501"),
    ],
)
def test_http_that_is_not_spoken_is_refused(
    server: Server, exchange: Exchange, data: bytes, status: str
) -> None:
    """Versions and transfer codings that are not known are named so."""
    assert exchange(server, data).startswith(f"HTTP/1.1 {status} ")


def test_empty_lines_before_a_request_are_passed_over(server: Server, exchange: Exchange) -> None:
    """Some clients end a body with a line too many."""
    assert exchange(server, b"\r\n\r\n" + LAST).startswith("HTTP/1.1 200 ")


@pytest.mark.parametrize("data", [b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{"])
def test_half_a_request_is_given_up(impatient: Server, exchange: Exchange, data: bytes) -> None:
    """Whoever begins a request and does not go on is told so after a while."""
    assert exchange(impatient, data).startswith("HTTP/1.1 408 ")


def test_idle_connection_is_closed_without_a_word(exchange: Exchange) -> None:
    """A connection on which nothing was begun needs no answer."""
    with Server(application, timeouts=Timeouts(idle=0.2)) as server:
        assert exchange(server, b"") == ""


def test_old_client_gets_one_answer(server: Server, exchange: Exchange) -> None:
    """HTTP/1.0 closes unless it asks to stay."""
    answer = exchange(
        server, b"GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /echo HTTP/1.0\r\n\r\n"
    )

    assert answer.count("HTTP/1.1 200 OK") == 2


def test_fragment_is_no_part_of_a_request(server: Server, exchange: Exchange) -> None:
    """Some clients send what is behind the hash, and Node drops it."""
    answer = exchange(server, get("/a?b=1#c?d"))

    assert echoed(answer)["REQUEST_URI"] == "/a?b=1"
