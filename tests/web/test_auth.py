"""Signing in and up, beyond what the recorded exchanges show."""

from __future__ import annotations

import jwt
import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.tiledesk.auth import sign_token


def _post(mock: TiledeskMock, path: str, body: object) -> requests.Response:
    return requests.post(f"{mock.url}/auth/{path}", json=body, timeout=5)


def _fire(mock: TiledeskMock, token: str) -> requests.Response:
    return requests.post(
        f"{mock.url}/{mock.project_id}/events",
        json={"name": "order.paid"},
        headers={"Authorization": token},
        timeout=5,
    )


def test_token_of_sign_in_is_accepted(tiledesk_mock: TiledeskMock) -> None:
    """The token has the word JWT before it, and is sent as it came."""
    email, password = tiledesk_mock.owner.basic or ("", "")

    token = _post(tiledesk_mock, "signin", {"email": email, "password": password}).json()["token"]

    assert token.startswith("JWT ")
    assert _fire(tiledesk_mock, token).status_code == 200


def test_claims_are_those_of_the_server(tiledesk_mock: TiledeskMock) -> None:
    """Clients that read their token find the same claims in production."""
    email, password = tiledesk_mock.owner.basic or ("", "")
    token = _post(tiledesk_mock, "signin", {"email": email, "password": password}).json()["token"]

    claims = jwt.decode(token.removeprefix("JWT "), options={"verify_signature": False})

    assert list(claims) == [
        "email",
        "firstname",
        "lastname",
        "emailverified",
        "_id",
        "iat",
        "aud",
        "iss",
        "sub",
        "jti",
    ]


def test_guest_can_fire_events(tiledesk_mock: TiledeskMock) -> None:
    """An anonymous sign-in makes a member of the project."""
    guest = _post(tiledesk_mock, "signinAnonymously", {"id_project": tiledesk_mock.project_id}).json()

    fired = _fire(tiledesk_mock, guest["token"])

    assert fired.json()["createdBy"] == guest["user"]["_id"]
    assert fired.json()["project_user"]["role"] == "guest"


def test_new_user_can_sign_in_and_is_no_member(tiledesk_mock: TiledeskMock) -> None:
    """A new user is a member of no project."""
    person = {"email": "New@Example.com", "password": "s3cret", "firstname": "N", "lastname": "N"}
    _post(tiledesk_mock, "signup", person)

    token = _post(tiledesk_mock, "signin", {"email": "new@example.com", "password": "s3cret"}).json()["token"]

    assert _fire(tiledesk_mock, token).json()["msg"] == "you dont belong to the project."


@pytest.mark.parametrize("role", ["owner", "admin", "supervisor", "agent", "teammate", "user", "guest"])
def test_every_person_of_the_seed_can_fire(tiledesk_mock: TiledeskMock, role: str) -> None:
    """The tokens of the handle are accepted."""
    assert _fire(tiledesk_mock, tiledesk_mock.person(role).jwt).status_code == 200


def test_token_expires_on_the_emulators_clock(tiledesk_mock: TiledeskMock) -> None:
    """Advancing the clock is enough to test an expired token."""
    now = tiledesk_mock.emulator.clock.now() // 1000
    user = tiledesk_mock.emulator.database.people.user_by_email(tiledesk_mock.owner.email or "")
    assert user
    claims = {"_id": user.id, "exp": now + 60}
    token = "JWT " + sign_token(claims, tiledesk_mock.settings.global_secret)
    before = _fire(tiledesk_mock, token).status_code

    tiledesk_mock.clock.advance(61)

    assert (before, _fire(tiledesk_mock, token).status_code) == (200, 401)


def _test_auth(mock: TiledeskMock, claims: dict[str, object]) -> int:
    token = "JWT " + sign_token(claims, mock.settings.global_secret)
    return requests.get(f"{mock.url}/testauth", headers={"Authorization": token}, timeout=5).status_code


@pytest.mark.parametrize(("method", "path"), [("GET", "/testauth"), ("POST", "/auth/signinWithCustomToken")])
def test_header_of_three_parts_is_refused(tiledesk_mock: TiledeskMock, method: str, path: str) -> None:
    """A valid token does not help."""
    headers = {"Authorization": f"{tiledesk_mock.owner.jwt} x"}

    response = requests.request(method, f"{tiledesk_mock.url}{path}", headers=headers, timeout=5)

    assert (response.status_code, response.json()) == (403, {"success": False, "msg": "Unauthorized."})


