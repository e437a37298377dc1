"""Sending deliveries over HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tiledesk_mock.server import Server
from tiledesk_mock.webhooks.failures import DeliveryError
from tiledesk_mock.webhooks.sender import BODY_LIMIT, Sender, WebhookRequest

HEADERS = (("content-type", "application/json"), ("x-hook-secret", "s"))


class Application:
    """A WSGI application that keeps its requests."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, bytes]] = []
        self.ports: set[str] = set()
        self.response: tuple[str, list[tuple[str, str]], bytes] = ("200 OK", [], b"ok")

    def __call__(self, environ: dict, start_response: Callable[..., object]) -> list[bytes]:
        """Respond to a request."""
        body = environ["wsgi.input"].read()
        self.requests.append((environ["RAW_URI"], environ["HTTP_X_HOOK_SECRET"], body))
        self.ports.add(environ["REMOTE_PORT"])
        status, headers, text = self.response
        start_response(status, headers)
        return [text]


@pytest.fixture
def application() -> Application:
    """Return an application."""
    return Application()


@pytest.fixture
def url(application: Application) -> Iterator[str]:
    """Return the URL of the application."""
    with Server(application) as server:
        yield server.url


@pytest.fixture
def sender() -> Iterator[Sender]:
    """Return a sender, and close it."""
    sender = Sender(timeout=5)
    yield sender
    sender.close()


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the URL of a server that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_request_is_posted_as_it_is(url: str, application: Application, sender: Sender) -> None:
    """Path, query, headers and body arrive, and the response is returned."""
    response = sender.send(WebhookRequest(f"{url}/h%C3%B6k/it's x?a=1&b='2'", HEADERS, b"{}"))

    assert (response.status, response.body) == (200, b"ok")
    assert application.requests == [("/h%C3%B6k/it%27s%20x?a=1&b=%272%27", "s", b"{}")]


def test_connection_is_kept(url: str, application: Application, sender: Sender) -> None:
    """Several deliveries use one connection."""
    for _ in range(5):
        sender.send(WebhookRequest(url, HEADERS, b"{}"))

    assert len(application.ports) == 1


def test_connection_that_the_target_closed_is_replaced(
    url: str, application: Application, sender: Sender
) -> None:
    """No attempt fails."""
    application.response = ("200 OK", [("Connection", "close")], b"ok")

    statuses = [sender.send(WebhookRequest(url, HEADERS, b"{}")).status for _ in range(3)]

    assert statuses == [200, 200, 200]


def test_redirect_is_not_followed(url: str, application: Application, sender: Sender) -> None:
    """It is a response like any other."""
    application.response = ("302 Found", [("Location", "/elsewhere")], b"")

    response = sender.send(WebhookRequest(url, HEADERS, b"{}"))

    assert (response.status, len(application.requests)) == (302, 1)


def test_proxy_of_the_environment_is_not_used(
    url: str, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real server does not use them, either."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert sender.send(WebhookRequest(url, HEADERS, b"{}")).status == 200


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/", "hook", "http://", "http://127.0.0.1:nope/"])
def test_target_that_is_no_url_is_an_error(sender: Sender, target: str) -> None:
    """Subscribing to it is allowed."""
    with pytest.raises(DeliveryError):
        sender.send(WebhookRequest(target, HEADERS, b"{}"))


@pytest.mark.parametrize(
    ("port", "message"),
    [("9" * 5000, "ERR_SOCKET_BAD_PORT"), ("65536", "ERR_SOCKET_BAD_PORT"), ("0" * 5000 + "9", ":9$")],
)
def test_port_has_any_number_of_digits(sender: Sender, port: str, message: str) -> None:
    """Node does not limit them."""
    with pytest.raises(DeliveryError, match=message):
        sender.send(WebhookRequest(f"http://127.0.0.1:{port}/", HEADERS, b"{}"))


def test_dead_target_is_an_error(sender: Sender) -> None:
    """No server listens at its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(DeliveryError, match="connect ECONNREFUSED 127"):
        sender.send(WebhookRequest(f"http://127.0.0.1:{port}/", HEADERS, b"{}"))


def test_silent_target_times_out(silent: str) -> None:
    """It accepts the connection, but does not respond."""
    sender = Sender(timeout=0.05)

    with pytest.raises(DeliveryError, match="given up: no response within"):
        sender.send(WebhookRequest(silent, HEADERS, b"{}"))


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (b"", b"\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    ],
)
def test_response_that_drips_times_out(beginning: bytes, drop: bytes) -> None:
    """Each part comes in time, but the end never does."""
    with (
        dripping_target(beginning, drop) as url,
        pytest.raises(DeliveryError, match="given up: no response within"),
    ):
        Sender(timeout=0.2).send(WebhookRequest(url, HEADERS, b"{}"))


def test_response_may_take_longer_than_the_timeout() -> None:
    """The timeout is that of each of its parts. The next response on the connection has as long again."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n"
    sender = Sender(timeout=1)

    with dripping_target(head, b"x", count=30, requests=2) as url:
        bodies = [sender.send(WebhookRequest(url, HEADERS, b"{}")).body for _ in range(2)]
        sender.close()

    assert bodies == [b"x" * 30] * 2


@contextmanager
def dripping_target(beginning: bytes, drop: bytes, count: int = 100, requests: int = 1) -> Iterator[str]:
    """Serve one connection: send a beginning and so many drops, one every 50 ms, to each of its requests."""
    ended = threading.Event()

    def drip() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as file:
                for _ in range(requests):
                    while file.readline() not in (b"\r\n", b""):
                        pass
                    file.read(len(b"{}"))
                    connection.sendall(beginning)
                    for _ in range(count):
                        if ended.wait(0.05):
                            break
                        connection.sendall(drop)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_abort_ends_the_wait_for_a_response(silent: str, sender: Sender) -> None:
    """A reset aborts from another thread."""
    failures: list[DeliveryError] = []

    def send() -> None:
        try:
            sender.send(WebhookRequest(silent, HEADERS, b"{}"))
        except DeliveryError as error:
            failures.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    while thread.is_alive():
        sender.abort()
        thread.join(0.01)

    assert len(failures) == 1


def test_delivery_aborted_while_it_connects_is_not_sent(
    url: str, application: Application, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no socket yet that can be shut."""
    connect = socket.socket.connect

    def connect_late(connection: socket.socket, address: object) -> None:
        sender.abort()
        connect(connection, address)

    monkeypatch.setattr(socket.socket, "connect", connect_late)

    with pytest.raises(DeliveryError, match="stopped"):
        sender.send(WebhookRequest(url, HEADERS, b"{}"))

    assert application.requests == []


def test_long_response_is_read_to_a_limit(url: str, application: Application, sender: Sender) -> None:
    """The rest is dropped."""
    date = ("Date", "Sat, 31 Jan 2026 12:00:00 GMT")  # otherwise the responses may differ
    application.response = ("200 OK", [date], b"x" * (BODY_LIMIT + 1))

    response = sender.send(WebhookRequest(url, HEADERS, b"{}"))

    assert response.body == b"x" * BODY_LIMIT
    assert date in response.headers
    assert sender.send(WebhookRequest(url, HEADERS, b"{}")) == response
