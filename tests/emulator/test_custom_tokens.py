"""Signing in with a custom token, beyond what the recorded exchanges show."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import ExpectationError, SetupError
from tiledesk_mock.journal.rendering import exchange_line
from tiledesk_mock.testing.expectations import Expectations

SUE: dict[str, Any] = {"_id": "sue-1", "email": "sue@example.com", "firstname": "Sue", "role": "agent"}


def sign_in(mock: Expectations, **claims: Any) -> requests.Response:
    """Sign in with a custom token."""
    headers = {"Authorization": mock.custom_token(**claims)}
    return requests.post(f"{mock.url}/auth/signinWithCustomToken", json={}, headers=headers, timeout=10)


@pytest.fixture
def mock() -> Any:
    """Return an emulator of its own."""
    with TiledeskMock() as started:
        yield started


def test_new_user_is_one_of_the_people(mock: TiledeskMock) -> None:
    """Who has signed in has a token like everybody, and no password."""
    token = sign_in(mock, **SUE).json()["token"]
    person = mock.person("sue@example.com")

    headers = {"Authorization": token}
    events = f"{mock.url}/{mock.project_id}/events"
    fired = requests.post(events, json={"name": "t"}, headers=headers, timeout=10)

    assert (person.role, person.basic) == ("agent", None)
    assert fired.json()["createdBy"] == person.id_user
    assert mock.fire("t", by=person)["createdBy"] == person.id_user


@pytest.mark.parametrize(
    "claims", [SUE, {"_id": "ann-1", "email": "ann@example.com"}], ids=["an agent", "a customer"]
)
def test_journal_and_report_name_people_as_they_are_found(mock: TiledeskMock, claims: dict[str, Any]) -> None:
    """A customer's e-mail address is not stored: they have their `_id`, as an agent with such a token."""
    sign_in(mock, **claims)
    headers = {"Authorization": mock.custom_token(**claims)}
    fired = requests.post(
        f"{mock.url}/{mock.project_id}/events", json={"name": "t"}, headers=headers, timeout=10
    )

    with pytest.raises(ExpectationError) as failure:
        mock.expect_event("other")

    names = re.findall(r"by (?:agent|user) (\S+)", str(failure.value))
    assert exchange_line(mock.requests[-1]).rpartition(" ")[2] == names[-1] == claims["_id"]
    for name in names:
        assert mock.expect_event("t", by=name)["_id"] == fired.json()["_id"]
        assert mock.fire("t", by=name)["project_user"]["_id"] == mock.person(name).id


def test_response_and_token_have_no_password(mock: TiledeskMock) -> None:
    """The real server shows the hash of the password that it has made up."""
    response = sign_in(mock, **SUE, password="chosen")

    assert "password" not in response.json()["user"]
    assert "$2" not in response.text


def test_reset_forgets_the_new_user(mock: TiledeskMock) -> None:
    """The seed is back, and the same token makes the user again."""
    first = sign_in(mock, **SUE).json()["user"]["_id"]

    mock.reset()

    with pytest.raises(SetupError):
        mock.person("sue@example.com")
    assert sign_in(mock, **SUE).json()["user"]["_id"] != first


def test_new_people_are_exported_and_seeded(mock: TiledeskMock) -> None:
    """A user without a password, and a member beside the disabled membership of the same user."""
    disabled = {"_id": "65a0000000000000000000d1", "email": "left@example.com", "password": "x"}
    mock.seed(
        users=[disabled],
        project_users=[{"id_user": "left@example.com", "role": "agent", "status": "disabled"}],
    )
    sign_in(mock, **SUE)
    sign_in(mock, **{**SUE, "_id": "left-1", "email": "left@example.com"})
    sign_in(mock, _id="ann@example.com", firstname=None)

    with TiledeskMock() as other:
        other.controls.replace_state(mock.controls.state())

        assert other.controls.state() == mock.controls.state()
        assert sign_in(other, **SUE).json()["user"] == sign_in(mock, **SUE).json()["user"]


def test_new_people_survive_in_a_file(tmp_path: Any) -> None:
    """The file of the store has them."""
    with TiledeskMock(db=str(tmp_path / "events.json")) as mock:
        user = sign_in(mock, **SUE).json()["user"]

    with TiledeskMock(db=str(tmp_path / "events.json")) as mock:
        assert mock.person("sue@example.com").id_user == user["_id"]


def test_custom_token_of_a_project_without_a_secret(mock: TiledeskMock) -> None:
    """The error says what is missing."""
    mock.seed(projects=[{"_id": "65b0000000000000000000b7", "name": "Plain"}])

    with pytest.raises(SetupError, match="Plain has no jwtSecret"):
        mock.custom_token(_id="x", project="65b0000000000000000000b7")


def test_custom_token_of_a_claim_without_a_name(mock: TiledeskMock) -> None:
    """The error says what to write."""
    message = 'the claims of a custom token have names: write custom_token(_id="ann-1", '

    with pytest.raises(SetupError, match=re.escape(message)):
        mock.custom_token("ann-1")  # type: ignore[arg-type]


