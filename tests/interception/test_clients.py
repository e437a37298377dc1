"""The responses that intercepted clients get."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
from urllib3.util import Retry, Timeout

from tiledesk_mock import TiledeskMock

from .conftest import Send

CONNECTION_ERRORS = (requests.ConnectionError, httpx.TransportError)
INCOMPLETE = (requests.exceptions.ChunkedEncodingError, httpx.RemoteProtocolError)
TIMEOUTS = (requests.ReadTimeout, httpx.ReadTimeout)


@pytest.fixture
def events_url(tiledesk_mock_intercept: TiledeskMock) -> str:
    """Return the URL of the events, with Tiledesk's own host."""
    return f"{tiledesk_mock_intercept.url}/{tiledesk_mock_intercept.project_id}/events"


def test_url_has_the_host_of_tiledesk(tiledesk_mock_intercept: TiledeskMock) -> None:
    """A client with a fixed URL need not be configured."""
    assert tiledesk_mock_intercept.url == "https://api.tiledesk.com/v3"


def test_event_is_fired_without_a_socket(
    send: Send, tiledesk_mock_intercept: TiledeskMock, events_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No host is looked up or connected to."""
    monkeypatch.setattr(socket, "getaddrinfo", None)
    monkeypatch.setattr(socket, "create_connection", None)
    body = {"name": "order.paid", "attributes": {"total": 42}}

    response = send("POST", events_url, json=body, auth=tiledesk_mock_intercept.agent.basic)

    assert response.status_code == 200
    assert response.json()["attributes"] == {"total": 42}
    assert [event["name"] for event in tiledesk_mock_intercept.events] == ["order.paid"]


def test_response_is_the_same_as_over_a_socket(
    send: Send, tiledesk_mock: TiledeskMock, events_url: str
) -> None:
    """The journal has both requests."""
    headers = tiledesk_mock.agent.headers
    query = {"page": "0", "sort": "name"}

    responses = [
        send("GET", url, params=query, headers=headers)
        for url in (events_url, f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events")
    ]

    compared = [
        (
            response.status_code,
            response.content,
            response.headers["ETag"],
            {*map(str.lower, response.headers)},
            response.headers["Keep-Alive"],
        )
        for response in responses
    ]
    targets = {exchange.request.target for exchange in tiledesk_mock.emulator.journal.exchanges()}
    assert compared[0] == compared[1]
    assert targets == {f"/v3/{tiledesk_mock.project_id}/events?page=0&sort=name"}


@pytest.mark.parametrize("status", [413, 418, 599])
def test_reason_is_that_of_node(
    send: Send, tiledesk_mock_intercept: TiledeskMock, events_url: str, status: int
) -> None:
    """As over a socket, with every version of Python."""
    tiledesk_mock_intercept.faults.status(status, body="")

    response = send("GET", events_url)

    reason = response.reason if isinstance(response, requests.Response) else response.reason_phrase
    assert reason == {413: "Payload Too Large", 418: "I'm a Teapot", 599: "unknown"}[status]


def test_client_may_set_the_host(tiledesk_mock_intercept: TiledeskMock, send: Send) -> None:
    """As over a socket."""
    send("GET", f"{tiledesk_mock_intercept.url}/testauth", headers={"Host": "virtual.example"})

    assert tiledesk_mock_intercept.expect_request(headers={"host": "virtual.example"})


def test_repeated_headers_are_joined(tiledesk_mock_intercept: TiledeskMock, events_url: str) -> None:
    """The server joins them, too."""
    auth = tiledesk_mock_intercept.agent.basic
    tag = httpx.get(events_url, auth=auth).headers["ETag"]

    response = httpx.get(
        events_url, auth=auth, headers=[("If-None-Match", tag), ("If-None-Match", '"other"')]
    )

    assert response.status_code == 304


def test_offer_of_http_2_is_refused_as_over_a_socket(send: Send, events_url: str) -> None:
    """Every request that offers an upgrade is refused, and the connection ends."""
    response = send("GET", events_url, headers={"Connection": "Upgrade", "Upgrade": "h2c"})

    assert (response.status_code, response.text) == (400, "Bad Request")
    assert response.headers["Connection"] == "close"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PURGE"])
def test_any_method_gets_a_response(send: Send, events_url: str, method: str) -> None:
    """Also unknown ones."""
    response = send(method, events_url)

    assert response.status_code in (204, 401, 404)
    assert (response.content == b"") is (method in ("HEAD", "OPTIONS"))


@pytest.mark.parametrize("data", [b"name=a", iter([b"name", b"=a"])])
def test_body_may_be_bytes_or_an_iterator(
    tiledesk_mock_intercept: TiledeskMock, events_url: str, data: Any
) -> None:
    """Both are sent."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        **tiledesk_mock_intercept.agent.headers,
    }

    response = requests.post(events_url, data=data, headers=headers)

    assert response.json()["name"] == "a"


def test_response_can_be_streamed(events_url: str) -> None:
    """In parts, as from a socket."""
    with (
        requests.get(events_url, stream=True) as response,
        httpx.stream("GET", events_url) as other,
    ):
        assert b"".join(response.iter_content(3)) == b"".join(other.iter_bytes(3)) == b"Unauthorized"


