"""Faults on a real connection."""

from __future__ import annotations

import json
import socket
import threading
import time
from http.client import HTTPResponse
from typing import Any

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.faults.rule import Fault


def _fire(mock: TiledeskMock, **more: Any) -> requests.Response:
    return requests.post(
        f"{mock.url}/{mock.project_id}/events",
        json={"name": "order.paid"},
        auth=mock.owner.basic,
        timeout=more.pop("timeout", 10),
        **more,
    )


def _await_hit(mock: TiledeskMock, fault: Fault) -> None:
    """Wait until a fault matches a request."""
    deadline = time.monotonic() + 30
    while not mock.faults.hits(fault):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _connected(mock: TiledeskMock, path: str) -> socket.socket:
    """Send a request without waiting for its response."""
    host, _, port = mock.url.removeprefix("http://").removesuffix("/v3").partition(":")
    client = socket.create_connection((host, int(port)), timeout=10)
    token = mock.owner.jwt
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n".encode())
    return client


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, "Bad Request"),
        (401, "Unauthorized"),
        (403, '{"success":false,"msg":"you dont have the required role."}'),
        (404, '{"success":false,"msg":"Object not found."}'),
        (413, '{"err":"Request entity too large","limit":512000}'),
        (422, '{"errors":[{"msg":"Invalid value","param":"name","location":"body"}]}'),
        (429, '{"success":false,"msg":"Too many requests."}'),
        (500, '{"err":"error"}'),
        (503, '{"err":"error"}'),
    ],
)
def test_status_comes_with_tiledesks_own_body(tiledesk_mock: TiledeskMock, status: int, body: str) -> None:
    """Nothing is stored."""
    tiledesk_mock.faults.status(status)

    response = _fire(tiledesk_mock)

    assert (response.status_code, response.text) == (status, body)
    assert tiledesk_mock.events == []


def test_status_may_have_another_body_and_headers(tiledesk_mock: TiledeskMock) -> None:
    """A proxy before Tiledesk sends such responses."""
    tiledesk_mock.faults.status(502, body="<html>", headers={"Content-Type": "text/html", "X-Proxy": "nginx"})

    response = _fire(tiledesk_mock)

    assert (response.status_code, response.text) == (502, "<html>")
    assert (response.headers["Content-Type"], response.headers["X-Proxy"]) == ("text/html", "nginx")
    assert "ETag" not in response.headers


def test_response_after_faults_is_the_emulators(tiledesk_mock: TiledeskMock) -> None:
    """A client that retries gets through."""
    tiledesk_mock.faults.status(503, path="/events", method="POST", count=2)

    statuses = [_fire(tiledesk_mock).status_code for _ in range(3)]

    assert statuses == [503, 503, 200]


def test_latency_delays_the_response(tiledesk_mock: TiledeskMock) -> None:
    """A client with a shorter timeout fails."""
    fault = tiledesk_mock.faults.latency(60, count=1)

    with pytest.raises(requests.ReadTimeout):
        _fire(tiledesk_mock, timeout=0.1)
    _await_hit(tiledesk_mock, fault)

    assert _fire(tiledesk_mock).status_code == 200


def test_connection_reset_at_the_request_has_no_effect(tiledesk_mock: TiledeskMock) -> None:
    """The client is right to retry."""
    tiledesk_mock.faults.drop()

    with pytest.raises(requests.ConnectionError, match="reset"):
        _fire(tiledesk_mock)

    assert tiledesk_mock.events == []


def test_connection_reset_at_the_response_has_its_effect(tiledesk_mock: TiledeskMock) -> None:
    """A retry makes a second event."""
    tiledesk_mock.faults.drop("response", count=1)

    with pytest.raises(requests.ConnectionError, match="reset"):
        _fire(tiledesk_mock)
    _fire(tiledesk_mock)

    assert len(tiledesk_mock.events) == 2


def test_connection_reset_midway_leaves_half_a_response(tiledesk_mock: TiledeskMock) -> None:
    """The head has come, and announces the whole body."""
    tiledesk_mock.faults.drop("midway")

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _fire(tiledesk_mock)


@pytest.mark.parametrize(("keep", "text"), [(0, ""), (11, '{"status":"')])
def test_truncated_body_looks_complete(tiledesk_mock: TiledeskMock, keep: int, text: str) -> None:
    """Its length is that of the head, but it is not JSON."""
    tiledesk_mock.faults.truncate(keep)

    response = _fire(tiledesk_mock)

    assert response.text == text
    assert response.headers["Content-Length"] == str(keep)


def test_truncated_body_is_half_of_it_by_default(tiledesk_mock: TiledeskMock) -> None:
    """The other half is not sent."""
    whole = _fire(tiledesk_mock).content
    tiledesk_mock.faults.truncate()

    assert len(_fire(tiledesk_mock).content) == len(whole) // 2


def test_garbled_body_is_no_json(tiledesk_mock: TiledeskMock) -> None:
    """It has the same length."""
    whole = _fire(tiledesk_mock)
    tiledesk_mock.faults.garble()

    response = _fire(tiledesk_mock)

    assert len(response.content) == len(whole.content)
    with pytest.raises(ValueError, match=r"."):
        response.json()


