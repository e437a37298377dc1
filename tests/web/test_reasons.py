"""Why requests get errors: what the journal says of them, and no response."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
import requests

from tiledesk_mock import Settings, TiledeskMock
from tiledesk_mock.journal.rendering import exchange_document, exchange_line
from tiledesk_mock.settings import Dialect

JSON = {"Content-Type": "application/json"}
UNKNOWN = "6" * 24


def reason(mock: TiledeskMock, method: str, path: str, **options: Any) -> str:
    """Return the reason of the response to a request of the owner."""
    url = mock.url + path.replace("PROJECT", mock.project_id)
    requests.request(method, url, **{"auth": mock.owner.basic, "timeout": 10, **options})
    return mock.requests[-1].reason or ""


@pytest.mark.parametrize("path", ["/PROJECT/events", "/auth/signin"])
def test_reason_of_json_that_was_sent_as_a_form(tiledesk_mock: TiledeskMock, path: str) -> None:
    """As curl -d sends it without a header."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    found = reason(tiledesk_mock, "POST", path, data=' {"nme": "a"}', headers=form)

    assert found == "the body looks like JSON, but was read as a form: send Content-Type: application/json"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "name is missing in the body: the request has no body"),
        ({"data": '{"name": "x"}'}, "name is missing in the body: the body of 13 bytes was not read, since"),
        ({"json": [{"name": "x"}]}, "name is missing in the body, which is an array and has to be an object"),
        ({"json": {"name": ""}}, "name is empty in the body, and has to be filled"),
        ({"json": {"nme": "x"}}, "name is missing in the body, which has nme: is that what was meant?"),
        (
            {"json": {"event": {"name": "x"}}},
            "name is missing in the body: it is one level too deep, in event",
        ),
        (
            {"json": {"name": "x"}, "params": {"name": ""}},
            "name is empty in the query, where it counts as well, and has to be filled",
        ),
        (
            {"params": {"name": "x"}},
            "the event is not saved: name is in the query only, and has to be in the body",
        ),
        (
            {"json": {"name": ["a"]}},
            "the event is not saved: event validation failed: name: Cast to string failed",
        ),
        (
            {"json": {"name": "x", "attributes": {"a.b": 1}}},
            "the event is not saved: key a.b must not contain '.'",
        ),
        (
            {"data": '{"name": "x",}', "headers": JSON},
            "the body cannot be read: it is not JSON: Expecting property name enclosed in",
        ),
        ({"data": '"x"', "headers": JSON}, "the body cannot be read: it has to be a JSON object or array"),
        (
            {"data": "{}", "headers": {"Content-Type": "application/json; charset=latin1"}},
            "the body cannot be read: its charset 'latin1' is not a form of UTF",
        ),
        (
            {"data": "{}", "headers": {**JSON, "Content-Encoding": "br"}},
            "the body cannot be read: its Content-Encoding 'br' is neither gzip nor deflate",
        ),
        ({"json": {"name": "x" * 600_000}}, "the body has 600012 bytes, and Tiledesk reads at most 512000"),
        (
            {"data": gzip.compress(b" " * 600_000), "headers": {**JSON, "Content-Encoding": "gzip"}},
            "the body is unpacked from gzip to more than 512000 bytes",
        ),
    ],
)
def test_reason_of_a_refused_event(
    tiledesk_mock: TiledeskMock, options: dict[str, Any], expected: str
) -> None:
    """It names the field or the part of the request, and where it has to be."""
    assert reason(tiledesk_mock, "POST", "/PROJECT/events", **options).startswith(expected)


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/PROJECT/events/abc", None, "'abc' is not the id of an event: 24 hexadecimal digits"),
        ("GET", "/PROJECT/events?direction=up", None, "direction is 'up', and has to be 1, asc or ascending"),
        ("GET", "/PROJECT/events?page=-1", None, "the real server never responds to this request: page=-1"),
        (
            "POST",
            "/PROJECT/subscriptions",
            {"event": "x"},
            "the body has no target: a subscription has to have",
        ),
        (
            "PUT",
            f"/PROJECT/subscriptions/{UNKNOWN}",
            {"event": {}},
            "the update is refused: an object or array",
        ),
        (
            "GET",
            f"/PROJECT/subscriptions/{UNKNOWN}",
            None,
            "no subscription has the id 666666666666666666666666",
        ),
        ("DELETE", "/PROJECT/subscriptions/x", None, "'x' is not the id of a subscription"),
        ("GET", "/PROJECT/events/%ff", None, "the path has a % that does not begin an escape of UTF-8"),
        (
            "POST",
            "/auth/signin",
            {"email": "x@example.com", "password": "x"},
            "no user has the e-mail address",
        ),
        (
            "POST",
            "/auth/signin",
            {"email": "owner@example.com", "password": "x"},
            "the password is not that of",
        ),
        ("POST", "/auth/signin", {"email": "x", "password": "x"}, "email is 'x' and not an e-mail address"),
    ],
)
def test_reason_of_a_refused_request(
    tiledesk_mock: TiledeskMock, method: str, path: str, body: Any, expected: str
) -> None:
    """It names what is wrong with the id, the query or the fields."""
    assert reason(tiledesk_mock, method, path, json=body).startswith(expected)


