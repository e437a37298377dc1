"""`people`."""

from __future__ import annotations

import pytest
import requests

from tiledesk_mock import TiledeskMock

from .conftest import Verb


def test_people_are_a_table(verb: Verb) -> None:
    """A line has role, e-mail address, password, name and id."""
    lines = [line.split() for line in verb("people").out.splitlines()]

    assert lines[0] == ["role", "e-mail", "password", "name", "id"]
    assert [
        "agent",
        "agent@example.com",
        "agent-secret",
        "Agnes",
        "Agent",
        "65c0000000000000000000a4",
    ] in lines
    assert ["bot", "Robin", "65d0000000000000000000a1"] in lines


def test_one_person_is_printed(verb: Verb, mock: TiledeskMock) -> None:
    """With --json there is a token that works."""
    (person,) = verb("people", "agent", "--json").documents

    called = requests.get(f"{mock.url}/testauth", headers={"Authorization": person["jwt"]}, timeout=5)
    assert (person["email"], called.status_code) == ("agent@example.com", 200)


def test_credentials_are_printed_for_scripts(verb: Verb) -> None:
    """There is nothing else in the output."""
    assert verb("people", "agent", "--basic").out == "agent@example.com:agent-secret\n"
    assert verb("people", "guest", "--jwt").out.startswith("JWT ey")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("guest", "--basic"), 1, "has no password: use --jwt"),
        (("agnt",), 2, "no person has the role, e-mail address or id 'agnt': the roles are owner, admin, "),
        (("--jwt",), 2, "--jwt needs a person, as agent"),
        (("agent", "--jwt", "--json"), 2, "--jwt, --basic and --json exclude each other"),
    ],
)
def test_mistake_is_explained(verb: Verb, words: tuple[str, ...], code: int, message: str) -> None:
    """The output is empty."""
    ended = verb("people", *words)

    assert (ended.code, ended.out) == (code, "")
    assert message in ended.err


def test_project_is_shown_if_there_are_more(verb: Verb, mock: TiledeskMock) -> None:
    """Of one project it is known."""
    other = "65b0000000000000000000b1"
    mock.seed(
        projects=[{"name": "Other", "_id": other, "createdBy": "owner@example.com"}],
        project_users=[{"id_user": "owner@example.com", "role": "owner", "id_project": other}],
    )

    assert other in verb("people").out
