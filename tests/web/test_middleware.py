"""The middleware: what is recorded, and how a mode responds instead of the emulator."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.web.requests import LONGEST_BODY

from .websocket_client import WebSocketClient


@pytest.fixture
def events(tiledesk_mock: TiledeskMock) -> str:
    """Return the address of the project's events."""
    return f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events"


def test_exchange_is_recorded_to_the_byte(tiledesk_mock: TiledeskMock, events: str) -> None:
    """The request and the response are recorded as they were sent."""
    body = b'{"name":   "order.paid"}'
    headers = {"Content-Type": "application/json", "X-Trace": "1"}

    response = requests.post(events, body, headers=headers, auth=tiledesk_mock.owner.basic, timeout=10)

    (exchange,) = tiledesk_mock.requests
    assert exchange.request.target == f"/v3/{tiledesk_mock.project_id}/events"
    assert (exchange.request.body, exchange.request.header("x-trace")) == (body, "1")
    assert exchange.response
    assert (exchange.response.status, exchange.response.body) == (200, response.content)
    assert exchange.response.header("etag") == response.headers["ETag"]
    assert 0 < exchange.seconds < 10


def test_compressed_body_is_recorded_compressed(tiledesk_mock: TiledeskMock, events: str) -> None:
    """Tiledesk decompresses the body."""
    body = gzip.compress(b'{"name": "order.paid"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    response = requests.post(events, body, headers=headers, auth=tiledesk_mock.owner.basic, timeout=10)

    assert response.json()["name"] == "order.paid"
    assert tiledesk_mock.requests[0].request.body == body


def test_chunked_body_is_recorded_whole(tiledesk_mock: TiledeskMock, events: str) -> None:
    """Chunks are framing, and not recorded."""

    def pieces() -> Iterator[bytes]:
        yield b'{"name": '
        yield b'"order.paid"}'

    headers = {"Content-Type": "application/json"}
    requests.post(events, pieces(), headers=headers, auth=tiledesk_mock.owner.basic, timeout=10)

    assert tiledesk_mock.requests[0].request.json() == {"name": "order.paid"}


def test_body_that_is_too_large_is_refused_and_recorded(tiledesk_mock: TiledeskMock, events: str) -> None:
    """The refusal is that of Tiledesk."""
    body = b'{"name": "%s"}' % (b"x" * 2_000_000)

    response = requests.post(
        events, body, headers={"Content-Type": "application/json"}, auth=tiledesk_mock.owner.basic, timeout=10
    )

    assert response.status_code == 413
    assert tiledesk_mock.expect_request(status=413).request.body == body


def test_only_the_beginning_of_a_giant_body_is_read(tiledesk_mock: TiledeskMock, events: str) -> None:
    """It is refused, and fills no memory; the connection can be used again."""
    headers = {"Content-Type": "application/json"}
    with requests.Session() as session:
        session.auth = tiledesk_mock.owner.basic
        giant = session.post(events, iter([b" " * 1_000_000] * 30), headers=headers, timeout=30)
        small = session.post(events, b'{"name": "x"}', headers=headers, timeout=10)

    assert (giant.status_code, small.status_code) == (413, 200)
    assert len(tiledesk_mock.expect_request(status=413).request.body) == LONGEST_BODY


@pytest.mark.parametrize("path", ["/nope", "/v3/nope/unknown", "/PROJECT/leads", "/PROJECT/events/1/2"])
def test_path_that_is_not_emulated_is_marked(path: str) -> None:
    """The mark does not depend on the response."""
    with TiledeskMock() as mock:
        url = mock.url.removesuffix("/v3") + path.replace("PROJECT", mock.project_id)

        requests.get(url, timeout=10)

        assert [exchange.is_emulated for exchange in mock.requests] == [False]


@pytest.mark.parametrize("path", ["/", "/testauth", "/PROJECT/events", "/PROJECT/events/x", "/auth/signin"])
def test_path_that_is_emulated_is_not_marked(tiledesk_mock: TiledeskMock, path: str) -> None:
    """A failed request is not marked."""
    url = tiledesk_mock.url + path.replace("PROJECT", tiledesk_mock.project_id)

    requests.post(url, timeout=10) if path.startswith("/auth") else requests.get(url, timeout=10)

    assert [exchange.is_emulated for exchange in tiledesk_mock.requests] == [True]


def test_websocket_is_recorded_when_it_ends(tiledesk_mock: TiledeskMock) -> None:
    """The exchange has the caller, and not their token."""
    with WebSocketClient(tiledesk_mock.ws_url, tiledesk_mock.owner.jwt):
        pass

    exchange = tiledesk_mock.wait_for_request("GET", "/ws", status=101, timeout=10)

    assert exchange.principal
    assert exchange.principal.id == tiledesk_mock.owner.id_user


def test_request_before_a_reset_is_not_recorded_after_it(tiledesk_mock: TiledeskMock) -> None:
    """The connection that a test left open is not recorded in the next test."""
    with WebSocketClient(tiledesk_mock.ws_url, tiledesk_mock.owner.jwt):
        tiledesk_mock.reset()
    requests.get(tiledesk_mock.url, timeout=10)
    tiledesk_mock.wait_for_request("GET", timeout=10)

    assert [exchange.request.path for exchange in tiledesk_mock.requests] == ["/v3"]


def test_websocket_can_be_refused_by_a_fault(tiledesk_mock: TiledeskMock) -> None:
    """This tests a dashboard that reconnects."""
    tiledesk_mock.faults.status(503, path="/ws", count=1)

    with (
        pytest.raises(Exception, match="503"),
        WebSocketClient(tiledesk_mock.ws_url, tiledesk_mock.owner.jwt),
    ):
        pass
    with WebSocketClient(tiledesk_mock.ws_url, tiledesk_mock.owner.jwt):
        pass


class ChangingMode:
    """A mode that changes requests and responses."""

    def respond(
        self, request: RecordedRequest, emulate: Callable[[RecordedRequest], RecordedResponse]
    ) -> RecordedResponse:
        """Respond to another query with another status, in upper case."""
        response = emulate(replace(request, target=request.target.replace("order.paid", "order.lost")))
        return replace(response, status=418, body=response.body.upper())

    def rewind(self) -> None:
        """Do nothing."""


class FixedMode:
    """A mode that never calls the emulator."""

    def respond(
        self,
        request: RecordedRequest,
        emulate: Callable[[RecordedRequest], RecordedResponse],  # noqa: ARG002
    ) -> RecordedResponse:
        """Return the same response to every request."""
        return RecordedResponse(299, (("X-Own", "1"),), request.method.encode())

    def rewind(self) -> None:
        """Do nothing."""


def test_mode_replaces_the_response() -> None:
    """The journal has its response."""
    with TiledeskMock() as mock:
        mock.emulator.mode = FixedMode()

        response = requests.put(f"{mock.url}/anything", data="x", timeout=10)

        assert (response.status_code, response.text, response.headers["X-Own"]) == (299, "PUT", "1")
        assert mock.expect_request("PUT", status=299)


def test_mode_can_send_the_emulator_another_request() -> None:
    """The emulator responds to that one; the journal has the client's."""
    with TiledeskMock() as mock:
        mock.fire("order.paid")
        mock.emulator.mode = ChangingMode()
        url = f"{mock.url}/{mock.project_id}/events?name=order.paid"

        response = requests.get(url, auth=mock.agent.basic, timeout=10)

        assert (response.status_code, '"COUNT":1' in response.text) == (418, True)
        assert mock.expect_request(query={"name": "order.paid"}, person="agent", status=418)


def test_requests_of_many_threads_are_recorded(tiledesk_mock: TiledeskMock, events: str) -> None:
    """Each with its own number and response."""
    token = tiledesk_mock.owner.headers

    def fire() -> None:
        for _ in range(10):
            requests.post(events, json={"name": "order.paid"}, headers=token, timeout=10)

    threads = [threading.Thread(target=fire) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    responses = [exchange.response.json()["_id"] for exchange in tiledesk_mock.requests if exchange.response]
    assert sorted(responses) == sorted(event["_id"] for event in tiledesk_mock.events)
    assert [exchange.number for exchange in tiledesk_mock.requests] == list(range(1, 81))
