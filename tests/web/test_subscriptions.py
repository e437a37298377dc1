"""The routes of subscriptions, as recorded and beyond."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.scenarios.credentials import read_credentials

from ..contract_recordings import CONTRACT

RECORDED = json.loads((CONTRACT.parents[1] / "tests" / "data" / "subscriptions.json").read_text())
CREDENTIALS = read_credentials(CONTRACT / "credentials.yaml")
TARGET = "http://127.0.0.1:8765"
A, B = "65b000000000000000000001", "65b000000000000000000002"
PATH = f"/{A}/subscriptions"
SEEDED = "65e000000000000000000001"

REQUESTS: tuple[tuple[str | None, str, str, Any], ...] = (
    ("owner", "GET", PATH, None),
    ("agent", "GET", PATH, None),
    ("admin", "GET", PATH + "/{one}", None),
    ("owner", "GET", PATH + "/65f0000000000000000000ff", None),
    ("owner", "GET", PATH + "/nope", None),
    ("owner", "POST", PATH, {"event": "event.emit", "target": f"{TARGET}/all"}),
    ("owner", "POST", PATH, {"event": "event.emit"}),
    ("owner", "POST", PATH, {}),
    ("agent", "POST", PATH, {"event": "event.emit", "target": f"{TARGET}/x"}),
    (None, "POST", PATH, {"event": "event.emit", "target": f"{TARGET}/x"}),
    ("owner", "PUT", PATH + "/{other}", {"event": "event.emit.changed"}),
    ("owner", "PUT", PATH + "/nope", {"event": "event.emit.changed"}),
    ("owner", "DELETE", PATH + "/{literal}", None),
    ("owner", "DELETE", PATH + "/{literal}", None),
    ("owner", "DELETE", PATH + "/nope", None),
    ("owner", "GET", PATH + "/{literal}", None),
    ("outsider", "GET", f"/{B}/subscriptions", None),
    ("outsider", "GET", f"/{B}/subscriptions/{{one}}", None),
)
EVENTS = {
    "all": "event.emit",
    "one": "event.emit.order.paid",
    "other": "event.emit.other",
    "literal": "order.paid",
    "star": "event.emit.*",
}
CHANGING = frozenset({"_id", "secret", "createdAt", "updatedAt"})


@pytest.fixture(scope="module")
def server() -> Iterator[TiledeskMock]:
    """Run an emulator of the recorded world for all tests of this file."""
    with TiledeskMock(dialect="server", seed=(CONTRACT / "world.json",)) as mock:
        yield mock


@pytest.fixture
def mock(server: TiledeskMock) -> TiledeskMock:
    """Return the emulator after a reset."""
    server.reset()
    return server


def send(
    mock: TiledeskMock, person: str | None, method: str, path: str, body: Any = None
) -> requests.Response:
    """Send a request, with the credentials of a person or without."""
    headers = {"Authorization": CREDENTIALS.header(person) or ""} if person else {}
    return requests.request(method, mock.url + path, json=body, headers=headers, timeout=10)


def create(mock: TiledeskMock, event: Any, target: Any = f"{TARGET}/x") -> requests.Response:
    """Subscribe as the owner."""
    return send(mock, "owner", "POST", PATH, {"event": event, "target": target})


def settled(document: Any) -> Any:
    """Return a document without what differs in each run, its fields in order."""
    if isinstance(document, list):
        return [settled(item) for item in document]
    if not isinstance(document, dict):
        return document
    return [(name, None if name in CHANGING else value) for name, value in document.items()]


def check_response(response: requests.Response, recorded: dict[str, Any]) -> None:
    """Compare a response with the recorded one."""
    body = response.json() if "json" in recorded else response.text
    assert response.status_code == recorded["status"]
    assert settled(body) == settled(recorded.get("json", recorded.get("text")))
    assert ("x-hook-secret" in response.headers) == ("x-hook-secret" in recorded["headers"])
    assert response.headers.get("Content-Type") == recorded["headers"].get("content-type")


def test_responses_to_subscribing_are_as_recorded(mock: TiledeskMock) -> None:
    """Body and header have the secret, which all subscriptions share."""
    responses = [create(mock, event, f"{TARGET}/{path}") for path, event in EVENTS.items()]

    for response, recorded in zip(responses, RECORDED["subscribe"], strict=True):
        check_response(response, recorded)
        assert response.headers["x-hook-secret"] == response.json()["secret"]
    assert len({response.headers["x-hook-secret"] for response in responses}) == 1


def test_other_responses_are_as_recorded(mock: TiledeskMock) -> None:
    """Statuses, errors, fields and their order are the same."""
    ids = {path: create(mock, event, f"{TARGET}/{path}").json()["_id"] for path, event in EVENTS.items()}

    for (person, method, path, body), recorded in zip(REQUESTS, RECORDED["manage"], strict=True):
        check_response(send(mock, person, method, path.format(**ids), body), recorded)


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), (True, "true"), ({"_id": "event.emit.x"}, "event.emit.x")],
    ids=["number", "boolean", "object with an _id"],
)
def test_event_is_cast_to_text(mock: TiledeskMock, value: Any, text: str) -> None:
    """The text is that of mongoose."""
    response = create(mock, value)

    assert response.json()["event"] == text


@pytest.mark.parametrize("value", [None, "", [], ["event.emit"], {}, {"a": 1}], ids=str)
def test_event_that_is_no_text_is_refused(mock: TiledeskMock, value: Any) -> None:
    """An empty field is refused, too."""
    response = create(mock, value)

    assert (response.status_code, response.json()["msg"]) == (500, "Error saving object.")


def test_same_subscription_again_is_the_first(mock: TiledeskMock) -> None:
    """The response has the secret again, and no `global`."""
    first, second = create(mock, "event.emit").json(), create(mock, "event.emit").json()

    assert second == {name: value for name, value in first.items() if name != "global"}


def test_target_can_be_changed(mock: TiledeskMock) -> None:
    """Fields that the body does not have do not change."""
    response = send(mock, "owner", "PUT", f"{PATH}/{SEEDED}", {"target": f"{TARGET}/new"})

    changed = response.json()
    assert (changed["target"], changed["event"]) == (f"{TARGET}/new", "event.emit.never")
    assert changed["updatedAt"] > changed["createdAt"]


def test_change_into_another_subscription_is_refused(mock: TiledeskMock) -> None:
    """Project, event and target are unique."""
    create(mock, "event.emit.never", f"{TARGET}/x")

    response = send(mock, "owner", "PUT", f"{PATH}/{SEEDED}", {"target": f"{TARGET}/x"})

    assert (response.status_code, response.json()["msg"]) == (500, "Error updating object.")


def test_second_post_is_answered_with_the_first_subscription_to_that_event(mock: TiledeskMock) -> None:
    """The real server looks for project and event only; the control API returns the subscription itself."""
    first = create(mock, "event.emit", f"{TARGET}/1").json()
    second = create(mock, "event.emit", f"{TARGET}/2").json()

    again = create(mock, "event.emit", f"{TARGET}/2").json()

    assert (again["_id"], again["target"]) == (first["_id"], f"{TARGET}/1")
    assert mock.controls.subscribe("event.emit", f"{TARGET}/2")["_id"] == second["_id"]


def test_deletion_of_an_unknown_one_is_null(mock: TiledeskMock) -> None:
    """It is no error."""
    response = send(mock, "owner", "DELETE", f"{PATH}/65f0000000000000000000ff")

    assert (response.status_code, response.json()) == (200, None)


def test_change_of_an_unknown_one_makes_it(mock: TiledeskMock) -> None:
    """It has no project, so that no list has it."""
    path = f"{PATH}/65f0000000000000000000ff"

    made = send(mock, "owner", "PUT", path, {"event": "event.emit"})

    assert send(mock, "owner", "GET", path).json() == made.json()
    assert made.json()["_id"] not in [one["_id"] for one in send(mock, "owner", "GET", PATH).json()]


def test_null_project_is_not_every_project(mock: TiledeskMock) -> None:
    """Only a global subscription gets the events of every project."""
    made = {"event": "event.emit", "target": f"{TARGET}/x"}
    send(mock, "owner", "PUT", f"{PATH}/65f0000000000000000000fe", made)
    send(mock, "owner", "PUT", f"{PATH}/65f0000000000000000000ff", {**made, "target": TARGET, "global": True})

    mock.fire("order.paid")

    assert [one["target"] for one in mock.deliveries] == [TARGET]


@pytest.mark.parametrize("taken", ["target", "secret"])
def test_nothing_is_delivered_without(mock: TiledeskMock, taken: str) -> None:
    """The real server fails silently."""
    path = f"{PATH}/{create(mock, 'event.emit', TARGET).json()['_id']}"
    send(mock, "owner", "PUT", path, {taken: None})

    mock.fire("order.paid")

    assert list(mock.deliveries) == []


@pytest.mark.parametrize("person", ["guest", "customer", "bot", "hook", "supervisor"])
@pytest.mark.parametrize("path", [PATH, f"{PATH}/{SEEDED}", f"{PATH}/history"])
def test_only_admins_and_owners_see_them(mock: TiledeskMock, person: str, path: str) -> None:
    """Other roles are refused."""
    assert send(mock, person, "GET", path).status_code == 403


def test_history_is_empty_at_first(mock: TiledeskMock) -> None:
    """It lists the deliveries."""
    response = send(mock, "admin", "GET", f"{PATH}/history")

    assert (response.status_code, response.json()) == (200, [])


def test_subscriptions_survive_export_and_import(mock: TiledeskMock) -> None:
    """Their secrets and the order of their fields do not change."""
    create(mock, "event.emit")
    before = send(mock, "owner", "GET", PATH).text

    mock.emulator.state.replace(mock.emulator.state.export(), "state")

    assert send(mock, "owner", "GET", PATH).text == before