def test_reason_does_not_show_a_password(tiledesk_mock: TiledeskMock) -> None:
    """The fields of a sign-in are named, and a wrong password is not."""
    found = reason(tiledesk_mock, "POST", "/auth/signin", json={"email": "x", "password": ["hunter2", ""]})

    assert "hunter2" not in found
    assert "hunter2" not in exchange_line(tiledesk_mock.requests[-1])


def test_reason_is_not_in_the_response(tiledesk_mock: TiledeskMock) -> None:
    """It stands in the journal's document and in its line."""
    url = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events"

    response = requests.post(url, json={}, auth=tiledesk_mock.owner.basic, timeout=5)

    exchange = tiledesk_mock.requests[-1]
    assert exchange_document(exchange)["reason"] == exchange.reason == "name is missing in the body"
    assert exchange_line(exchange).endswith("  why: name is missing in the body")
    assert "missing" not in f"{response.text}{response.headers}"


def test_request_that_succeeds_has_no_reason(tiledesk_mock: TiledeskMock) -> None:
    """Reasons are for errors."""
    assert reason(tiledesk_mock, "POST", "/PROJECT/events", json={"name": "x"}) == ""


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"status": 503, "count": 2}, "fault-1 (path /events, count 2, status 503)"),
        ({"drop": "request", "person": "owner"}, "fault-1 (path /events, person owner, drop request)"),
        ({"truncate": 3}, "fault-1 (path /events, truncate 3)"),
        ({"latency": 0.001}, ""),
        ({"status": 200}, ""),
    ],
)
def test_reason_of_a_fault(rule: dict[str, Any], expected: str) -> None:
    """The rule in short; a fault that leaves a right response has none."""
    with TiledeskMock() as mock:
        mock.faults.add(path="/events", **rule)
        try:
            found = reason(mock, "GET", "/PROJECT/events")
        except requests.ConnectionError:
            found = mock.requests[-1].reason or ""

    assert found == expected


def test_reason_of_a_fault_does_not_hide_another() -> None:
    """A latency does not make a 422."""
    with TiledeskMock() as mock:
        mock.faults.latency(0.001)

        assert reason(mock, "POST", "/PROJECT/events", json={}) == "name is missing in the body"


def test_reason_of_the_rate_limit_names_the_caller() -> None:
    """With the number that is allowed, and when the next is."""
    with TiledeskMock(rate_limit=(1, 60)) as mock:
        reason(mock, "GET", "/PROJECT/events")

        found = reason(mock, "GET", "/PROJECT/events")

        assert found.startswith(
            "owner@example.com has sent 1 requests in 60 s, as many as are allowed: the next"
        )
        assert mock.requests[-1].principal is not None


