"""Signing in and up, beyond what the recorded exchanges show."""

from __future__ import annotations

import jwt
import pytest
import requests

from tiledesk_mock import TiledeskMock


def _post(mock: TiledeskMock, path: str, body: object) -> requests.Response:
    return requests.post(f"{mock.url}/auth/{path}", json=body, timeout=5)


def _fire(mock: TiledeskMock, token: str) -> requests.Response:
    return requests.post(
        f"{mock.url}/{mock.project_id}/events",
        json={"name": "order.paid"},
        headers={"Authorization": token},
        timeout=5,
    )


def test_the_token_of_a_sign_in_opens_the_api(tiledesk_mock: TiledeskMock) -> None:
    """It comes with the word JWT and is sent back as it came."""
    email, password = tiledesk_mock.owner.basic or ("", "")

    token = _post(tiledesk_mock, "signin", {"email": email, "password": password}).json()["token"]

    assert token.startswith("JWT ")
    assert _fire(tiledesk_mock, token).status_code == 200


def test_the_claims_of_a_token_are_the_servers(tiledesk_mock: TiledeskMock) -> None:
    """Clients that look into their token find what they find in production."""
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


def test_a_guest_signs_in_and_fires(tiledesk_mock: TiledeskMock) -> None:
    """Signing in anonymously makes a member of the project."""
    guest = _post(tiledesk_mock, "signinAnonymously", {"id_project": tiledesk_mock.project_id}).json()

    fired = _fire(tiledesk_mock, guest["token"])

    assert fired.json()["createdBy"] == guest["user"]["_id"]
    assert fired.json()["project_user"]["role"] == "guest"


def test_who_signed_up_can_sign_in_but_belongs_nowhere(tiledesk_mock: TiledeskMock) -> None:
    """A new user is a member of no project."""
    person = {"email": "New@Example.com", "password": "s3cret", "firstname": "N", "lastname": "N"}
    _post(tiledesk_mock, "signup", person)

    token = _post(tiledesk_mock, "signin", {"email": "new@example.com", "password": "s3cret"}).json()["token"]

    assert _fire(tiledesk_mock, token).json()["msg"] == "you dont belong to the project."


@pytest.mark.parametrize("role", ["owner", "admin", "supervisor", "agent", "teammate", "user", "guest"])
def test_every_person_of_the_seed_can_fire(tiledesk_mock: TiledeskMock, role: str) -> None:
    """The handle's tokens are good."""
    assert _fire(tiledesk_mock, tiledesk_mock.person(role).jwt).status_code == 200


def test_a_token_expires_on_the_emulators_clock(tiledesk_mock: TiledeskMock) -> None:
    """Advancing the clock is enough to see a client meet an expired token."""
    now = tiledesk_mock.emulator.clock.now() // 1000
    user = tiledesk_mock.emulator.database.people.user_by_email(tiledesk_mock.owner.email or "")
    assert user
    claims = {"_id": user.id, "exp": now + 60}
    token = "JWT " + tiledesk_mock.emulator.tokens.sign(claims, tiledesk_mock.settings.global_secret)
    before = _fire(tiledesk_mock, token).status_code

    tiledesk_mock.clock.advance(61)

    assert (before, _fire(tiledesk_mock, token).status_code) == (200, 401)


def _test_auth(mock: TiledeskMock, claims: dict[str, object]) -> int:
    token = "JWT " + mock.emulator.tokens.sign(claims, mock.settings.global_secret)
    return requests.get(f"{mock.url}/testauth", headers={"Authorization": token}, timeout=5).status_code


@pytest.mark.parametrize(("method", "path"), [("GET", "/testauth"), ("POST", "/auth/signinWithCustomToken")])
def test_header_of_three_parts_is_refused_after_all(
    tiledesk_mock: TiledeskMock, method: str, path: str
) -> None:
    """Good as the token in it is."""
    headers = {"Authorization": f"{tiledesk_mock.owner.jwt} x"}

    answer = requests.request(method, f"{tiledesk_mock.url}{path}", headers=headers, timeout=5)

    assert (answer.status_code, answer.json()) == (403, {"success": False, "msg": "Unauthorized."})


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
def test_an_audience_is_read_as_a_url(tiledesk_mock: TiledeskMock, audience: object, status: int) -> None:
    """What counts as absent needs the global secret; what is made a text and no URL then fails."""
    user = tiledesk_mock.emulator.database.people.user_by_email(tiledesk_mock.owner.email or "")
    assert user

    assert _test_auth(tiledesk_mock, {"_id": user.id, "aud": audience}) == status


