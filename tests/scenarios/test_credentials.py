"""Who plays in scenarios: from a file, and from a seed."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import ScenarioError
from tiledesk_mock.redaction.secrets import header_and_claims
from tiledesk_mock.scenarios.credentials import Credentials, read_credentials, seed_credentials, sign

from ..contract_recordings import CONTRACT

PEOPLE = """
project: 65b000000000000000000001
secret: global
people:
  owner: {user: me@shop.example, password: "a:b", claims: {_id: "1", sub: user, aud: "https://x/{project}"}}
  agent: {token: "JWT abc"}
  odd: {authorization: "Basic"}
  other: {like: owner, without: [sub], claims: {_id: "2"}, secret: own, algorithm: HS512}
  plain: {user: plain@shop.example, password: x}
"""


@pytest.fixture
def cast(tmp_path: Path) -> Credentials:
    """Return the cast of a file."""
    path = tmp_path / "cast.yaml"
    path.write_text(PEOPLE)
    return read_credentials(path)


def test_person_comes_by_password_or_with_what_is_ready(cast: Credentials) -> None:
    """User and password are Basic; a token and a header go as they are."""
    assert cast.header("owner") == "Basic " + base64.b64encode(b"me@shop.example:a:b").decode()
    assert cast.header("agent") == cast.header("agent/jwt") == "JWT abc"
    assert cast.header("odd") == "Basic"


def test_person_comes_by_token_signed_from_claims(cast: Credentials) -> None:
    """With the secret of the cast or their own, and the variables filled in."""
    owner, other = (
        header_and_claims((cast.header(name) or "").removeprefix("JWT ")) for name in ("owner/jwt", "other")
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


def test_person_without_claims_has_to_sign_in_for_a_token(cast: Credentials) -> None:
    """That takes a request, which is the stage's to send."""
    assert cast.header("plain/jwt") is None


def test_words_are_what_both_sides_have_their_own_for(cast: Credentials) -> None:
    """Projects, addresses and passwords, by the names that scenarios use."""
    assert cast.substitutions["project"] == cast.substitutions["a"] == "65b000000000000000000001"
    assert (cast.substitutions["plain.user"], cast.substitutions["plain.password"]) == (
        "plain@shop.example",
        "x",
    )
    assert "agent.user" not in cast.substitutions


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
        ("{people: {}, 1: x, z: y}", "line 1, column 14: expected YAML: the key 1 is no text"),
        ("{people: !!int foo}", "line 1, column 10: expected YAML: "),
    ],
)
def test_wrong_cast_is_refused_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    """The message has file, place, and what was expected."""
    path = tmp_path / "cast.yaml"
    path.write_text(text)

    with pytest.raises(ScenarioError) as refusal:
        read_credentials(path)

    assert str(refusal.value).startswith(f"{path}: {expected}")


def test_unsigned_token_has_no_signature() -> None:
    """A server has to refuse it."""
    assert sign({"a": 1}, "secret", "none").endswith(".")


def test_cast_of_a_seed_is_its_people_by_address_and_role() -> None:
    """And its projects, the closed one too."""
    world = json.loads((CONTRACT / "world.json").read_bytes())

    cast = seed_credentials(world, "global")

    assert cast.variables == {
        "a": "65b000000000000000000001",
        "b": "65b000000000000000000002",
        "project": "65b000000000000000000001",
        "closed": "65b000000000000000000003",
    }
    assert cast.people.keys() >= {"owner", "outsider", "left", "auditor", "guest", "user", "bot"}


def test_everybody_of_the_default_seed_is_let_in() -> None:
    """By password, by token, as guest, as customer, as bot."""
    with TiledeskMock(log_level="error") as mock:
        cast = seed_credentials(mock.emulator.state.export(), mock.settings.global_secret)
        callers = [
            mock.emulator.authenticator.authenticate(cast.header(name))
            for name in (*cast.people, "owner/jwt")
        ]

    assert len(callers) == len(cast.people) + 1
