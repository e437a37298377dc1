"""The control API: operations, methods, errors, and access."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import SetupError


class Admin:
    """A client of the control API."""

    def __init__(self, url: str) -> None:
        self._root = f"{url.removesuffix('/v3')}/__admin/"

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        """Return the response to a request."""
        return requests.request(method, self._root + path, timeout=10, **more)


@pytest.fixture
def admin(tiledesk_mock: TiledeskMock) -> Admin:
    """Return a client of the control API of the emulator."""
    return Admin(tiledesk_mock.url)


@pytest.fixture
def public_mock() -> Iterator[TiledeskMock]:
    """Return an emulator that listens to other machines."""
    with TiledeskMock(host="0.0.0.0", admin_token="open sesame") as mock:
        yield mock


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "health", None),
        ("GET", "version", None),
        ("POST", "reset", None),
        ("GET", "state", None),
        ("PUT", "state", {"users": []}),
        ("GET", "state/snapshots", None),
        ("POST", "state/snapshots", None),
        ("PUT", "state/snapshots/one", None),
        ("POST", "seed", {"users": []}),
        ("GET", "clock", None),
        ("PUT", "clock", {}),
        ("POST", "clock/advance", {"seconds": 1}),
        ("GET", "faults", None),
        ("POST", "faults", {"status": 503}),
        ("DELETE", "faults", None),
        ("GET", "requests", None),
        ("GET", "requests?method=POST&path=/events&person=owner&status=200", None),
        ("DELETE", "requests", None),
        ("GET", "requests/unmatched", None),
        ("GET", "drifts", None),
        ("GET", "deliveries", None),
        ("POST", "deliveries/drain", None),
        ("GET", "people", None),
        ("GET", "events", None),
        ("POST", "events", {"name": "order.paid"}),
        ("GET", "changes", None),
    ],
)
def test_every_operation_returns_json(admin: Admin, method: str, path: str, body: Any) -> None:
    """The response has no CORS headers, so that no page of another origin can read it."""
    response = admin(method, path, json=body)

    assert response.status_code == 200
    assert isinstance(response.json(), dict)
    assert not any(name.lower().startswith("access-control") for name in response.headers)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("GET", "nothing", None, 404, "GET /__admin/nothing: not found"),
        ("GET", "reset", None, 405, "GET /__admin/reset: method not allowed"),
        ("OPTIONS", "state", None, 405, "OPTIONS /__admin/state: method not allowed"),
        ("POST", "seed", "[1", 400, "the body is not JSON"),
        ("POST", "seed", "[1]", 400, "the body: [1] is not a JSON object"),
        ("POST", "seed", '{"users": [{}]}', 400, "users[0]"),
        ("PUT", "state", '{"friends": []}', 400, "friends"),
        ("PUT", "state", "", 400, "the body is empty: expected a seed"),
        ("PUT", "clock", '{"freeze": "now"}', 400, "freeze: 'now' is not an ISO 8601 time"),
        (
            "PUT",
            "clock",
            '{"thaw": 1}',
            400,
            "thaw: unknown; expected one of freeze, now",
        ),
        ("PUT", "clock", '{"now": "1969-12-31T23:59:59Z"}', 400, "from 1970 to 9998"),
        ("POST", "clock/advance", "{}", 400, "seconds: missing; expected a number"),
        ("POST", "events", "{}", 400, "name: missing; expected a JSON value"),
        ("POST", "clock/advance", '{"seconds": 1e300}', 400, "a clock goes from 1970 to 9998"),
        ("POST", "clock/advance", '{"seconds": NaN}', 400, "NaN is not JSON"),
        ("POST", "faults", '{"status": 99}', 400, "fault.status: 99 is not a status"),
        ("POST", "faults", "{}", 400, "fault: {} is not a rule with an effect"),
        ("POST", "faults", '{"self": 1}', 400, "fault: there is no 'self': expected one of"),
        ("POST", "faults", '{"garble": true, "path": {"regex": "["}}', 400, "fault.path: "),
        ("POST", "deliveries/drain", '{"timeout": NaN}', 400, "NaN is not JSON"),
        (
            "POST",
            "deliveries/failures",
            '{"count": "x"}',
            400,
            'count: expected a whole number or null, not "x"',
        ),
        (
            "POST",
            "subscriptions",
            '{"event": "a", "target": "b", "project": [1]}',
            400,
            "project: expected text or null, not [1]",
        ),
        (
            "POST",
            "standard-events",
            '{"name": "typing.start", "by": "agent"}',
            400,
            "by: unknown; expected one of name, fields, project",
        ),
        ("DELETE", "faults/fault-9", None, 404, "there is no fault 'fault-9'"),
        ("GET", "state/snapshots/one", None, 404, "there is no snapshot 'one'"),
        ("DELETE", "state/snapshots/one", None, 404, "there is no snapshot 'one'"),
        ("POST", "state/snapshots/one/restore", None, 404, "there is no snapshot 'one'"),
        (
            "GET",
            "requests?colour=red",
            None,
            400,
            "colour: unknown; expected one of method",
        ),
        ("GET", "requests?status=red", None, 400, 'status: expected a whole number or null, not "red"'),
        ("GET", "changes?since=inf", None, 400, 'since: expected a whole number, not "inf"'),
        ("GET", "changes?since=9999&timeout=nan", None, 400, 'timeout: expected a number, not "nan"'),
        ("PUT", "state", "[" * 100_000, 400, "the body is not JSON"),
        ("POST", "events", '{"name": "a", "project": 1}', 400, "project: expected text or null, not 1"),
        ("POST", "events", '{"name": ""}', 400, "this event is refused"),
        ("DELETE", "subscriptions/zz", None, 400, "'zz' is not an id of a subscription"),
        ("DELETE", f"subscriptions/{'0' * 24}", None, 404, "there is no subscription '000"),
        ("GET", "conversations/nope", None, 404, "there is no request 'nope'"),
        ("POST", "conversations/nope/say", '{"text": "a"}', 404, "there is no request 'nope'"),
        ("POST", "conversations/nope/sing", "{}", 404, "a conversation has no step 'sing'"),
        ("DELETE", "deliveries/failures/9", None, 404, "there is no failure '9'"),
        ("POST", "events", '{"name": "a", "atributes": {}}', 400, "did you mean attributes?"),
        (
            "POST",
            "deliveries/drain",
            '{"seconds": 1}',
            400,
            "seconds: unknown; expected one of timeout",
        ),
        ("POST", "seed", "", 400, "the body is empty: expected a seed"),
        (
            "POST",
            "custom-tokens",
            '{"_id": "a"}',
            400,
            'claims: missing; expected an object, as in {"claims": {"_id": "ann-1", "role": "agent"}}',
        ),
        (
            "POST",
            "standard-events",
            '{"name": "typing.start", "fields": 3}',
            400,
            "fields: expected an object or null, not 3",
        ),
        ("PUT", "state/snapshots/%FF", None, 400, "a percent-escape is not UTF-8"),
    ],
)
def test_wrong_request_is_refused_with_one_line(
    admin: Admin, method: str, path: str, body: str | None, status: int, error: str
) -> None:
    """The response is JSON with the path of the error."""
    response = admin(method, path, data=body)

    assert response.status_code == status
    assert error in response.json()["error"]
    assert "\n" not in response.json()["error"]


def test_method_that_is_not_allowed_gets_the_allowed_ones(admin: Admin) -> None:
    """HTTP requires the Allow header."""
    assert "POST" in admin("GET", "reset").headers["Allow"]


def test_requests_are_filtered(admin: Admin, tiledesk_mock: TiledeskMock) -> None:
    """The filters are the arguments of the handle."""
    url = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events"
    requests.get(url, auth=tiledesk_mock.owner.basic, timeout=10)
    requests.get(url, headers=tiledesk_mock.guest.headers, timeout=10)

    found = admin("GET", "requests?path=/events&status=403").json()["requests"]

    assert [(one["number"], one["person"]["role"]) for one in found] == [(2, "guest")]


def test_secrets_in_requests_are_masked(admin: Admin, tiledesk_mock: TiledeskMock) -> None:
    """Secrets that clients sent and secrets in responses are masked."""
    email, password = tiledesk_mock.agent.basic or ("", "")
    requests.post(f"{tiledesk_mock.url}/auth/signin", json={"email": email, "password": password}, timeout=10)
    requests.get(f"{tiledesk_mock.url}/testauth?token={tiledesk_mock.guest.jwt}", timeout=10)

    text = admin("GET", "requests").text

    assert email in text
    assert password not in text
    assert "eyJ" not in text


def test_control_api_ignores_the_prefix_of_clients(tiledesk_mock: TiledeskMock) -> None:
    """The URL of a client reaches the control API as well."""
    assert requests.get(f"{tiledesk_mock.url}/__admin/health", timeout=10).json() == {"status": "ok"}


def test_control_api_is_not_in_the_journal(admin: Admin, tiledesk_mock: TiledeskMock) -> None:
    """Requests to it are not for Tiledesk."""
    admin("GET", "nothing")

    assert len(tiledesk_mock.requests) == 0


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://localhost", "http://["]
)
def test_page_of_another_origin_is_refused(admin: Admin, origin: str) -> None:
    """Operations that change nothing are refused, too."""
    response = admin("GET", "health", headers={"Origin": origin})

    assert (response.status_code, origin in response.json()["error"]) == (403, True)


def test_page_of_the_same_origin_is_allowed(admin: Admin, tiledesk_mock: TiledeskMock) -> None:
    """Its origin is the emulator."""
    origin = tiledesk_mock.url.removesuffix("/v3")

    assert admin("GET", "state", headers={"Origin": origin}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.1:80", "[::2]:80"])
def test_foreign_host_name_is_refused(admin: Admin, host: str) -> None:
    """A browser sends it after DNS rebinding."""
    response = admin("GET", "state", headers={"Host": host})

    assert (response.status_code, host in response.json()["error"]) == (403, True)


@pytest.mark.parametrize("host", ["localhost:8900", "LOCALHOST", "127.0.0.1", "127.1.2.3:1", "[::1]:80"])
def test_host_names_of_this_machine_are_allowed(admin: Admin, host: str) -> None:
    """The Host header may have a port."""
    assert admin("GET", "state", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic open sesame", "Bearer"])
def test_missing_or_wrong_token_is_refused(public_mock: TiledeskMock, authorization: str | None) -> None:
    """The token is required where other machines can reach the server."""
    headers = {"Authorization": authorization} if authorization else {}

    response = Admin(public_mock.url)("GET", "state", headers=headers)

    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "token" in response.json()["error"]


def test_right_token_is_allowed(public_mock: TiledeskMock) -> None:
    """A request and a handle may use any host name."""
    headers = {"Authorization": "Bearer open sesame", "Host": "emulator.example"}

    assert Admin(public_mock.url)("GET", "state", headers=headers).status_code == 200
    assert TiledeskMock.connect(public_mock.url, "open sesame").events == []
    with pytest.raises(SetupError, match="token"):
        TiledeskMock.connect(public_mock.url)


@pytest.mark.parametrize("path", ["health", "version"])
def test_health_needs_no_token(public_mock: TiledeskMock, path: str) -> None:
    """Programs that wait for the server have no token."""
    assert Admin(public_mock.url)("GET", path, headers={"Host": "emulator.example"}).status_code == 200


def test_default_token_is_random() -> None:
    """Each emulator has another token."""
    with TiledeskMock(host="0.0.0.0") as one, TiledeskMock(host="0.0.0.0") as other:
        assert len(one.emulator.admin_token) >= 32
        assert one.emulator.admin_token != other.emulator.admin_token
        assert Admin(one.url)("GET", "state").status_code == 401


def test_waiting_for_changes_ends_with_a_change(admin: Admin, tiledesk_mock: TiledeskMock) -> None:
    """The response has the new number."""
    before = admin("GET", "changes").json()["changes"]
    tiledesk_mock.fire("order.paid")

    after = admin("GET", f"changes?since={before}&timeout=10").json()["changes"]

    assert after > before


def _begin(mock: TiledeskMock, length: int, body: bytes = b"") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", urlsplit(mock.url).port or 0), timeout=20)
    head = f"PUT /__admin/state HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    client.sendall(head.encode() + body)
    return client


def test_giant_body_is_refused_with_one_line(tiledesk_mock: TiledeskMock) -> None:
    """The control API takes far more than Tiledesk, but not everything."""
    with _begin(tiledesk_mock, 300_000_000, b" " * 1_500_000) as client:
        response = client.recv(4096)

    assert response.startswith(b"HTTP/1.1 413 ")
    assert response.endswith(b'{"error":"PUT /__admin/state: the body has more than 268,435,456 bytes"}')


def test_client_who_leaves_in_the_middle_of_a_body_is_no_failure(
    tiledesk_mock: TiledeskMock, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection is closed; the log has no traceback."""
    with _begin(tiledesk_mock, 2_000_000, b" " * 1_500_000) as client:
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):
            pass

    assert [record.message for record in caplog.records if record.exc_info] == []
