"""Stubs: requests that get the responses of a tester."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import ControlError, SetupError
from tiledesk_mock.http.exchange import RecordedRequest
from tiledesk_mock.interception.mock import mock_tiledesk


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Return an emulator of its own, since some of these requests are not emulated."""
    with TiledeskMock() as started:
        yield started


def get(mock: TiledeskMock, path: str, **options: Any) -> requests.Response:
    """Request a path below the project."""
    return requests.get(f"{mock.url}/{mock.project_id}{path}", timeout=5, **options)


@pytest.mark.parametrize(
    ("response", "body", "content_type"),
    [
        ({"leads": []}, b'{"leads":[]}', "application/json; charset=utf-8"),
        ([1], b"[1]", "application/json; charset=utf-8"),
        (None, b"null", "application/json; charset=utf-8"),
        ("text", b"text", "text/plain; charset=utf-8"),
        (b"\xff", b"\xff", "application/octet-stream"),
    ],
)
def test_stub_responds_with_express_headers(
    mock: TiledeskMock, response: Any, body: bytes, content_type: str
) -> None:
    """As the emulator's own responses have them."""
    mock.stub("GET", "/leads", response)

    found = get(mock, "/leads")

    assert (found.status_code, found.content, found.headers["Content-Type"]) == (200, body, content_type)
    assert (found.headers["X-Powered-By"], found.headers["Access-Control-Allow-Origin"]) == ("Express", "*")
    assert get(mock, "/leads", headers={"If-None-Match": found.headers["ETag"]}).status_code == 304


def test_stub_has_status_and_headers(mock: TiledeskMock) -> None:
    """Its header fields take the place of Express's."""
    mock.stub("DELETE", "/leads/*", status=204, headers={"x-powered-by": "Nest", "X-Total": "1"})

    response = requests.delete(f"{mock.url}/{mock.project_id}/leads/7", timeout=5)

    assert (response.status_code, response.content) == (204, b"")
    assert (response.headers["X-Powered-By"], response.headers["X-Total"]) == ("Nest", "1")


@pytest.mark.parametrize("result", [{"id": "7"}, (201, {"id": "7"}), (200, {"id": "7"}, {"X-Total": "1"})])
def test_stub_of_a_function_gets_the_request(mock: TiledeskMock, result: Any) -> None:
    """The function returns the body, or status, body and headers."""
    came: list[RecordedRequest] = []

    def leads(request: RecordedRequest) -> Any:
        came.append(request)
        return result

    mock.stub("POST", re.compile(r"/leads$"), leads)
    response = requests.post(f"{mock.url}/{mock.project_id}/leads?a=1", json={"name": "Ann"}, timeout=5)

    assert response.json() == {"id": "7"}
    assert response.status_code == (result[0] if isinstance(result, tuple) else 200)
    assert (came[0].json(), came[0].query) == ({"name": "Ann"}, "a=1")


def test_function_of_a_stub_may_use_the_handle(mock: TiledeskMock) -> None:
    """It fires an event, and resets the emulator: no lock is held."""

    def close(_: RecordedRequest) -> dict[str, int]:
        mock.fire("lead.closed")
        count = len(mock.events)
        mock.stubs.clear()
        return {"events": count}

    mock.stub("PUT", "/leads/*/close", close)
    response = requests.put(f"{mock.url}/{mock.project_id}/leads/1/close", timeout=5)

    assert response.json() == {"events": 1}


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda _: 1 / 0, "the function of stub-1 (GET /leads) raised ZeroDivisionError: division by zero"),
        (
            lambda _: object(),
            "the function of stub-1 (GET /leads): stub.response: expected JSON, text, bytes or a",
        ),
        (
            lambda _: (99, ""),
            "the function of stub-1 (GET /leads): stub.status: expected a status from 200 to 599",
        ),
        (lambda _: ("x",), "the function of stub-1 (GET /leads): expected (status, response) or"),
    ],
)
def test_stub_of_a_function_that_fails_is_a_500(mock: TiledeskMock, function: Any, reason: str) -> None:
    """The response and the journal say what is wrong."""
    mock.stub("GET", "/leads", function)

    response = get(mock, "/leads")

    assert response.status_code == 500
    assert response.json()["reason"].startswith(reason)
    assert mock.requests[-1].reason == response.json()["reason"]


