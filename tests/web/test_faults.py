"""Faults as a client meets them, on a real connection."""

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
    """Wait until a fault strikes a request."""
    deadline = time.monotonic() + 30
    while not mock.faults.hits(fault):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _connected(mock: TiledeskMock, path: str) -> socket.socket:
    """Send a request without waiting for its answer."""
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
def test_a_status_comes_with_tiledesks_own_body(tiledesk_mock: TiledeskMock, status: int, body: str) -> None:
    """And nothing was stored."""
    tiledesk_mock.faults.status(status)

    answer = _fire(tiledesk_mock)

    assert (answer.status_code, answer.text) == (status, body)
    assert tiledesk_mock.events == []


def test_a_status_may_have_another_body_and_headers(tiledesk_mock: TiledeskMock) -> None:
    """As a proxy before Tiledesk would answer."""
    tiledesk_mock.faults.status(502, body="<html>", headers={"Content-Type": "text/html", "X-Proxy": "nginx"})

    answer = _fire(tiledesk_mock)

    assert (answer.status_code, answer.text) == (502, "<html>")
    assert (answer.headers["Content-Type"], answer.headers["X-Proxy"]) == ("text/html", "nginx")
    assert "ETag" not in answer.headers


def test_an_answer_after_faults_is_the_emulators_again(tiledesk_mock: TiledeskMock) -> None:
    """A client that retries gets through."""
    tiledesk_mock.faults.status(503, path="/events", method="POST", count=2)

    statuses = [_fire(tiledesk_mock).status_code for _ in range(3)]

    assert statuses == [503, 503, 200]


def test_latency_comes_before_the_answer(tiledesk_mock: TiledeskMock) -> None:
    """A client that waits less long gives up."""
    fault = tiledesk_mock.faults.latency(60, count=1)

    with pytest.raises(requests.ReadTimeout):
        _fire(tiledesk_mock, timeout=0.1)
    _await_hit(tiledesk_mock, fault)

    assert _fire(tiledesk_mock).status_code == 200


def test_a_connection_reset_at_the_request_has_no_effect(tiledesk_mock: TiledeskMock) -> None:
    """Sending again is right."""
    tiledesk_mock.faults.drop()

    with pytest.raises(requests.ConnectionError, match="reset"):
        _fire(tiledesk_mock)

    assert tiledesk_mock.events == []


def test_a_connection_reset_at_the_answer_had_its_effect(tiledesk_mock: TiledeskMock) -> None:
    """Sending again makes two of it."""
    tiledesk_mock.faults.drop("response", count=1)

    with pytest.raises(requests.ConnectionError, match="reset"):
        _fire(tiledesk_mock)
    _fire(tiledesk_mock)

    assert len(tiledesk_mock.events) == 2


def test_a_connection_reset_midway_leaves_half_an_answer(tiledesk_mock: TiledeskMock) -> None:
    """The head has come, and says that there is more."""
    tiledesk_mock.faults.drop("midway")

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _fire(tiledesk_mock)


@pytest.mark.parametrize(("keep", "text"), [(0, ""), (11, '{"status":"')])
def test_a_truncated_body_looks_complete(tiledesk_mock: TiledeskMock, keep: int, text: str) -> None:
    """Its length is what the head says, but it is no JSON."""
    tiledesk_mock.faults.truncate(keep)

    answer = _fire(tiledesk_mock)

    assert answer.text == text
    assert answer.headers["Content-Length"] == str(keep)


def test_a_truncated_body_is_half_of_it_by_default(tiledesk_mock: TiledeskMock) -> None:
    """The other half is not sent."""
    whole = _fire(tiledesk_mock).content
    tiledesk_mock.faults.truncate()

    assert len(_fire(tiledesk_mock).content) == len(whole) // 2


def test_a_garbled_body_is_no_json(tiledesk_mock: TiledeskMock) -> None:
    """It is as long as before."""
    whole = _fire(tiledesk_mock)
    tiledesk_mock.faults.garble()

    answer = _fire(tiledesk_mock)

    assert len(answer.content) == len(whole.content)
    with pytest.raises(ValueError, match=r"."):
        answer.json()