def test_throttled_body_arrives_whole(tiledesk_mock: TiledeskMock) -> None:
    """A client with a timeout between bytes does not fail."""
    _fire(tiledesk_mock)
    tiledesk_mock.faults.drip(600)

    with _connected(tiledesk_mock, f"/{tiledesk_mock.project_id}/events") as client:
        response = HTTPResponse(client)
        response.begin()
        pieces = list(iter(response.read1, b""))

    assert len(pieces) > 1
    assert json.loads(b"".join(pieces))["count"] == 1


def test_hanging_request_blocks_no_other(tiledesk_mock: TiledeskMock) -> None:
    """Others get their responses, and the thread ends when the client closes its connection."""
    fault = tiledesk_mock.faults.hang(path="/testauth")

    with _connected(tiledesk_mock, "/testauth") as client:
        _await_hit(tiledesk_mock, fault)
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(1)
        assert _fire(tiledesk_mock).status_code == 200

    tiledesk_mock.expect_request("GET", "/testauth", person="owner@example.com")


@pytest.mark.parametrize("rule", [{"hang": True}, {"latency": 600}])
def test_waiting_request_does_not_delay_the_stop(
    rule: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The server ends the wait without logging an error."""
    with TiledeskMock() as mock:
        fault = mock.faults.add(**rule)
        client = _connected(mock, "/testauth")
        _await_hit(mock, fault)

    with client, pytest.raises(ConnectionResetError):
        client.recv(1)
    assert caplog.records == []


def test_request_without_response_hangs_if_set() -> None:
    """The client's timeout ends the wait; other clients get responses."""
    with TiledeskMock(hang=True) as mock:
        url = f"{mock.url}/{mock.project_id}/events"

        with pytest.raises(requests.ReadTimeout):
            requests.get(url, params={"page": "-1"}, auth=mock.owner.basic, timeout=0.2)

        assert requests.get(url, auth=mock.owner.basic, timeout=10).status_code == 200


def test_request_without_response_gets_504_otherwise(tiledesk_mock: TiledeskMock) -> None:
    """The response comes at once and has the reason."""
    url = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events"

    response = requests.get(url, params={"page": "-1"}, auth=tiledesk_mock.owner.basic, timeout=10)

    assert response.status_code == 504
    assert "never answers" in response.json()["reason"]


def test_fault_is_in_the_journal(tiledesk_mock: TiledeskMock) -> None:
    """The exchange has the caller and the response."""
    fault = tiledesk_mock.faults.status(503, person="owner")

    _fire(tiledesk_mock)

    exchange = tiledesk_mock.expect_request(status=503, person="owner")
    assert exchange.fault == fault.id
    assert tiledesk_mock.faults.hits(fault) == 1


def test_control_api_has_no_faults(tiledesk_mock: TiledeskMock) -> None:
    """Otherwise faults could not be removed."""
    tiledesk_mock.faults.hang()

    response = requests.delete(tiledesk_mock.url.removesuffix("/v3") + "/__admin/faults", timeout=10)

    assert response.status_code == 200
    assert _fire(tiledesk_mock).status_code == 200


def test_faults_of_the_settings_are_back_after_a_reset() -> None:
    """They are part of the initial state."""
    with TiledeskMock(faults='[{"status": 503, "count": 1}]') as mock:
        statuses = [_fire(mock).status_code for _ in range(2)]
        mock.reset()
        statuses += [_fire(mock).status_code for _ in range(2)]

    assert statuses == [503, 200, 503, 200]


def test_count_is_exact_across_threads(tiledesk_mock: TiledeskMock) -> None:
    """Exactly so many requests of many clients match."""
    tiledesk_mock.faults.status(503, count=10)
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.extend(_fire(tiledesk_mock).status_code for _ in range(5)))
        for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (statuses.count(503), statuses.count(200)) == (10, 30)


def test_preflight_uses_up_no_fault(tiledesk_mock: TiledeskMock) -> None:
    """Browsers send one before each request. A fault can name OPTIONS."""
    url = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events"
    tiledesk_mock.faults.status(503, count=1)

    statuses_before = [requests.options(url, timeout=5).status_code, _fire(tiledesk_mock).status_code]
    tiledesk_mock.faults.status(500, method="OPTIONS")

    assert (statuses_before, requests.options(url, timeout=5).status_code) == ([204, 503], 500)


def test_redirected_post_is_sent_again_as_a_get(tiledesk_mock: TiledeskMock) -> None:
    """No event is saved, and the client takes the list for the response to its POST."""
    url = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events"
    tiledesk_mock.faults.status(301, headers={"Location": url}, method="POST", count=1)

    response = requests.post(url, json={"name": "order.paid"}, auth=tiledesk_mock.owner.basic, timeout=10)

    assert (response.request.method, response.json()["count"]) == ("GET", 0)
    tiledesk_mock.expect_request("POST", "/events", status=301)


@pytest.mark.parametrize("is_saved", [False, True])
def test_success_without_a_body(tiledesk_mock: TiledeskMock, is_saved: bool) -> None:
    """It comes in place of the response, or the response loses its body."""
    if is_saved:
        tiledesk_mock.faults.truncate(0)
    else:
        tiledesk_mock.faults.status(200, body="")

    response = requests.post(
        f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events",
        json={"name": "x"},
        auth=tiledesk_mock.owner.basic,
        timeout=10,
    )

    assert (response.status_code, response.content, bool(tiledesk_mock.events)) == (200, b"", is_saved)
