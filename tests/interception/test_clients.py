"""What clients get whose requests are answered before they leave."""

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

from .conftest import Ask

UNREACHED = (requests.ConnectionError, httpx.TransportError)
BROKEN = (requests.exceptions.ChunkedEncodingError, httpx.RemoteProtocolError)
LATE = (requests.ReadTimeout, httpx.ReadTimeout)


@pytest.fixture
def events_url(tiledesk_mock_intercept: TiledeskMock) -> str:
    """Return where the events are, under Tiledesk's own name."""
    return f"{tiledesk_mock_intercept.url}/{tiledesk_mock_intercept.project_id}/events"


def test_url_is_tiledesks_own(tiledesk_mock_intercept: TiledeskMock) -> None:
    """A client with a fixed address need not be configured."""
    assert tiledesk_mock_intercept.url == "https://api.tiledesk.com/v3"


def test_event_is_fired_without_a_socket(
    ask: Ask, tiledesk_mock_intercept: TiledeskMock, events_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is looked up or connected to."""
    monkeypatch.setattr(socket, "getaddrinfo", None)
    monkeypatch.setattr(socket, "create_connection", None)
    body = {"name": "order.paid", "attributes": {"total": 42}}

    answer = ask("POST", events_url, json=body, auth=tiledesk_mock_intercept.agent.basic)

    assert answer.status_code == 200
    assert answer.json()["attributes"] == {"total": 42}
    assert [event["name"] for event in tiledesk_mock_intercept.events] == ["order.paid"]


def test_answer_is_the_servers(ask: Ask, tiledesk_mock: TiledeskMock, events_url: str) -> None:
    """Over a socket and without one, the same emulator answers the same, and writes both down."""
    headers = tiledesk_mock.agent.headers
    query = {"page": "0", "sort": "name"}

    answers = [
        ask("GET", url, params=query, headers=headers)
        for url in (events_url, f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events")
    ]

    kept = [
        (
            answer.status_code,
            answer.content,
            answer.headers["ETag"],
            {*map(str.lower, answer.headers)} - {"connection"},
        )
        for answer in answers
    ]
    targets = {exchange.request.target for exchange in tiledesk_mock.emulator.journal.exchanges()}
    assert kept[0] == kept[1]
    assert targets == {f"/v3/{tiledesk_mock.project_id}/events?page=0&sort=name"}


def test_host_is_the_clients_to_say(tiledesk_mock_intercept: TiledeskMock, ask: Ask) -> None:
    """As over a socket."""
    ask("GET", f"{tiledesk_mock_intercept.url}/testauth", headers={"Host": "virtual.example"})

    assert tiledesk_mock_intercept.expect_request(headers={"host": "virtual.example"})


def test_repeated_fields_all_count(tiledesk_mock_intercept: TiledeskMock, events_url: str) -> None:
    """As in the server, where several fields of a name are one list."""
    auth = tiledesk_mock_intercept.agent.basic
    tag = httpx.get(events_url, auth=auth).headers["ETag"]

    answer = httpx.get(events_url, auth=auth, headers=[("If-None-Match", tag), ("If-None-Match", '"other"')])

    assert answer.status_code == 304


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PURGE"])
def test_any_method_is_answered(ask: Ask, events_url: str, method: str) -> None:
    """Also those that no list of methods has."""
    answer = ask(method, events_url)

    assert answer.status_code in (204, 401, 404)
    assert (answer.content == b"") is (method in ("HEAD", "OPTIONS"))


@pytest.mark.parametrize("data", [b"name=a", iter([b"name", b"=a"])])
def test_body_may_be_bytes_or_pieces(
    tiledesk_mock_intercept: TiledeskMock, events_url: str, data: Any
) -> None:
    """However a client gives it."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        **tiledesk_mock_intercept.agent.headers,
    }

    answer = requests.post(events_url, data=data, headers=headers)

    assert answer.json()["name"] == "a"


def test_answer_can_be_streamed(events_url: str) -> None:
    """Piece by piece, as from a socket."""
    with (
        requests.get(events_url, stream=True) as answer,
        httpx.stream("GET", events_url) as other,
    ):
        assert b"".join(answer.iter_content(3)) == b"".join(other.iter_bytes(3)) == b"Unauthorized"


@pytest.mark.parametrize("drop", ["request", "response"])
def test_dropped_connection_is_a_connection_error(
    ask: Ask, tiledesk_mock_intercept: TiledeskMock, events_url: str, drop: str
) -> None:
    """The client fails as it would on a socket."""
    tiledesk_mock_intercept.emulator.faults.drop(drop)

    with pytest.raises(UNREACHED):
        ask("GET", events_url)


