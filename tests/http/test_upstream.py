"""A real Tiledesk, asked what a client asks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tiledesk_mock.errors import SettingsError, UpstreamError
from tiledesk_mock.http.exchange import RecordedRequest
from tiledesk_mock.http.upstream import Upstream
from tiledesk_mock.server import Server

Answering = Callable[[dict[str, Any]], tuple[str, list[tuple[str, str]], bytes]]


class Target:
    """A WSGI application that notes what it was asked, and answers with what it is given."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.status, self.headers, self.body = "200 OK", [("X-A", "1")], b"ok"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer a request."""
        self.asked.append(environ)
        self.bodies.append(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        start_response(self.status, self.headers)
        return [self.body]


@pytest.fixture
def target() -> Target:
    """Return what answers."""
    return Target()


@pytest.fixture
def url(target: Target) -> Iterator[str]:
    """Return where it answers."""
    with Server(target) as server:
        yield server.url


@pytest.fixture
def upstream(url: str) -> Iterator[Upstream]:
    """Return an upstream under a prefix of its own."""
    passing = Upstream(f"{url}/v2/")
    yield passing
    passing.close()


def test_request_passes_as_it_is(target: Target, upstream: Upstream) -> None:
    """Method, path and query undecoded, header fields and body; the prefix is the upstream's."""
    headers = (("Authorization", "JWT x"), ("X-B", "b"), ("Content-Type", "text/plain"))

    upstream.send(RecordedRequest("PUT", "/v3/a%2Fb//c?x=%20&y[]=1", headers, b"\x00body"))

    (asked,) = target.asked
    assert (asked["REQUEST_METHOD"], asked["RAW_URI"]) == ("PUT", "/v2/a%2Fb//c?x=%20&y[]=1")
    assert (asked["HTTP_AUTHORIZATION"], asked["HTTP_X_B"], asked["CONTENT_TYPE"]) == (
        "JWT x",
        "b",
        "text/plain",
    )
    assert target.bodies == [b"\x00body"]


def test_host_is_the_upstreams(target: Target, upstream: Upstream, url: str) -> None:
    """Who proxies must not send the name under which it was asked itself."""
    upstream.send(RecordedRequest("GET", "/x", (("Host", "127.0.0.1:1"), ("Connection", "close"))))

    assert target.asked[0]["HTTP_HOST"] == url.removeprefix("http://")


def test_nothing_is_added_to_the_request(target: Target, upstream: Upstream) -> None:
    """A client without a User-Agent and an Accept stays one."""
    upstream.send(RecordedRequest("GET", "/x"))

    added = {name for name in target.asked[0] if name.startswith("HTTP_")}
    assert added == {"HTTP_HOST"}


def test_encodings_that_cannot_be_taken_off_are_not_asked_for(target: Target, upstream: Upstream) -> None:
    """What is recorded has to be readable."""
    upstream.send(RecordedRequest("GET", "/x", (("Accept-Encoding", "gzip, deflate, br;q=1, zstd"),)))

    assert target.asked[0]["HTTP_ACCEPT_ENCODING"] == "gzip, deflate"


def test_answer_comes_as_it_is(target: Target, upstream: Upstream) -> None:
    """A redirect is not followed; several fields of a name stay several."""
    target.status = "302 Found"
    target.headers = [("Location", "/elsewhere"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]

    told = upstream.send(RecordedRequest("GET", "/x"))

    assert (told.status, told.body, len(target.asked)) == (302, b"ok", 1)
    assert [value for name, value in told.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert told.header("Connection") is None


def test_proxies_of_the_environment_are_not_used(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is recorded is what the named address answers."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert upstream.send(RecordedRequest("GET", "/x")).status == 200


def test_connection_that_was_closed_meanwhile_is_opened_again(target: Target, url: str) -> None:
    """A server closes connections that are silent; that is no failure."""
    upstream = Upstream(url)
    target.headers = [("Connection", "close")]

    told = [upstream.send(RecordedRequest("GET", "/x")).status for _ in range(3)]
    upstream.close()

    assert told == [200, 200, 200]


def test_connection_that_one_thread_used_serves_the_next(target: Target, upstream: Upstream) -> None:
    """A long recording, with a thread for each of its clients' connections, holds no more than it needs."""
    for _ in range(5):
        asking = threading.Thread(target=upstream.send, args=[RecordedRequest("GET", "/x")])
        asking.start()
        asking.join()

    assert len({asked["REMOTE_PORT"] for asked in target.asked}) == 1


def test_connection_that_is_used_while_the_upstream_is_closed_is_not_kept(url: str) -> None:
    """Nothing is left behind."""
    upstream = Upstream(url)
    upstream.close()

    upstream.send(RecordedRequest("GET", "/x"))

    assert not upstream.is_connected


@pytest.mark.parametrize(("method", "times"), [("POST", 1), ("GET", 2)])
def test_request_that_may_have_arrived_is_sent_again_only_if_it_changes_nothing(
    method: str, times: int
) -> None:
    """An event is not fired twice because the connection broke."""
    asked: list[str] = []

    def answer_the_first(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        asked.append(environ["REQUEST_METHOD"])
        if len(asked) == 2:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        start_response("200 OK", [])
        return [b"ok"]

    with Server(answer_the_first) as server:
        breaking = Upstream(server.url)
        breaking.send(RecordedRequest("GET", "/x"))
        breaking.respond(RecordedRequest(method, "/x", (), b"{}"))
        breaking.close()

    assert asked[1:] == [method] * times


def test_target_that_is_no_ascii_is_encoded(target: Target, upstream: Upstream) -> None:
    """As clients are to do themselves."""
    upstream.send(RecordedRequest("GET", "/v3/caf\u00c3\u00a9?x=\u00c3\u00a9"))

    assert target.asked[0]["RAW_URI"] == "/v2/caf%C3%A9?x=%C3%A9"


def test_upstream_that_is_down_is_told() -> None:
    """502 and a line of JSON; whoever asks by `call_application` gets an error."""
    down = Upstream("http://127.0.0.1:1")

    told = down.respond(RecordedRequest("GET", "/x"))

    assert (told.status, told.json()["err"]) == (502, "upstream")
    with pytest.raises(UpstreamError, match=r"http://127\.0\.0\.1:1 cannot be reached: .*refused"):
        down.send(RecordedRequest("GET", "/x"))
    down.close()


def test_upstream_that_is_silent_is_told() -> None:
    """504 after the time that was set."""

    def hang(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["tiledesk_mock.stopping"].wait(5)
        start_response("200 OK", [])
        return [b""]

    with Server(hang) as server:
        silent = Upstream(server.url, timeout=0.05)
        told = silent.respond(RecordedRequest("GET", "/x"))
        silent.close()

    assert (told.status, told.json()["reason"]) == (504, f"{server.url} did not answer within 0.05 s")


@pytest.mark.parametrize("url", ["", "localhost:3000", "ftp://h", "http://"])
def test_what_is_no_url_is_refused(url: str) -> None:
    """An upstream is an http address."""
    with pytest.raises(SettingsError, match=r"upstream: .* is not an http or https URL"):
        Upstream(url)
