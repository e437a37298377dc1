"""In the mode diff the emulator responds, and another Tiledesk gets the same requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.diff.responses import ExchangeDiff
from tiledesk_mock.diff.runner import DiffMode
from tiledesk_mock.errors import UpstreamError
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.scenarios.credentials import Credentials, Person, seed_credentials

from ..contract_recordings import CONTRACT
from ..request_sender import RequestSender

THEIRS = """
users: [{email: mia@shop.example, password: "s3cret", firstname: Mia}]
projects: [{_id: 70b000000000000000000001, name: Shop}]
project_users: [{id_user: mia@shop.example, role: owner}]
"""


@pytest.fixture
def here() -> Iterator[TiledeskMock]:
    """Return the emulator that a suite sends requests to."""
    with TiledeskMock(log_level="error") as started:
        yield started


@pytest.fixture
def there(tmp_path: Path) -> Iterator[TiledeskMock]:
    """Return a Tiledesk with other people, another project and another secret."""
    seed = tmp_path / "theirs.yaml"
    seed.write_text(THEIRS)
    with TiledeskMock(seed=(seed,), dialect="server", global_secret="theirs", log_level="error") as started:
        yield started


@pytest.fixture
def mode(here: TiledeskMock, there: TiledeskMock) -> Iterator[DiffMode]:
    """Set the mode of that emulator."""
    ours = seed_credentials(here.emulator.state.export(), here.settings.global_secret)
    person = Person(user="mia@shop.example", password="s3cret")
    with RequestSender(there.url) as send:
        mode = DiffMode(send, ours, Credentials({"project": there.project_id}, {"owner": person}))
        here.emulator.mode = mode
        yield mode


def post(mock: TiledeskMock, **more: object) -> requests.Response:
    """Fire an event."""
    url = f"{mock.url}/{mock.project_id}/events"
    return requests.post(url, json={"name": "order.paid", "attributes": {"n": 1}}, timeout=5, **more)


def test_client_gets_the_emulators_response(here: TiledeskMock, there: TiledeskMock, mode: DiffMode) -> None:
    """The other Tiledesk has got the same event, in its own project."""
    response = post(here, auth=("owner@example.com", "owner-secret"))

    assert response.json()["id_project"] == here.project_id
    assert [event["id_project"] for event in there.events] == [there.project_id]
    assert mode.report.summary.startswith("1 of 1 exchanges equal; 2 known drifts")


def test_other_side_gets_its_own_id_of_an_event(here: TiledeskMock, mode: DiffMode) -> None:
    """A client reads what it fired, on both sides."""
    fired = post(here, auth=("owner@example.com", "owner-secret")).json()

    requests.get(
        f"{here.url}/{here.project_id}/events/{fired['_id']}",
        auth=("owner@example.com", "owner-secret"),
        timeout=5,
    )

    assert mode.report.unknown == 0, mode.report.lines()
    assert len(mode.report.exchanges) == 2


def test_other_side_gets_its_own_token(here: TiledeskMock, mode: DiffMode) -> None:
    """A client that signs in gets a token of each side."""
    signed_in = requests.post(
        f"{here.url}/auth/signin", json={"email": "owner@example.com", "password": "owner-secret"}, timeout=5
    )

    post(here, headers={"Authorization": signed_in.json()["token"]})

    assert mode.report.unknown == 0, mode.report.lines()


def test_token_of_the_handle_is_replaced_by_signing_in(here: TiledeskMock, mode: DiffMode) -> None:
    """Its holder has credentials on the other side."""
    response = post(here, headers=here.owner.headers)

    assert response.status_code == 200
    assert mode.report.unknown == 0, mode.report.lines()


def test_difference_is_reported_for_people_and_as_json(
    here: TiledeskMock, there: TiledeskMock, mode: DiffMode
) -> None:
    """With method, path, JSON path and both sides."""
    there.fire("before")

    requests.get(
        f"{here.url}/{here.project_id}/events", auth=("owner@example.com", "owner-secret"), timeout=5
    )

    assert mode.report.lines()[:2] == [
        f"GET /v3/{here.project_id}/events",
        "  body.count: here 0, there 1",
    ]
    assert mode.report.lines()[-1] == "0 of 1 exchanges equal; 0 known drifts; 2 differences"
    (entry,) = mode.report.document()["differences"]
    assert entry["differences"][0] == {
        "path": "body.count",
        "kind": "value",
        "here": 0,
        "there": 1,
        "drift": None,
    }


def test_listener_is_called_with_each_exchange(here: TiledeskMock, there: TiledeskMock) -> None:
    """The listener is called as soon as an exchange is compared."""
    exchanges: list[ExchangeDiff] = []
    with RequestSender(there.url) as send:
        here.emulator.mode = DiffMode(send, on_compared=exchanges.append)
        requests.get(f"{here.url}/testauth", timeout=5)

    assert [compared.request.target for compared in exchanges] == ["/v3/testauth"]


def test_missing_response_is_a_difference(here: TiledeskMock) -> None:
    """The client gets its response anyway."""

    def send(_: RecordedRequest) -> RecordedResponse:
        raise UpstreamError(502, "nothing listens there")

    here.emulator.mode = mode = DiffMode(send)

    assert requests.get(f"{here.url}/testauth", timeout=5).status_code == 401
    assert mode.report.lines()[1] == '  status: here 401, there "no response"'


def test_same_seed_needs_no_translation() -> None:
    """Two emulators of one seed accept each other's ids and tokens."""
    settings = {"seed": (CONTRACT / "world.json",), "log_level": "error"}
    with (
        TiledeskMock(**settings) as here,
        TiledeskMock(**settings) as there,
        RequestSender(there.url) as send,
    ):
        here.emulator.mode = mode = DiffMode(send)
        for person in (here.owner, here.guest, here.bot):
            post(here, headers=person.headers)

    assert mode.report.summary == "3 of 3 exchanges equal; 0 known drifts; 0 differences"


def test_only_own_documents_count_where_the_other_side_is_not_reset(
    here: TiledeskMock, there: TiledeskMock
) -> None:
    """Each test begins at the seed here; the events of earlier tests stay there."""
    theirs = Credentials(
        {"project": there.project_id}, {"owner": Person(user="mia@shop.example", password="s3cret")}
    )
    ours = seed_credentials(here.emulator.state.export(), here.settings.global_secret)
    with RequestSender(there.url) as send:
        here.emulator.mode = mode = DiffMode(send, ours, theirs, own_only=True)
        for label in ("first", "second"):
            mode.label = label
            here.reset()
            post(here, auth=("owner@example.com", "owner-secret"))
            requests.get(f"{here.url}/{here.project_id}/events", headers=here.owner.headers, timeout=5)

    assert mode.report.unknown == 0, mode.report.lines()
    assert [compared.label for compared in mode.report.exchanges] == ["first", "first", "second", "second"]
