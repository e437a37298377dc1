"""The dialects, where documentation and server disagree."""

from __future__ import annotations

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.journal.rendering import exchange_line

DRIFT = "X-Tiledesk-Mock-Drift"


def _get(mock: TiledeskMock, path: str) -> requests.Response:
    return requests.get(f"{mock.url}/{mock.project_id}{path}", auth=mock.owner.basic, timeout=5)


def _names(mock: TiledeskMock, path: str) -> list[str]:
    return [event["name"] for event in _get(mock, path).json()["events"]]


def test_documented_events_have_id_and_member(tiledesk_mock: TiledeskMock) -> None:
    """`project_user` is the member, without a secret, and `id` is `_id`."""
    fired = tiledesk_mock.fire("order.paid")

    read = _get(tiledesk_mock, f"/events/{fired['_id']}")

    assert read.json()["id"] == fired["_id"]
    assert read.json()["project_user"]["role"] == "owner"
    assert isinstance(read.json()["project_user"]["id_user"], str)
    assert "password" not in read.text
    assert DRIFT not in read.headers


@pytest.mark.tiledesk_mock(dialect="server")
def test_server_events_have_neither(tiledesk_mock: TiledeskMock) -> None:
    """The real server responds with `_id` and the member's id."""
    fired = tiledesk_mock.fire("order.paid")

    read = _get(tiledesk_mock, f"/events/{fired['_id']}").json()

    assert "id" not in read
    assert read["project_user"] == tiledesk_mock.owner.id


@pytest.mark.filterwarnings("ignore::tiledesk_mock.TiledeskDriftWarning")
@pytest.mark.parametrize("query", ["sortField=name&direction=1", "sort=zzz&sortField=name&direction=1"])
def test_documented_sort_field_sorts_and_is_a_drift(tiledesk_mock: TiledeskMock, query: str) -> None:
    """It wins over `sort`, which is not documented."""
    for name in ("b", "a", "c"):
        tiledesk_mock.fire(name)

    response = _get(tiledesk_mock, f"/events?{query}")

    assert [event["name"] for event in response.json()["events"]] == ["a", "b", "c"]
    assert response.headers[DRIFT] == "sort-field"


def test_documented_sort_sorts_and_is_no_drift(tiledesk_mock: TiledeskMock) -> None:
    """Both dialects do what the server does."""
    for name in ("b", "a", "c"):
        tiledesk_mock.fire(name)

    response = _get(tiledesk_mock, "/events?sort=name&direction=1")

    assert [event["name"] for event in response.json()["events"]] == ["a", "b", "c"]
    assert DRIFT not in response.headers


@pytest.mark.tiledesk_mock(dialect="server")
def test_server_ignores_sort_field(tiledesk_mock: TiledeskMock) -> None:
    """The newest event comes first."""
    for name in ("b", "a", "c"):
        tiledesk_mock.fire(name)

    assert _names(tiledesk_mock, "/events?sortField=name&direction=-1") == ["c", "a", "b"]


@pytest.mark.filterwarnings("ignore::tiledesk_mock.TiledeskDriftWarning")
def test_documented_prefixed_name_is_a_drift(tiledesk_mock: TiledeskMock) -> None:
    """The server adds the prefix itself."""
    response = requests.post(
        f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events",
        json={"name": "event.emit.order.paid"},
        auth=tiledesk_mock.owner.basic,
        timeout=5,
    )

    assert response.headers[DRIFT] == "event-name-prefix"


@pytest.mark.filterwarnings("ignore::tiledesk_mock.TiledeskDriftWarning")
def test_documented_old_events_are_kept_and_are_a_drift(tiledesk_mock: TiledeskMock) -> None:
    """An event that the server has deleted is returned, by id and in a list."""
    fired = tiledesk_mock.fire("order.paid")

    tiledesk_mock.clock.advance(3601)

    assert _get(tiledesk_mock, f"/events/{fired['_id']}").headers[DRIFT] == "events-expire"
    assert _get(tiledesk_mock, "/events").headers[DRIFT] == "events-expire"


@pytest.mark.tiledesk_mock(dialect="server")
def test_server_events_expire(tiledesk_mock: TiledeskMock) -> None:
    """They are deleted after 3600 seconds."""
    fired = tiledesk_mock.fire("order.paid")

    tiledesk_mock.clock.advance(3601)

    assert _get(tiledesk_mock, f"/events/{fired['_id']}").status_code == 404
    assert _get(tiledesk_mock, "/events").json()["count"] == 0


@pytest.mark.tiledesk_mock(dialect="server")
@pytest.mark.parametrize(
    ("method", "path", "body", "drift"),
    [
        ("GET", "/events?sortField=name", None, "sort-field"),
        ("POST", "/events", {"name": "event.emit.x"}, "event-name-prefix"),
    ],
)
def test_request_for_what_the_server_ignores_is_in_the_journal(
    tiledesk_mock: TiledeskMock, method: str, path: str, body: object, drift: str
) -> None:
    """The response has no header, no drift is met, and the counts of `/drifts` tell both apart."""
    url = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}{path}"

    response = requests.request(method, url, json=body, auth=tiledesk_mock.owner.basic, timeout=5)

    exchange = tiledesk_mock.requests[-1]
    assert (response.status_code, DRIFT in response.headers) == (200, False)
    assert (exchange.drifts, exchange.ignored) == ((), (drift,))
    assert exchange_line(exchange).endswith(f"  asks for what the server ignores: {drift}")
    counts = {one["id"]: (one["count"], one["ignored"]) for one in tiledesk_mock.controls.drifts()}
    assert counts[drift] == (0, 1)
    assert tiledesk_mock.drifts == {}


def test_event_of_another_project_is_read_from_the_server() -> None:
    """It ignores the project in the path."""
    other = "65b0000000000000000000b7"
    with TiledeskMock(dialect="server") as mock:
        mock.seed(projects=[{"_id": other, "name": "Other"}], events=[{"name": "x", "id_project": other}])
        event = mock.events[-1]

        assert _get(mock, f"/events/{event['_id']}").status_code == 200
        assert mock.requests[-1].ignored == ("cross-project-read",)


def test_request_in_the_documented_dialect_ignores_nothing() -> None:
    """Its drifts are those that it meets."""
    with TiledeskMock() as mock:
        _get(mock, "/events?sortField=name")

        assert (mock.requests[-1].drifts, mock.requests[-1].ignored) == (("sort-field",), ())
