"""Events are listed by name, person, attributes, project and time, and page by page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import SetupError


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Run an emulator with five events, a second apart."""
    with TiledeskMock() as mock:
        mock.clock.freeze("2026-01-31T12:00:00Z")
        for number, (name, by) in enumerate(
            [
                ("order.paid", "owner"),
                ("order.sent", "agent"),
                ("user.seen", "guest"),
                ("order.paid", "agent"),
            ]
        ):
            mock.fire(name, {"order": number, "of": {"shop": "a"}}, by=by)
            mock.clock.advance(1)
        mock.fire("plain", by="bot")
        yield mock


def orders(mock: TiledeskMock, **query: object) -> list[object]:
    """Return the attribute `order` of the events that match a query over HTTP."""
    admin = mock.url.removesuffix("/v3") + "/__admin"
    response = requests.get(f"{admin}/events", params=query, timeout=5)
    response.raise_for_status()
    return [event.get("attributes", {}).get("order") for event in response.json()["events"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [0, 1, 2, 3, None]),
        ({"order": "newest"}, [None, 3, 2, 1, 0]),
        ({"order": "newest", "limit": 2}, [None, 3]),
        ({"name": "order.paid"}, [0, 3]),
        ({"name": "order.*", "order": "newest"}, [3, 1, 0]),
        ({"name": "*e*"}, [0, 1, 2, 3]),
        ({"by": "agent"}, [1, 3]),
        ({"by": "agent@example.com", "name": "order.paid"}, [3]),
        ({"by": "bot"}, [None]),
        ({"attributes": '{"of": {"shop": "a"}, "order": 2}'}, [2]),
        ({"attributes": '{"of": {}}'}, [0, 1, 2, 3]),
        ({"attributes": '{"order": true}'}, []),
        ({"since": "2026-01-31T12:00:01Z", "until": "2026-01-31T13:00:03+01:00"}, [1, 2]),
    ],
)
def test_events_are_filtered(mock: TiledeskMock, query: dict[str, object], expected: list[object]) -> None:
    """By each field of the query, and by several at once."""
    assert orders(mock, **query) == expected


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_pages_have_every_event_once(mock: TiledeskMock, order: str) -> None:
    """The last event of a page is where the next one begins."""
    controls = TiledeskMock.connect(mock.url).controls
    whole = [event["_id"] for event in controls.events(order=order)]  # type: ignore[arg-type]  # one of the two

    pages, last = [], None
    while page := controls.events(order=order, limit=2, after=last):  # type: ignore[arg-type]  # one of the two
        pages.append([event["_id"] for event in page])
        last = page[-1]["_id"]

    assert pages == [whole[:2], whole[2:4], whole[4:]]


def test_events_of_another_project_are_left_out(mock: TiledeskMock) -> None:
    """With the id of a project."""
    other = mock.emit_standard("project.create", name="Shop")["_id"]
    mock.fire("elsewhere", project=other)

    assert [event["name"] for event in mock.controls.events(project=other)] == ["elsewhere"]


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ({"by": "nobody"}, 400, "no person has the role, e-mail address or id 'nobody'"),
        ({"attributes": "[1"}, 400, 'attributes: expected an object, as {"order": 7}'),
        ({"since": "yesterday"}, 400, "since: 'yesterday' is not an ISO 8601 time"),
        ({"order": "random"}, 400, "order: expected one of oldest, newest"),
        ({"limit": "0"}, 400, "limit: expected a number from 1"),
        ({"after": "nowhere"}, 404, "no event 'nowhere' is stored"),
        ({"project": "nowhere"}, 400, "there is no project 'nowhere'"),
        ({"nome": "order.paid"}, 400, "nome: unknown; did you mean name?"),
    ],
)
def test_a_wrong_query_is_refused(mock: TiledeskMock, query: dict[str, str], status: int, error: str) -> None:
    """In one line that names the field."""
    admin = mock.url.removesuffix("/v3") + "/__admin"

    response = requests.get(f"{admin}/events", params=query, timeout=5)

    assert response.status_code == status
    assert error in response.json()["error"]


def test_remote_controls_filter_events(mock: TiledeskMock) -> None:
    """Attributes and numbers go through the query."""
    controls = TiledeskMock.connect(mock.url).controls

    assert len(controls.events(attributes={"of": {"shop": "a"}}, limit=3)) == 3
    with pytest.raises(SetupError, match="attributes"):
        controls.events(attributes=[1])  # type: ignore[arg-type]  # that is the mistake