def test_connection_dropped_midway_is_a_broken_answer(
    ask: Ask, tiledesk_mock_intercept: TiledeskMock, events_url: str
) -> None:
    """The head arrives, and half of the body."""
    tiledesk_mock_intercept.emulator.faults.drop("midway")

    with pytest.raises(BROKEN):
        ask("GET", events_url)


@pytest.mark.parametrize("fault", [{"hang": True}, {"latency": 60}])
def test_late_answer_is_a_timeout(
    ask: Ask, tiledesk_mock_intercept: TiledeskMock, events_url: str, fault: dict[str, Any]
) -> None:
    """A client that waits less long than the answer takes is not kept waiting."""
    tiledesk_mock_intercept.emulator.faults.add(**fault)

    with pytest.raises(LATE):
        ask("GET", events_url, timeout=5)

    tiledesk_mock_intercept.expect_request("GET", "/events", count=1)


@pytest.mark.parametrize("library", [requests, httpx])
def test_client_without_a_timeout_is_told_that_it_would_hang(
    tiledesk_mock_intercept: TiledeskMock, events_url: str, library: Any
) -> None:
    """By an error that it does not take for one of the network's."""
    tiledesk_mock_intercept.faults.hang()

    with pytest.raises(AssertionError, match="the client has no timeout"):
        library.get(events_url, timeout=None)


def test_threads_are_answered_side_by_side(tiledesk_mock_intercept: TiledeskMock, events_url: str) -> None:
    """From any thread, with any session."""
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
def test_other_hosts_are_refused_where_that_is_set(ask: Ask) -> None:
    """The refusal names the host; the hosts of the marker answer."""
    assert ask("GET", "http://tiledesk.example.com/v3/testauth").status_code == 401

    with pytest.raises(UNREACHED, match=r"api\.example\.org is not among the hosts"):
        ask("GET", "https://api.example.org/")


def test_other_hosts_pass(ask: Ask, tiledesk_mock_intercept: TiledeskMock, plain_url: str) -> None:
    """A client's other services are none of the mock's business."""
    assert ask("GET", plain_url).text == "plain"
    assert tiledesk_mock_intercept.emulator.journal.exchanges() == ()


@pytest.fixture
def plain_url() -> Iterator[str]:
    """Serve something that is no Tiledesk."""
    from tiledesk_mock.server import Server

    def plain(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"plain"]

    with Server(plain) as server:
        yield server.url


@pytest.fixture
def persistent() -> Iterator[requests.Session]:
    """Return a session whose adapter asks again, as many clients' do."""
    again = Retry(3, status_forcelist=[503], allowed_methods=None, backoff_factor=0)
    with requests.Session() as session:
        session.mount("https://", requests.adapters.HTTPAdapter(max_retries=again))
        yield session


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "request"}])
def test_adapter_asks_again(
    persistent: requests.Session,
    tiledesk_mock_intercept: TiledeskMock,
    events_url: str,
    fault: dict[str, Any],
) -> None:
    """As often as it would over a socket."""
    tiledesk_mock_intercept.faults.add(count=2, **fault)

    answer = persistent.post(events_url, json={"name": "a"}, auth=tiledesk_mock_intercept.agent.basic)

    assert answer.status_code == 200
    assert len(tiledesk_mock_intercept.requests) == 3


def test_adapter_gives_up(
    persistent: requests.Session, tiledesk_mock_intercept: TiledeskMock, events_url: str
) -> None:
    """With the error that says so."""
    tiledesk_mock_intercept.faults.status(503)

    with pytest.raises(requests.exceptions.RetryError):
        persistent.get(events_url)

    assert len(tiledesk_mock_intercept.requests) == 4


@pytest.mark.parametrize("timeout", [Timeout(total=5), Timeout(connect=1, read=5), (1, 5), None])
def test_timeout_may_be_told_in_any_way(
    tiledesk_mock_intercept: TiledeskMock, events_url: str, timeout: Any
) -> None:
    """Requests hands urllib3's own value on."""
    answer = requests.get(events_url, auth=tiledesk_mock_intercept.agent.basic, timeout=timeout)

    assert answer.status_code == 200


def test_answer_without_a_body_is_complete(
    ask: Ask, tiledesk_mock_intercept: TiledeskMock, events_url: str
) -> None:
    """It announces none."""
    tiledesk_mock_intercept.faults.status(204)

    answer = ask("GET", events_url)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Length" not in answer.headers
