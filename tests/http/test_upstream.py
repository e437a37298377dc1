"""The client of a real Tiledesk."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tiledesk_mock.errors import SettingsError, UpstreamError
from tiledesk_mock.http.encodings import UNPACKED_LIMIT
from tiledesk_mock.http.exchange import RecordedRequest
from tiledesk_mock.http.upstream import Upstream
from tiledesk_mock.server import Server


class Target:
    """A WSGI application that records its requests and has a fixed response."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.status, self.headers, self.body = "200 OK", [("X-A", "1")], b"ok"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Respond to a request."""
        self.requests.append(environ)
        self.bodies.append(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        start_response(self.status, self.headers)
        return [self.body]


@pytest.fixture
def target() -> Target:
    """Return the application behind the upstream."""
    return Target()


@pytest.fixture
def url(target: Target) -> Iterator[str]:
    """Return the URL of the application."""
    with Server(target) as server:
        yield server.url


@pytest.fixture
def upstream(url: str) -> Iterator[Upstream]:
    """Return an upstream with a prefix."""
    passing = Upstream(f"{url}/v2/")
    yield passing
    passing.close()


def test_request_is_passed_on_unchanged(target: Target, upstream: Upstream) -> None:
    """Method, target, header fields and body do not change; the prefix becomes that of the upstream."""
    headers = (("Authorization", "JWT x"), ("X-B", "b"), ("Content-Type", "text/plain"))

    upstream.send(RecordedRequest("PUT", "/v3/a%2Fb//c?x=%20&y[]=1", headers, b"\x00body"))

    (environ,) = target.requests
    assert (environ["REQUEST_METHOD"], environ["RAW_URI"]) == ("PUT", "/v2/a%2Fb//c?x=%20&y[]=1")
    assert (environ["HTTP_AUTHORIZATION"], environ["HTTP_X_B"], environ["CONTENT_TYPE"]) == (
        "JWT x",
        "b",
        "text/plain",
    )
    assert target.bodies == [b"\x00body"]


def test_host_is_that_of_the_upstream(target: Target, upstream: Upstream, url: str) -> None:
    """The client's Host and Connection are not passed on."""
    upstream.send(RecordedRequest("GET", "/x", (("Host", "127.0.0.1:1"), ("Connection", "close"))))

    assert target.requests[0]["HTTP_HOST"] == url.removeprefix("http://")


def test_nothing_is_added_to_the_request(target: Target, upstream: Upstream) -> None:
    """A request without User-Agent and Accept gets none."""
    upstream.send(RecordedRequest("GET", "/x"))

    added = {name for name in target.requests[0] if name.startswith("HTTP_")}
    assert added == {"HTTP_HOST"}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([], b"\0" * (UNPACKED_LIMIT + 1)),
        ([("Transfer-Encoding", "chunked")], b"3000000\r\n" + b"\0" * 0x3000000 + b"\r\n0\r\n\r\n"),
        ([("Content-Encoding", "gzip")], gzip.compress(b"\0" * (UNPACKED_LIMIT + 1))),
    ],
    ids=["with a length", "chunked", "compressed"],
)
def test_body_beyond_the_limit_is_refused(
    target: Target, upstream: Upstream, headers: list[tuple[str, str]], body: bytes
) -> None:
    """It may have a length, none, or be compressed; the error names the request."""
    target.headers, target.body = headers, body

    with pytest.raises(
        UpstreamError, match=r"responded to GET /x with more than 33,554,432 bytes"
    ) as refused:
        upstream.send(RecordedRequest("GET", "/x?token=y"))

    assert refused.value.status == 502
    target.headers, target.body = [], b"ok"
    assert upstream.send(RecordedRequest("GET", "/x")).body == b"ok"


def test_encodings_that_cannot_be_decoded_are_not_requested(target: Target, upstream: Upstream) -> None:
    """A recording has to be readable."""
    upstream.send(RecordedRequest("GET", "/x", (("Accept-Encoding", "gzip, deflate, br;q=1, zstd"),)))

    assert target.requests[0]["HTTP_ACCEPT_ENCODING"] == "gzip, deflate"