@pytest.mark.parametrize(
    ("identifier", "status"),
    [(None, 401), ("", 401), (0, 401), (123456789012, 401), (5, 500), ([], 401), (["x"], 500), ({}, 500)],
)
def test_ids_in_tokens_are_cast(tiledesk_mock: TiledeskMock, identifier: object, status: int) -> None:
    """What counts as absent is nobody's, as is an id that nobody has; Tiledesk fails on one that is none."""
    assert _test_auth(tiledesk_mock, {"_id": identifier}) == status


@pytest.mark.parametrize("password", [12345, ["12345"], True])
def test_a_password_of_another_type_is_wrong(tiledesk_mock: TiledeskMock, password: object) -> None:
    """Only texts are compared, though signing up makes a text of a number."""
    person = {"email": "new@example.com", "password": 12345, "firstname": 1.50, "lastname": True}
    shown = _post(tiledesk_mock, "signup", person).json()["user"]

    answer = _post(tiledesk_mock, "signin", {"email": "new@example.com", "password": password})

    assert (shown["firstname"], shown["lastname"]) == ("1.5", "true")
    assert answer.json()["msg"] == "Authentication failed. Wrong password."
    signed_in = _post(tiledesk_mock, "signin", {"email": "new@example.com", "password": "12345"})
    assert signed_in.status_code == 200


def test_an_address_that_is_no_text_is_stumbled_over(tiledesk_mock: TiledeskMock) -> None:
    """The check looks at an array's first item; what comes after it takes the address for a text."""
    body = {"email": ["new@example.com"], "password": "x", "firstname": "N", "lastname": "N"}

    answers = [_post(tiledesk_mock, path, body) for path in ("signin", "signup")]

    assert [(one.status_code, one.json()) for one in answers] == [(500, {"err": "error"})] * 2


@pytest.mark.parametrize(
    ("changed", "status"), [({"password": {}}, 500), ({"firstname": ["N"]}, 500), ({"password": 0}, 200)]
)
def test_who_signs_up_gives_texts(
    tiledesk_mock: TiledeskMock, changed: dict[str, object], status: int
) -> None:
    """Objects and arrays are not saved; what counts as absent is asked for, with a 200."""
    person = {"email": "new@example.com", "password": "x", "firstname": "N", "lastname": "N"}

    answer = _post(tiledesk_mock, "signup", person | changed)

    assert (answer.status_code, answer.json()["success"]) == (status, False)


@pytest.mark.parametrize(("name", "status"), [("id_project", 500), ("id-project", 422)])
def test_a_project_in_the_header_passes_the_check_only(
    tiledesk_mock: TiledeskMock, name: str, status: int
) -> None:
    """The check looks there as well, for the very name; what comes after it does not."""
    headers = {name: tiledesk_mock.project_id}

    answer = requests.post(f"{tiledesk_mock.url}/auth/signinAnonymously", json={}, headers=headers, timeout=5)

    assert answer.status_code == status


def test_a_guest_is_what_was_given(tiledesk_mock: TiledeskMock) -> None:
    """Fields of every type are kept; a first name that counts as absent gets a default."""
    given = {"firstname": "", "lastname": ["L"], "email": None, "attributes": {}}
    project = {"_id": tiledesk_mock.project_id}

    user = _post(tiledesk_mock, "signinAnonymously", {"id_project": project, **given}).json()["user"]

    assert [user[name] for name in ("lastname", "email", "attributes")] == [["L"], None, {}]
    assert user["fullName"] == f"{user['firstname']} L"
    assert user["firstname"].startswith("guest#")