def test_a_dripping_body_is_whole_in_the_end(tiledesk_mock: TiledeskMock) -> None:
    """A client with a timeout between bytes does not notice."""
    _fire(tiledesk_mock)
    tiledesk_mock.faults.drip(600)

    with _connected(tiledesk_mock, f"/{tiledesk_mock.project_id}/events") as client:
        answer = HTTPResponse(client)
        answer.begin()
        pieces = list(iter(answer.read1, b""))

    assert len(pieces) > 1
    assert json.loads(b"".join(pieces))["count"] == 1


def test_a_hanging_request_holds_up_nobody(tiledesk_mock: TiledeskMock) -> None:
    """Others are answered meanwhile, and the one who leaves is let go."""
    fault = tiledesk_mock.faults.hang(path="/testauth")

    with _connected(tiledesk_mock, "/testauth") as client:
        _await_hit(tiledesk_mock, fault)
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(1)
        assert _fire(tiledesk_mock).status_code == 200

    tiledesk_mock.expect_request("GET", "/testauth", person="owner@example.com")


@pytest.mark.parametrize("rule", [{"hang": True}, {"latency": 600}])
def test_who_waits_does_not_hold_up_the_stop(rule: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """The server ends it, and has nobody to give up."""
    with TiledeskMock() as mock:
        fault = mock.faults.add(**rule)
        client = _connected(mock, "/testauth")
        _await_hit(mock, fault)

    with client, pytest.raises(ConnectionResetError):
        client.recv(1)
    assert caplog.records == []


def test_what_the_real_server_never_answers_hangs_if_asked_to() -> None:
    """With the setting it is felt; the client gives up, and others are served."""
    with TiledeskMock(hang=True) as mock:
        url = f"{mock.url}/{mock.project_id}/events"

        with pytest.raises(requests.ReadTimeout):
            requests.get(url, params={"page": "-1"}, auth=mock.owner.basic, timeout=0.2)

        assert requests.get(url, auth=mock.owner.basic, timeout=10).status_code == 200


def test_what_the_real_server_never_answers_is_504_otherwise(tiledesk_mock: TiledeskMock) -> None:
    """At once, with a reason."""
    url = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events"

    answer = requests.get(url, params={"page": "-1"}, auth=tiledesk_mock.owner.basic, timeout=10)

    assert answer.status_code == 504
    assert "never answers" in answer.json()["reason"]


def test_a_fault_stands_in_the_journal(tiledesk_mock: TiledeskMock) -> None:
    """With who was struck, and what they got."""
    fault = tiledesk_mock.faults.status(503, person="owner")

    _fire(tiledesk_mock)

    exchange = tiledesk_mock.expect_request(status=503, person="owner")
    assert exchange.fault == fault.id
    assert tiledesk_mock.faults.hits(fault) == 1


def test_the_control_api_knows_no_faults(tiledesk_mock: TiledeskMock) -> None:
    """Else nobody could take them away."""
    tiledesk_mock.faults.hang()

    answer = requests.delete(tiledesk_mock.url.removesuffix("/v3") + "/__admin/faults", timeout=10)

    assert answer.status_code == 200
    assert _fire(tiledesk_mock).status_code == 200


def test_faults_from_the_settings_are_back_after_a_reset() -> None:
    """They belong to the start."""
    with TiledeskMock(faults='[{"status": 503, "count": 1}]') as mock:
        statuses = [_fire(mock).status_code for _ in range(2)]
        mock.reset()
        statuses += [_fire(mock).status_code for _ in range(2)]

    assert statuses == [503, 200, 503, 200]


def test_many_clients_are_disturbed_exactly_as_often_as_wanted(tiledesk_mock: TiledeskMock) -> None:
    """Counts hold across threads."""
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


def test_a_browsers_question_uses_up_no_fault(tiledesk_mock: TiledeskMock) -> None:
    """It asks before each request, and the fault is for that; unless it is for OPTIONS."""
    url = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events"
    tiledesk_mock.faults.status(503, count=1)

    asked = [requests.options(url, timeout=5).status_code, _fire(tiledesk_mock).status_code]
    tiledesk_mock.faults.status(500, method="OPTIONS")

    assert (asked, requests.options(url, timeout=5).status_code) == ([204, 503], 500)
