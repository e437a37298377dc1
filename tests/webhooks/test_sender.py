"""How deliveries leave over HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection

import pytest

from tiledesk_mock.http.connections import is_local
from tiledesk_mock.server import Server
from tiledesk_mock.webhooks.sender import DeliveryError, Sender, WebhookRequest

HEADERS = (("content-type", "application/json"), ("x-hook-secret", "s"))


class Application:
    """A WSGI application that keeps the requests it gets."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, bytes]] = []
        self.peers: set[str] = set()
        self.answer: tuple[str, list[tuple[str, str]], bytes] = ("200 OK", [], b"ok")

    def __call__(self, environ: dict, start_response: Callable[..., object]) -> list[bytes]:
        """Answer a request."""
        body = environ["wsgi.input"].read()
        self.requests.append((environ["RAW_URI"], environ["HTTP_X_HOOK_SECRET"], body))
        self.peers.add(environ["REMOTE_PORT"])
        status, headers, text = self.answer
        start_response(status, headers)
        return [text]


@pytest.fixture
def application() -> Application:
    """Return an application."""
    return Application()


@pytest.fixture
def url(application: Application) -> Iterator[str]:
    """Return where it is served."""
    with Server(application) as server:
        yield server.url


@pytest.fixture
def sender() -> Iterator[Sender]:
    """Return a sender, and close it."""
    made = Sender(timeout=5)
    yield made
    made.close()


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the URL of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_request_is_posted_as_it_is(url: str, application: Application, sender: Sender) -> None:
    """Path, query, headers and body arrive, and the answer comes back."""
    reply = sender.send(WebhookRequest(f"{url}/h%C3%B6k/ü x?a=1&b=ü", HEADERS, b"{}"))

    assert (reply.status, reply.body) == (200, b"ok")
    assert application.requests == [("/h%C3%B6k/%C3%BC%20x?a=1&b=%C3%BC", "s", b"{}")]


def test_connection_is_kept(url: str, application: Application, sender: Sender) -> None:
    """Many deliveries take one connection."""
    for _ in range(5):
        sender.send(WebhookRequest(url, HEADERS, b"{}"))

    assert len(application.peers) == 1


def test_connection_that_the_target_closed_is_made_anew(
    url: str, application: Application, sender: Sender
) -> None:
    """Without a failed attempt."""
    application.answer = ("200 OK", [("Connection", "close")], b"ok")

    replies = [sender.send(WebhookRequest(url, HEADERS, b"{}")).status for _ in range(3)]

    assert replies == [200, 200, 200]


def test_redirect_is_not_followed(url: str, application: Application, sender: Sender) -> None:
    """It is an answer like any other."""
    application.answer = ("302 Found", [("Location", "/elsewhere")], b"")

    reply = sender.send(WebhookRequest(url, HEADERS, b"{}"))

    assert (reply.status, len(application.requests)) == (302, 1)


def test_proxy_of_the_environment_is_not_used(
    url: str, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Targets are reached directly, as from the real server."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert sender.send(WebhookRequest(url, HEADERS, b"{}")).status == 200


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/", "hook", "http://", "http://127.0.0.1:nope/"])
def test_target_that_is_no_url_does_not_answer(sender: Sender, target: str) -> None:
    """It was subscribed; whoever subscribed it is told in the log."""
    with pytest.raises(DeliveryError):
        sender.send(WebhookRequest(target, HEADERS, b"{}"))


def test_dead_target_does_not_answer(sender: Sender) -> None:
    """Nobody listens at its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(DeliveryError, match="connection refused"):
        sender.send(WebhookRequest(f"http://127.0.0.1:{port}/", HEADERS, b"{}"))


def test_silent_target_is_waited_for_no_longer_than_allowed(silent: str) -> None:
    """Its connection stands, but no answer comes."""
    sender = Sender(timeout=0.05)

    with pytest.raises(DeliveryError, match="timed out"):
        sender.send(WebhookRequest(silent, HEADERS, b"{}"))


def test_wait_for_an_answer_is_ended_from_another_thread(silent: str, sender: Sender) -> None:
    """As a reset does."""
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


def test_what_was_given_up_while_it_connected_is_not_sent(
    url: str, application: Application, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There was nothing yet that could be shut."""
    connect = HTTPConnection.connect

    def connect_late(connection: HTTPConnection) -> None:
        sender.abort()
        connect(connection)

    monkeypatch.setattr(HTTPConnection, "connect", connect_late)

    with pytest.raises(DeliveryError, match="stopped"):
        sender.send(WebhookRequest(url, HEADERS, b"{}"))

    assert application.requests == []


def test_long_answer_is_read_to_a_limit(url: str, application: Application, sender: Sender) -> None:
    """The rest is not waited for."""
    date = ("Date", "Sat, 31 Jan 2026 12:00:00 GMT")  # else the two answers may have different ones
    application.answer = ("200 OK", [date], b"x" * (1 << 21))

    reply = sender.send(WebhookRequest(url, HEADERS, b"{}"))

    assert reply.body == b"x" * (1 << 20)
    assert date in reply.headers
    assert sender.send(WebhookRequest(url, HEADERS, b"{}")) == reply


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost/",
        "http://app.localhost/",
        "http://127.8.9.1:80/x",
        "http://[::1]:8080/",
        "http://[::ffff:127.0.0.1]/",
    ],
)
def test_loopback_is_local(target: str) -> None:
    """By name and by address."""
    assert is_local(target)


@pytest.mark.parametrize("target", ["http://192.0.2.1/", "http://[2001:db8::1]/", "nothing", "http://[x/"])
def test_other_addresses_are_not_local(target: str) -> None:
    """Nor is what has no address."""
    assert not is_local(target)