def test_response_is_returned_unchanged(target: Target, upstream: Upstream) -> None:
    """A redirect is not followed, and repeated header fields are kept."""
    target.status = "302 Found"
    target.headers = [("Location", "/elsewhere"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]

    response = upstream.send(RecordedRequest("GET", "/x"))

    assert (response.status, response.body, len(target.requests)) == (302, b"ok", 1)
    assert [value for name, value in response.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert response.header("Connection") is None


def test_proxies_of_the_environment_are_not_used(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """The response is that of the upstream itself."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert upstream.send(RecordedRequest("GET", "/x")).status == 200


def test_closed_connection_is_opened_again(target: Target, url: str) -> None:
    """A server may close idle connections."""
    upstream = Upstream(url)
    target.headers = [("Connection", "close")]

    statuses = [upstream.send(RecordedRequest("GET", "/x")).status for _ in range(3)]
    upstream.close()

    assert statuses == [200, 200, 200]


def test_connection_is_shared_by_threads(target: Target, upstream: Upstream) -> None:
    """The idle connection of one thread is used by the next."""
    for _ in range(5):
        sending = threading.Thread(target=upstream.send, args=[RecordedRequest("GET", "/x")])
        sending.start()
        sending.join()

    assert len({environ["REMOTE_PORT"] for environ in target.requests}) == 1


def test_connection_is_closed_after_the_upstream(url: str) -> None:
    """A connection that is in use when the upstream is closed is closed afterwards."""
    upstream = Upstream(url)
    upstream.close()

    upstream.send(RecordedRequest("GET", "/x"))

    assert not upstream._idle


@pytest.mark.parametrize(("method", "times"), [("POST", 1), ("GET", 2)])
def test_only_safe_requests_are_sent_again(method: str, times: int) -> None:
    """An event is not fired twice after a connection failed."""
    received: list[str] = []

    def respond_to_the_first(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        received.append(environ["REQUEST_METHOD"])
        if len(received) == 2:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        start_response("200 OK", [])
        return [b"ok"]

    with Server(respond_to_the_first) as server:
        breaking = Upstream(server.url)
        breaking.send(RecordedRequest("GET", "/x"))
        breaking.respond(RecordedRequest(method, "/x", (), b"{}"))
        breaking.close()

    assert received[1:] == [method] * times


def test_target_is_percent_encoded(target: Target, upstream: Upstream) -> None:
    """Characters that are not ASCII are encoded."""
    upstream.send(RecordedRequest("GET", "/v3/caf\u00c3\u00a9?x=\u00c3\u00a9"))

    assert target.requests[0]["RAW_URI"] == "/v2/caf%C3%A9?x=%C3%A9"


def test_unreachable_upstream() -> None:
    """`respond` returns a 502 with a line of JSON, `send` raises UpstreamError."""
    down = Upstream("http://127.0.0.1:1")

    response = down.respond(RecordedRequest("GET", "/x"))

    assert (response.status, response.json()["err"]) == (502, "upstream")
    with pytest.raises(UpstreamError, match=r"http://127\.0\.0\.1:1 cannot be reached: .*refused"):
        down.send(RecordedRequest("GET", "/x"))
    down.close()


def test_upstream_timeout() -> None:
    """The response after the timeout is a 504."""

    def hang(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["tiledesk_mock.stopping"].wait(5)
        start_response("200 OK", [])
        return [b""]

    with Server(hang) as server:
        silent = Upstream(server.url, timeout=0.05)
        response = silent.respond(RecordedRequest("GET", "/x"))
        silent.close()

    assert (response.status, response.json()["reason"]) == (
        504,
        f"{server.url} did not respond within 0.05 s",
    )


@pytest.mark.parametrize("url", ["", "localhost:3000", "ftp://h", "http://"])
def test_malformed_url_raises(url: str) -> None:
    """An upstream has an http URL."""
    with pytest.raises(SettingsError, match=r"upstream: .* is not an http or https URL"):
        Upstream(url)