def test_stub_is_in_the_journal_and_counts_as_emulated(mock: TiledeskMock) -> None:
    """With its caller, and its hits are counted."""
    stub = mock.stub("GET", "/leads", [])
    get(mock, "/leads", auth=mock.agent.basic)
    get(mock, "/leads/x")

    exchange = mock.requests[0]
    assert (exchange.stub, exchange.is_emulated, exchange.role) == ("stub-1", True, "agent")
    assert exchange.reason is None
    assert mock.stubs.hits(stub) == 1
    assert [one.request.path for one in mock.requests.unmatched] == [f"/v3/{mock.project_id}/leads/x"]


def test_stub_is_for_paths_outside_of_projects_and_without_credentials(mock: TiledeskMock) -> None:
    """As they are written, with or without prefix."""
    mock.stub("GET", "/modules", {"modules": []})
    root = mock.url.removesuffix("/v3")

    found = [requests.get(f"{base}/modules", timeout=5).status_code for base in (root, mock.url)]

    assert found == [200, 200]


def test_stub_goes_with_a_reset(mock: TiledeskMock) -> None:
    """The next one is stub-1 again."""
    mock.stub("GET", "/leads", [])
    mock.reset()

    assert (len(mock.stubs), get(mock, "/leads").status_code) == (0, 404)
    assert mock.stub("GET", "/leads", []).id == "stub-1"


def test_stub_of_an_emulated_route_responds_and_says_so(
    mock: TiledeskMock, caplog: pytest.LogCaptureFixture
) -> None:
    """A wide pattern by mistake stands out: in the log once, in the journal, and in the list of stubs."""
    mock.stub("GET", "/**", {"stubbed": True})

    get(mock, "/events", auth=mock.agent.basic)
    found = get(mock, "/events", auth=mock.agent.basic).json()

    hidden = "stub-1 (GET /**) responds in place of the emulated route GET /PROJECT/events"
    assert found == {"stubbed": True}
    assert mock.requests[-1].reason == hidden
    assert [one.getMessage() for one in caplog.records if one.levelname == "WARNING"] == [hidden]
    assert [one["hides"] for one in mock.stubs] == [["GET /PROJECT/events"]]


def test_newest_stub_responds(mock: TiledeskMock) -> None:
    """So that a test can change what a fixture stubs; without it, the one before responds again."""
    mock.stub(None, "/leads", "old")
    newer = mock.stub("GET", "/leads", "new")
    found = get(mock, "/leads").text
    mock.stubs.remove(newer)

    assert (found, get(mock, "/leads").text) == ("new", "old")


def test_stub_of_any_method_leaves_preflights_alone(mock: TiledeskMock) -> None:
    """Browsers send them first. HEAD gets what GET does, without the body."""
    mock.stub(None, "/leads", [], status=203)
    url = f"{mock.url}/{mock.project_id}/leads"

    assert requests.options(url, timeout=5).status_code == 204
    assert (requests.head(url, timeout=5).status_code, requests.patch(url, timeout=5).status_code) == (
        203,
        203,
    )


def test_fault_disturbs_a_stub(mock: TiledeskMock) -> None:
    """Faults and the rate limit come first."""
    stub = mock.stub("GET", "/leads", [])
    mock.faults.status(503, path="/leads", count=1)

    assert [get(mock, "/leads").status_code for _ in range(2)] == [503, 200]
    assert mock.stubs.hits(stub) == 1