@pytest.mark.parametrize("drop", ["request", "response"])
def test_dropped_connection_is_a_connection_error(
    send: Send, tiledesk_mock_intercept: TiledeskMock, events_url: str, drop: str
) -> None:
    """The error is the same as over a socket."""
    tiledesk_mock_intercept.emulator.faults.drop(drop)

    with pytest.raises(CONNECTION_ERRORS):
        send("GET", events_url)


def test_connection_dropped_midway_is_an_incomplete_response(
    send: Send, tiledesk_mock_intercept: TiledeskMock, events_url: str
) -> None:
    """The head and half of the body arrive."""
    tiledesk_mock_intercept.emulator.faults.drop("midway")

    with pytest.raises(INCOMPLETE):
        send("GET", events_url)


@pytest.mark.parametrize("fault", [{"hang": True}, {"latency": 60}])
def test_late_response_is_a_timeout(
    send: Send, tiledesk_mock_intercept: TiledeskMock, events_url: str, fault: dict[str, Any]
) -> None:
    """The client does not really wait."""
    tiledesk_mock_intercept.emulator.faults.add(**fault)

    with pytest.raises(TIMEOUTS):
        send("GET", events_url, timeout=5)

    tiledesk_mock_intercept.expect_request("GET", "/events", count=1)


@pytest.mark.parametrize("library", [requests, httpx])
def test_client_without_a_timeout_fails_instead_of_hanging(
    tiledesk_mock_intercept: TiledeskMock, events_url: str, library: Any
) -> None:
    """The error is not one of a network."""
    tiledesk_mock_intercept.faults.hang()

    with pytest.raises(AssertionError, match="the client has no timeout"):
        library.get(events_url, timeout=None)


def test_threads_may_send_at_the_same_time(tiledesk_mock_intercept: TiledeskMock, events_url: str) -> None:
    """Each with a session of its own."""
    agent = tiledesk_mock_intercept.agent

    def fire() -> None:
        with requests.Session() as session:
            for _ in range(5):
                session.post(events_url, json={"name": "order.paid"}, headers=agent.headers)

    threads = [threading.Thread(target=fire) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(tiledesk_mock_intercept.events) == 40


@pytest.mark.tiledesk_mock(hosts=["tiledesk.example.com"], passthrough=False)
@pytest.mark.usefixtures("tiledesk_mock_intercept")
def test_other_hosts_are_refused_without_passthrough(send: Send) -> None:
    """The error names the host; the hosts of the marker are intercepted."""
    assert send("GET", "http://tiledesk.example.com/v3/testauth").status_code == 401

    with pytest.raises(CONNECTION_ERRORS, match=r"api\.example\.org is not among the hosts"):
        send("GET", "https://api.example.org/")


def test_other_hosts_pass(send: Send, tiledesk_mock_intercept: TiledeskMock, plain_url: str) -> None:
    """Requests to them are sent, and not in the journal."""
    assert send("GET", plain_url).text == "plain"
    assert tiledesk_mock_intercept.emulator.journal.exchanges() == ()


@pytest.fixture
def plain_url() -> Iterator[str]:
    """Serve another application."""
    from tiledesk_mock.server import Server

    def plain(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"plain"]

    with Server(plain) as server:
        yield server.url


@pytest.fixture
def retrying_session() -> Iterator[requests.Session]:
    """Return a session whose adapter retries."""
    retries = Retry(3, status_forcelist=[503], allowed_methods=None, backoff_factor=0)
    with requests.Session() as session:
        session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retries))
        yield session


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "request"}])
def test_adapter_retries(
    retrying_session: requests.Session,
    tiledesk_mock_intercept: TiledeskMock,
    events_url: str,
    fault: dict[str, Any],
) -> None:
    """As often as over a socket."""
    tiledesk_mock_intercept.faults.add(count=2, **fault)

    response = retrying_session.post(events_url, json={"name": "a"}, auth=tiledesk_mock_intercept.agent.basic)

    assert response.status_code == 200
    assert len(tiledesk_mock_intercept.requests) == 3


def test_adapter_fails_after_its_retries(
    retrying_session: requests.Session, tiledesk_mock_intercept: TiledeskMock, events_url: str
) -> None:
    """The error is a RetryError."""
    tiledesk_mock_intercept.faults.status(503)

    with pytest.raises(requests.exceptions.RetryError):
        retrying_session.get(events_url)

    assert len(tiledesk_mock_intercept.requests) == 4


@pytest.mark.parametrize("timeout", [Timeout(total=5), Timeout(connect=1, read=5), (1, 5), None])
def test_timeout_may_have_any_form(
    tiledesk_mock_intercept: TiledeskMock, events_url: str, timeout: Any
) -> None:
    """Requests accepts urllib3's Timeout, too."""
    response = requests.get(events_url, auth=tiledesk_mock_intercept.agent.basic, timeout=timeout)

    assert response.status_code == 200


def test_response_without_a_body_is_complete(
    send: Send, tiledesk_mock_intercept: TiledeskMock, events_url: str
) -> None:
    """It has no Content-Length."""
    tiledesk_mock_intercept.faults.status(204)

    response = send("GET", events_url)

    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Length" not in response.headers
