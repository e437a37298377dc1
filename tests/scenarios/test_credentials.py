"""Credentials from a file and from a seed."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import ScenarioError
from tiledesk_mock.redaction.secrets import header_and_claims
from tiledesk_mock.scenarios.credentials import Credentials, read_credentials, seed_credentials
from tiledesk_mock.tiledesk.auth import sign_token, verify_token

from ..contract_recordings import CONTRACT

PEOPLE = """
project: 65b000000000000000000001
secret: global
jwtSecret: the project's
people:
  owner: {user: me@shop.example, password: "a:b", claims: {_id: "1", sub: user, aud: "https://x/{project}"}}
  agent: {token: "JWT abc"}
  odd: {authorization: "Basic"}
  other: {like: owner, without: [sub], claims: {_id: "2"}, secret: own, algorithm: HS512}
  plain: {user: plain@shop.example, password: x}
"""


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    """Return the credentials of a file."""
    path = tmp_path / "credentials.yaml"
    path.write_text(PEOPLE)
    return read_credentials(path)


def test_header_is_basic_or_as_written(credentials: Credentials) -> None:
    """User and password are Basic; a token and a header stay as they are."""
    assert credentials.header("owner") == "Basic " + base64.b64encode(b"me@shop.example:a:b").decode()
    assert credentials.header("agent") == credentials.header("agent/jwt") == "JWT abc"
    assert credentials.header("odd") == "Basic"


def test_token_is_signed_from_claims(credentials: Credentials) -> None:
    """It is signed with the common secret or the person's, and variables are substituted."""
    owner, other = (
        header_and_claims((credentials.header(name) or "").removeprefix("JWT "))
        for name in ("owner/jwt", "other")
    )

    assert owner
    assert other
    assert owner[1] | {"iat": 0} == {
        "iat": 0,
        "_id": "1",
        "sub": "user",
        "aud": "https://x/65b000000000000000000001",
    }
    assert other[0]["alg"] == "HS512"
    assert other[1].keys() == {"iat", "_id", "aud"}


def test_custom_token_is_signed_with_the_secret_of_the_project(credentials: Credentials) -> None:
    """It has the claims, and the time at which it was issued."""
    header = credentials.custom_token({"_id": "c-1", "role": "agent"})

    claims = verify_token(header.removeprefix("JWT "), "the project's", 0)
    assert claims.keys() == {"iat", "_id", "role"}


def test_person_without_claims_needs_a_sign_in_for_a_token(credentials: Credentials) -> None:
    """The runner signs in."""
    assert credentials.header("plain/jwt") is None


def test_substitutions_are_projects_and_credentials(credentials: Credentials) -> None:
    """They have the names that scenarios use."""
    assert (
        credentials.substitutions["project"] == credentials.substitutions["a"] == "65b000000000000000000001"
    )
    assert (credentials.substitutions["plain.user"], credentials.substitutions["plain.password"]) == (
        "plain@shop.example",
        "x",
    )
    assert "agent.user" not in credentials.substitutions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", "expected an object with project and people"),
        ("{people: {}, projects: x}", "projects: unknown; did you mean project?"),
        ("{people: {a: x}}", "people.a: expected user and password, a token, or claims"),
        ("{people: {a: {name: x}}}", "people.a.name: unknown; expected one of user, password, token"),
        ("{people: {a: {like: b}}}", "people.a.like: expected the name of a person above"),
        ("{people: {a: {like: [b]}}}", "people.a.like: expected the name of a person above"),
        ("{people: {a: {claims: 3}}}", "people.a.claims: expected an object"),
        ("{people: {a: {without: 3}}}", "people.a.without: expected a list of claims"),
        ("{people: {a: {user: 3}}}", "people.a.user: expected text"),
        ("{people: {}, variables: [1]}", "variables: expected an object"),
        ("{people: {}, 1: x, z: y}", "line 1, column 14: expected YAML: the key 1 is not text"),
        ("{people: !!int foo}", "line 1, column 10: expected YAML: "),
    ],
)
def test_wrong_credentials_are_refused_with_their_path(tmp_path: Path, text: str, expected: str) -> None:
    """The message has file, path, and what was expected."""
    path = tmp_path / "credentials.yaml"
    path.write_text(text)

    with pytest.raises(ScenarioError) as refusal:
        read_credentials(path)

    assert str(refusal.value).startswith(f"{path}: {expected}")


def test_unsigned_token_has_no_signature() -> None:
    """A server has to refuse it."""
    assert sign_token({"a": 1}, "secret", "none").endswith(".")


def test_credentials_of_a_seed_are_its_people_by_address_and_role() -> None:
    """The variables are its projects, including the closed one."""
    world = json.loads((CONTRACT / "world.json").read_bytes())

    credentials = seed_credentials(world, "global")

    assert credentials.variables == {
        "a": "65b000000000000000000001",
        "b": "65b000000000000000000002",
        "project": "65b000000000000000000001",
        "closed": "65b000000000000000000003",
    }
    assert credentials.people.keys() >= {"owner", "outsider", "left", "auditor", "guest", "user", "bot"}


def test_all_people_of_the_default_seed_are_authenticated() -> None:
    """They use a password or a token, and are users, guests, external users and bots."""
    with TiledeskMock(log_level="error") as mock:
        credentials = seed_credentials(mock.emulator.state.export(), mock.settings.global_secret)
        callers = [
            mock.emulator.authenticator.authenticate(credentials.header(name))
            for name in (*credentials.people, "owner/jwt")
        ]

    assert len(callers) == len(credentials.people) + 1