def test_request_that_hangs_has_a_reason() -> None:
    """The client gets no response, and the tester learns why."""
    with TiledeskMock(hang=True) as mock, pytest.raises(requests.ReadTimeout):
        reason(mock, "GET", "/PROJECT/events?page=-1", timeout=0.5)
    exchange = mock.requests[-1]

    assert exchange.response is None
    assert (exchange.reason or "").startswith("the real server never responds to this request: page=-1")


def test_reason_of_an_expired_event_names_its_time() -> None:
    """And when events are deleted."""
    with TiledeskMock(dialect=Dialect.SERVER) as mock:
        url = f"{mock.url}/{mock.project_id}/events"
        event = requests.post(url, json={"name": "x"}, auth=mock.owner.basic, timeout=5).json()
        mock.clock.advance(4000)

        found = reason(mock, "GET", f"/PROJECT/events/{event['_id']}")

    assert f"by its id it would be of {event['createdAt'][:19]}" in found
    assert "events are deleted after 3600 s as on the real server (the setting ttl)" in found


def test_reason_of_an_event_of_another_project_names_the_drift() -> None:
    """The real server would return it."""
    other = "65b0000000000000000000b7"
    with TiledeskMock() as mock:
        event = {"name": "far", "id_project": other, "_id": UNKNOWN}
        mock.seed(projects=[{"_id": other, "name": "Other"}], events=[event])

        found = reason(mock, "GET", f"/PROJECT/events/{UNKNOWN}")

    assert found.startswith(f"the event {UNKNOWN} (far) belongs to the project {other}")
    assert "cross-project-read" in found


@pytest.mark.parametrize(
    ("path", "headers", "query", "expected"),
    [
        ("/ws", {}, "", "no token: a WebSocket is opened with ?token=JWT%20... in its URL"),
        ("/ws", {"Authorization": "JWT x"}, "", "and an Authorization header does not count there"),
        ("/ws", {}, "?token=JWT%20x", "the token in the query of the WebSocket is malformed: it has 1 part"),
        ("/nope", {}, "", "there are no WebSockets at this path, but at /ws"),
    ],
)
def test_reason_of_a_refused_websocket(
    tiledesk_mock: TiledeskMock, path: str, headers: dict[str, str], query: str, expected: str
) -> None:
    """The handshake is refused before Express, and its reason is in the journal like others."""
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    url = tiledesk_mock.url.removesuffix("/v3") + path + query

    requests.get(url, headers=upgrade | headers, timeout=5)

    assert expected in (tiledesk_mock.requests[-1].reason or "")


def test_reason_of_a_request_that_is_not_in_the_cassette(tiledesk_mock: TiledeskMock) -> None:
    """It names the nearest entry."""
    reason(tiledesk_mock, "POST", "/PROJECT/events", json={"name": "recorded"})
    har = {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": []}}
    with TiledeskMock(Settings()) as mock:
        response = requests.put(
            mock.url.removesuffix("/v3") + "/__admin/mode",
            json={"mode": "replay", "cassette": har},
            timeout=5,
        )
        assert response.status_code == 200, response.text

        found = reason(mock, "POST", "/PROJECT/events", json={"name": "x"})

    assert found.startswith("no entry of the cassette that was sent matches POST /v3/")


def test_reason_of_an_upstream_that_does_not_respond() -> None:
    """It is that of the connection."""
    mode = {"mode": "record", "upstream": "http://127.0.0.1:9"}
    with TiledeskMock() as mock:
        requests.put(mock.url.removesuffix("/v3") + "/__admin/mode", json=mode, timeout=5)

        found = reason(mock, "GET", "/PROJECT/events")

    assert "127.0.0.1:9" in found
