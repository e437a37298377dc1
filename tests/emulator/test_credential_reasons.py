"""The reasons why credentials are refused."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.tiledesk.auth import AUDIENCE, sign_token

OTHER = "65b0000000000000000000b7"
LONG_AGO = 1_000


def reason(mock: TiledeskMock, header: str | None, query: str = "") -> str:
    """Return why a request with this Authorization header is refused."""
    headers = {} if header is None else {"Authorization": header}
    url = f"{mock.url}/{mock.project_id}/events{query}"
    response = requests.get(url, headers=headers, timeout=5)
    assert response.status_code in (400, 401, 403, 500)
    return mock.requests[-1].reason or ""


def basic(text: str) -> str:
    """Return a header with the base64 of a text."""
    return f"Basic {b64encode(text.encode()).decode()}"


def token(mock: TiledeskMock, secret: str | None = None, **claims: Any) -> str:
    """Return a header with a token of the global secret, or of another one."""
    return f"JWT {sign_token(claims, secret or mock.emulator.settings.global_secret)}"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "no credentials: the request has no Authorization header (Basic, or JWT TOKEN)"),
        ("JWT", "no token follows the word JWT in the Authorization header"),
        ("JWT JWT x.y.z", "is the word JWT again: a token of a sign-in begins with it already"),
        ("JWT undefined", "is the word undefined: the client has no token yet"),
        ('JWT "x.y.z"', "is in quotation marks, which have to go"),
        ("JWT x.y", "is malformed: it has 2 parts between points, not 3"),
        ("JWT x.y.z", "is malformed: its parts are not base64url of JSON"),
        ("Bearer abc", "the Authorization header has the scheme Bearer: write JWT before a token"),
        ("Digest abc", "the Authorization header has the scheme Digest: write JWT before a token"),
        ("abc", "the Authorization header is one word: put its scheme (JWT or Basic) before it"),
        (
            "Basic owner@example.com:x",
            "what follows Basic is plain text, and has to be the base64 of EMAIL:PASSWORD",
        ),
        ("Basic ", "nothing follows the word Basic: it needs the base64 of EMAIL:PASSWORD"),
        (basic("owner"), "what follows Basic is not the base64 of EMAIL:PASSWORD: decoded, it has no colon"),
        (basic("ownr@example.com:x"), "no user has the e-mail address ownr@example.com: did you mean owner@"),
        (basic("owner:x"), "no user has the e-mail address owner: it has to be an e-mail address"),
        (basic("owner@example.com:x"), "the password of owner@example.com is wrong"),
        (
            basic("owner@example.com:x:y"),
            "the password of owner@example.com is wrong: Tiledesk reads it up to its",
        ),
    ],
)
def test_reason_of_a_header(tiledesk_mock: TiledeskMock, header: str | None, expected: str) -> None:
    """Schemes, malformed credentials, unknown people and wrong passwords have reasons of their own."""
    assert expected in reason(tiledesk_mock, header)


def test_reason_of_a_password_with_a_line_break(tiledesk_mock: TiledeskMock) -> None:
    """As `echo` makes it."""
    found = reason(tiledesk_mock, basic(f"owner@example.com:{tiledesk_mock.owner.password}\n"))

    assert found == (
        "the password of owner@example.com has white space around it (echo adds a line break: use printf)"
    )


def test_reason_of_a_right_token_behind_bearer(tiledesk_mock: TiledeskMock) -> None:
    """The scheme is all that is wrong."""
    found = reason(tiledesk_mock, f"Bearer {tiledesk_mock.owner.jwt.removeprefix('JWT ')}")

    assert found.endswith("has the scheme Bearer: write JWT before a token (the token itself is valid)")


def test_reason_of_a_bare_token(tiledesk_mock: TiledeskMock) -> None:
    """It has no scheme."""
    found = reason(tiledesk_mock, tiledesk_mock.owner.jwt.removeprefix("JWT "))

    assert found == "the Authorization header is one word: put the word JWT and a space before it"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?jwt=", "the token in the parameter jwt does not count: it belongs into the Authorization header"),
        (
            "?secret_token=",
            "the secret_token in the query is right, but Tiledesk wants an Authorization header",
        ),
        ("?secret_token=x", "and the secret_token in the query"),
    ],
)
def test_reason_of_a_token_in_the_query(tiledesk_mock: TiledeskMock, query: str, expected: str) -> None:
    """Only secret_token is read there, and not without a header."""
    bare = tiledesk_mock.owner.jwt.removeprefix("JWT ")

    assert expected in reason(tiledesk_mock, None, query + bare)


def test_reason_of_a_token_of_the_wrong_secret_names_both(tiledesk_mock: TiledeskMock) -> None:
    """That which has signed it, and that which has to."""
    project = tiledesk_mock.emulator.database.people.projects()[0]

    found = reason(tiledesk_mock, token(tiledesk_mock, project.jwt_secret, _id="x", aud=AUDIENCE))

    assert f"is signed with the jwtSecret of the project {project.name}" in found
    assert found.endswith("and has to be signed with the global secret (the setting global_secret)")
    assert str(project.jwt_secret) not in found


def test_reason_of_a_token_of_an_unknown_secret(tiledesk_mock: TiledeskMock) -> None:
    """As of another server."""
    found = reason(tiledesk_mock, token(tiledesk_mock, "another-secret", _id="x", aud=AUDIENCE))

    assert "is signed with no secret of this emulator's, and has to be signed with the global secret" in found


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"_id": "x", "aud": f"{AUDIENCE}/projects/{'a' * 24}"}, "but no project has this id"),
        ({"_id": "x", "aud": f"{AUDIENCE}/projects/{OTHER}"}, "but the project Other has no jwtSecret"),
        ({"_id": "x", "aud": f"{AUDIENCE}/bots/{'a' * 24}"}, "but no bot has this id, or it has no secret"),
        ({"sub": "user"}, "has no _id, which says whose it is"),
        (
            {"_id": "a" * 24, "sub": "user"},
            'is signed well, but no user has its _id, "aaaaaaaaaaaaaaaaaaaaaaaa"',
        ),
        ({"_id": "a" * 24, "sub": "customer"}, '(it has the sub "customer", so it is taken for a user\'s)'),
        ({"_id": "a" * 24, "sub": ["user"]}, "(it has the sub an array, so it is taken for a user's)"),
        ({"_id": "x", "sub": "user"}, "Tiledesk fails on the token: its _id is not the id of a user"),
        ({"_id": "x", "aud": "x"}, "Tiledesk fails on the token: its aud is not a URL"),
        ({"_id": "x", "exp": "soon"}, 'has the exp "soon", which is not a number of seconds since 1970'),
    ],
)
def test_reason_of_claims(tiledesk_mock: TiledeskMock, claims: dict[str, Any], expected: str) -> None:
    """Audience, subject, holder and times have reasons of their own."""
    tiledesk_mock.seed(projects=[{"_id": OTHER, "name": "Other"}])

    assert expected in reason(tiledesk_mock, token(tiledesk_mock, **claims))


def test_reason_of_an_expired_token_names_the_clock(tiledesk_mock: TiledeskMock) -> None:
    """And whether a tester has moved or frozen it."""
    expired = token(tiledesk_mock, _id="x", exp=LONG_AGO)
    ending = reason(tiledesk_mock, expired)
    tiledesk_mock.clock.set("2030-01-01T00:00:00Z")
    after_set = reason(tiledesk_mock, expired)
    tiledesk_mock.clock.freeze("2030-01-01T00:00:00Z")

    assert "expired at 1970-01-01T00:16:40.000Z, and it is " in ending
    assert ending.endswith(" by the emulator's clock")
    assert after_set.endswith(" by the emulator's clock, which was set")
    assert reason(tiledesk_mock, expired).endswith(
        "2030-01-01T00:00:00.000Z by the emulator's clock, which is frozen"
    )


def test_reason_of_a_disabled_user(tiledesk_mock: TiledeskMock) -> None:
    """It is not that of a wrong password."""
    tiledesk_mock.seed(users=[{"email": "off@example.com", "password": "x", "status": 0}])

    assert reason(tiledesk_mock, basic("off@example.com:x")) == (
        "the user off@example.com is disabled (status 0, not 100)"
    )


def test_reason_of_a_header_of_three_words(tiledesk_mock: TiledeskMock) -> None:
    """The credentials are right, and Tiledesk refuses the header later."""
    found = reason(tiledesk_mock, f"{tiledesk_mock.owner.jwt} x")

    assert found == (
        "the credentials are right, but the Authorization header does not have exactly two words, but 3, "
        "counted by its spaces"
    )


@pytest.mark.parametrize(
    "header", ["hunter2", "hunter2 x", "Basic hunter2", "Bearer hunter2", "JWT hunter2", "JWT: hunter2"]
)
def test_reason_shows_no_word_of_a_header(tiledesk_mock: TiledeskMock, header: str) -> None:
    """Any of them may be a secret."""
    assert "hunter2" not in reason(tiledesk_mock, header)