@pytest.mark.parametrize(
    ("audience", "status"),
    [
        ("", 200),
        (0, 200),
        (["https://tiledesk.com"], 200),
        ("https://tiledesk.com//projects/x", 200),
        ("https://tiledesk.com/projects/x", 401),
        ([], 500),
        ({}, 500),
        (5, 500),
        ("tiledesk.com", 500),
    ],
)
def test_audience_is_parsed_as_a_url(tiledesk_mock: TiledeskMock, audience: object, status: int) -> None:
    """A falsy audience needs the global secret; one that is not a URL fails."""
    user = tiledesk_mock.emulator.database.people.user_by_email(tiledesk_mock.owner.email or "")
    assert user

    assert _test_auth(tiledesk_mock, {"_id": user.id, "aud": audience}) == status


@pytest.mark.parametrize(
    ("identifier", "status"),
    [(None, 401), ("", 504), (0, 504), (123456789012, 401), (5, 500), ([], 401), (["x"], 500), ({}, 500)],
)
def test_ids_in_tokens_are_cast(tiledesk_mock: TiledeskMock, identifier: object, status: int) -> None:
    """Null or an unknown id is unauthenticated; a malformed one fails, a falsy one is never answered."""
    assert _test_auth(tiledesk_mock, {"_id": identifier}) == status


@pytest.mark.parametrize("password", [12345, ["12345"], True])
def test_password_of_another_type_is_wrong(tiledesk_mock: TiledeskMock, password: object) -> None:
    """Only strings are compared, though signing up casts numbers to strings."""
    person = {"email": "new@example.com", "password": 12345, "firstname": 1.50, "lastname": True}
    user = _post(tiledesk_mock, "signup", person).json()["user"]

    response = _post(tiledesk_mock, "signin", {"email": "new@example.com", "password": password})

    assert (user["firstname"], user["lastname"]) == ("1.5", "true")
    assert response.json()["msg"] == "Authentication failed. Wrong password."
    signed_in = _post(tiledesk_mock, "signin", {"email": "new@example.com", "password": "12345"})
    assert signed_in.status_code == 200


def test_address_that_is_not_text_fails(tiledesk_mock: TiledeskMock) -> None:
    """The check looks at an array's first item; the code after it needs a string, and signing up says so."""
    body = {"email": ["new@example.com"], "password": "x", "firstname": "N", "lastname": "N"}

    responses = [_post(tiledesk_mock, path, body) for path in ("signin", "signup")]

    assert [one.status_code for one in responses] == [500, 500]
    assert responses[0].json() == {"err": "error"}
    assert responses[1].json() == {"success": False, "message": "Registration cannot be completed"}


@pytest.mark.parametrize(
    ("changed", "status"), [({"password": {}}, 500), ({"firstname": ["N"]}, 500), ({"password": 0}, 200)]
)
def test_sign_up_needs_text(tiledesk_mock: TiledeskMock, changed: dict[str, object], status: int) -> None:
    """Objects and arrays are not saved; a falsy value counts as missing, which is a 200."""
    person = {"email": "new@example.com", "password": "x", "firstname": "N", "lastname": "N"}

    response = _post(tiledesk_mock, "signup", person | changed)

    assert (response.status_code, response.json()["success"]) == (status, False)


@pytest.mark.parametrize(("name", "status"), [("id_project", 200), ("id-project", 422)])
def test_project_in_the_header_passes_only_the_check(
    tiledesk_mock: TiledeskMock, name: str, status: int
) -> None:
    """The check accepts a header of that name; the code after it makes a guest of no project."""
    headers = {name: tiledesk_mock.project_id}

    response = requests.post(
        f"{tiledesk_mock.url}/auth/signinAnonymously", json={}, headers=headers, timeout=5
    )

    assert response.status_code == status


def test_guest_has_the_fields_of_the_request(tiledesk_mock: TiledeskMock) -> None:
    """Fields of every type are kept; a falsy first name gets a default."""
    fields = {"firstname": "", "lastname": ["L"], "email": None, "attributes": {}}
    project = {"_id": tiledesk_mock.project_id}

    user = _post(tiledesk_mock, "signinAnonymously", {"id_project": project, **fields}).json()["user"]

    assert [user[name] for name in ("lastname", "email", "attributes")] == [["L"], None, {}]
    assert user["fullName"] == f"{user['firstname']} L"
    assert user["firstname"].startswith("guest#")