def test_custom_token_is_signed_by_an_emulator_elsewhere(mock: TiledeskMock) -> None:
    """Over the control API."""
    remote = TiledeskMock.connect(mock.url)

    assert sign_in(remote, _id="ann-1", role="supervisor").status_code == 200
    assert remote.person("ann-1").role == "supervisor"


def test_user_without_address_is_never_answered(mock: TiledeskMock) -> None:
    """The emulator says why."""
    response = sign_in(mock, _id="sue-1", role="agent")

    assert response.status_code == 504
    assert "e-mail address" in response.text


@pytest.mark.parametrize(
    "before",
    [{"_id": "sue-1"}, {"_id": "sue-1", "email": "other@example.com", "role": "admin"}],
    ids=["a customer", "a user with another e-mail address"],
)
def test_id_of_another_member_is_never_answered(mock: TiledeskMock, before: dict[str, str]) -> None:
    """The emulator says whose the `_id` may be."""
    assert sign_in(mock, **before).status_code == 200

    response = sign_in(mock, **SUE)

    assert response.status_code == 504
    assert "its _id belongs to a member already" in response.json()["reason"]
    assert "to a customer, or to a user with another e-mail address" in response.json()["reason"]


def test_disabled_user_is_never_answered(mock: TiledeskMock) -> None:
    """The emulator says that the user is disabled, and nothing about the `_id`."""
    mock.seed(users=[{"email": "off@example.com", "password": "x", "status": 0}])

    response = sign_in(mock, _id="off-1", email="off@example.com", role="agent")

    assert response.status_code == 504
    assert response.json()["reason"].endswith("a custom token signs in a user who is disabled")


def test_disabled_member_cannot_sign_in(mock: TiledeskMock) -> None:
    """A member is found by the uuid, whatever the role in the token is."""
    mock.seed(project_users=[{"uuid_user": "gone", "role": "user", "status": "disabled"}])

    responses = [sign_in(mock, _id="gone"), sign_in(mock, **{**SUE, "_id": "gone"})]

    assert {(one.status_code, one.json()["msg"]) for one in responses} == {
        (401, "Authentication failed. Project_user not active.")
    }


def test_trashed_member_counts(mock: TiledeskMock) -> None:
    """Tiledesk does not look whether a membership is trashed."""
    mock.seed(project_users=[{"uuid_user": "old", "role": "user", "trashed": True}])
    headers = {"Authorization": mock.custom_token(_id="old")}

    events = f"{mock.url}/{mock.project_id}/events"
    response = requests.post(events, json={"name": "t"}, headers=headers, timeout=10)

    assert response.status_code == 200


def test_tokens_of_a_disabled_project_are_refused(mock: TiledeskMock) -> None:
    """Its secret counts as missing."""
    closed = {"_id": "65b0000000000000000000b8", "name": "Closed", "status": 0, "jwtSecret": "closed-secret"}
    mock.seed(projects=[closed])

    headers = {"Authorization": mock.custom_token(_id="x", project=closed["_id"])}

    assert requests.get(f"{mock.url}/testauth", headers=headers, timeout=10).status_code == 401


@pytest.mark.parametrize(
    ("uuid", "email"),
    [
        ("sue-1", "sue"),
        ("sue-1", " "),
        ("sue-1", "line@example.com\n"),
        ("sue-1", "65a0000000000000000000a1"),
        ("sue@example.com", "sue@example.com"),
        ("sue@example.com", "other@example.com"),
        ("owner@example.com", "other@example.com"),
    ],
)
def test_export_of_a_user_is_imported(mock: TiledeskMock, uuid: str, email: str) -> None:
    """An e-mail address and an `_id` in a token may be any text, also each other's."""
    claims = {"_id": uuid, "email": email, "role": "admin", "sub": "userexternal"}
    sign_in(mock, **claims)
    headers = {"Authorization": mock.custom_token(**claims)}
    events = f"{mock.url}/{mock.project_id}/events"
    assert requests.post(events, json={"name": "t"}, headers=headers, timeout=10).ok
    state = f"{mock.url.removesuffix('/v3')}/__admin/state"
    exported = requests.get(state, timeout=10).json()

    response = requests.put(state, json=exported, timeout=10)

    assert response.ok, response.text
    assert requests.get(state, timeout=10).json() == exported


def test_fields_of_a_new_member_are_in_the_order_of_the_real_server(mock: TiledeskMock) -> None:
    """The server sets the user last, as live frames show."""
    token = mock.custom_token(_id="sue-1", sub="userexternal", email="sue@example.com", role="admin")
    headers = {"Authorization": token}
    requests.post(f"{mock.url}/auth/signinWithCustomToken", headers=headers, timeout=10)
    events = f"{mock.url}/{mock.project_id}/events"

    member = requests.post(events, json={"name": "t"}, headers=headers, timeout=10).json()["project_user"]

    names = ["uuid_user", "role", "roleType", "createdBy", "tags", "id_user", "createdAt", "updatedAt"]
    assert [name for name in member if name in names] == names