def test_stub_responds_in_place_of_a_cassette(mock: TiledeskMock) -> None:
    """And is not recorded: nothing is sent to the upstream."""
    mock.controls.set_mode({"mode": "record", "upstream": "http://127.0.0.1:9"})
    mock.stub("GET", "/leads", [])

    assert get(mock, "/leads").json() == []


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"method": "FETCH"}, 'stub.method: expected an HTTP method, or null for any, not "FETCH"'),
        ({"path": "/leads?x=1"}, "stub.path: expected a path like /leads or /leads/*, no query"),
        (
            {"path": "http://127.0.0.1/leads"},
            "stub.path: expected a path like /leads or /leads/*, no query, not the",
        ),
        ({"path": "/leads/:id"}, "stub.path: write * in place of :id, as in /leads/*"),
        ({"path": "/leads/{id}/x"}, "stub.path: write * in place of {id}, as in /leads/*"),
        ({"status": 99}, "stub.status: expected a status from 200 to 599, not 99"),
        ({"headers": {"Content-Length": "1"}}, "stub.headers"),
        ({"response": {1, 2}}, "stub.response: expected JSON, text, bytes or a function, not"),
    ],
)
def test_wrong_stub_is_refused_in_one_line(mock: TiledeskMock, rule: dict[str, Any], message: str) -> None:
    """It names the field."""
    with pytest.raises(SetupError) as caught:
        mock.stub(**{"method": "GET", "path": "/leads", **rule})

    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_remote_handle_stubs(mock: TiledeskMock) -> None:
    """With JSON and text, and with a regular expression as the path."""
    remote = TiledeskMock.connect(mock.url)
    stub = remote.stub("GET", re.compile("/LEADS", re.IGNORECASE), {"leads": []})

    assert get(mock, "/leads").json() == {"leads": []}
    assert (remote.stubs.hits(stub), [one["id"] for one in remote.stubs]) == (1, ["stub-1"])
    assert remote.requests[-1].stub == "stub-1"


@pytest.mark.parametrize(("response", "word"), [(lambda _: [], "a function"), (b"x", "bytes")])
def test_remote_handle_refuses_what_is_not_json(mock: TiledeskMock, response: Any, word: str) -> None:
    """A function works in the same process only."""
    with pytest.raises(ControlError, match=f"a stub of a remote emulator is text or JSON, not {word}"):
        TiledeskMock.connect(mock.url).stub("GET", "/leads", response)


def test_control_api_adds_lists_and_removes_stubs(mock: TiledeskMock) -> None:
    """A function is shown by its name."""
    admin = mock.url.removesuffix("/v3") + "/__admin/stubs"
    rule = {"method": "get", "path": "/leads", "response": {"leads": []}, "headers": {"X-Total": "0"}}
    added = requests.post(admin, json=rule, timeout=5).json()
    mock.stub("POST", "/leads", sorted)
    listed = requests.get(admin, timeout=5).json()["stubs"]

    assert added == {"id": "stub-1", "status": 200, **rule, "method": "GET"}
    assert listed[0] == {**added, "hits": 0, "hides": []}
    assert listed[1]["function"] == "sorted"
    assert requests.delete(f"{admin}/stub-1", timeout=5).json() == {"removed": "stub-1"}
    assert requests.delete(f"{admin}/stub-1", timeout=5).status_code == 404
    assert requests.delete(admin, timeout=5).json() == {"cleared": True}
    assert len(mock.stubs) == 0


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"path": "/leads"}, "stub.method: missing; expected an HTTP method, or null for any"),
        (
            {"method": "GET", "path": "/x", "body": 1},
            "stub.body: unknown; expected one of method, path, response",
        ),
        ({"method": "GET", "path": {"regex": "("}}, "stub.path"),
    ],
)
def test_control_api_refuses_a_wrong_stub(mock: TiledeskMock, rule: dict[str, Any], message: str) -> None:
    """With the field, in one line."""
    response = requests.post(mock.url.removesuffix("/v3") + "/__admin/stubs", json=rule, timeout=5)

    assert response.status_code == 400
    assert response.json()["error"].startswith(message)


@pytest.mark.parametrize("client", [requests.get, httpx.get])
def test_intercepted_client_gets_a_stub(client: Any) -> None:
    """Without a socket."""
    with mock_tiledesk() as mock:
        mock.stub("GET", "/leads", {"leads": []})

        assert client(f"{mock.url}/{mock.project_id}/leads").json() == {"leads": []}
