"""Secrets and old entries in cassettes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tiledesk_mock.cassettes.cassette import Entry
from tiledesk_mock.cassettes.checks import Finding, find_old_entries, find_secrets, find_unused_cassettes
from tiledesk_mock.cassettes.files import read_cassette, write_cassette
from tiledesk_mock.cassettes.record import redact_entries
from tiledesk_mock.redaction.redactor import Redaction

from .recordings import EVENTS, SERVER, cassette, request, response

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJfaWQiOiI2NWEwMDAwMDAwMDAwMDAwMDAwMDAwMDEifQ.c2lnbmF0dXJl"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a cassette."""
    return tmp_path / "session.har"


def _kinds(found: list[Finding]) -> list[tuple[str, str]]:
    return [(one.kind, one.location) for one in found]


def _attributes(path: Path, **attributes: object) -> list[Finding]:
    sent = request("POST", EVENTS, {"name": "n", "attributes": attributes})
    write_cassette(path, cassette((sent, response({}))).entries)
    return list(find_secrets(path))


def test_secrets_are_found_with_their_locations() -> None:
    """Each finding names the entry and the field in it, and has only the beginning of the secret."""
    found = list(find_secrets(SERVER))

    assert ("password", "log.entries[0] request body password") in _kinds(found)
    assert ("jwt", "log.entries[1] request header Authorization") in _kinds(found)
    assert ("cookie", "log.entries[8] response header Set-Cookie") in _kinds(found)
    assert ("secret", "log.entries[9] response header x-hook-secret") in _kinds(found)
    assert not any("owner-secret" in str(one) for one in found)


def test_redacted_cassette_has_no_findings(path: Path) -> None:
    """Recorder and scanner agree on what is secret."""
    write_cassette(path, redact_entries(read_cassette(SERVER).entries))

    assert list(find_secrets(path)) == []


@pytest.mark.parametrize("word", ["kJ8sQ2vX9mZ4pL7wR1tY6uB3", "AKIAIOSFODNN7EXAMPLEkey9Qw2"])
def test_random_word_is_found(path: Path, word: str) -> None:
    """A key of any name and form is found because it is random."""
    assert _kinds(_attributes(path, note=f"key {word}")) == [
        ("random", "log.entries[0] request body attributes.note")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "65f0000000000000000000ff",
        "4be578d4-8ff4-492b-9ed8-2a2b9964632b",
        "2026-01-31T12:00:00.000Z",
        "a-long-name-of-some-thing-in-2026",
        "https://example.com/some/path/of/several/words",
        "ThisIsAVeryLongCamelCaseWord",
    ],
)
def test_ids_times_and_words_are_not_secret(path: Path, text: str) -> None:
    """A text is not secret because it is long."""
    assert _attributes(path, note=text) == []


def test_secrets_beside_the_entries_are_found(path: Path) -> None:
    """A comment or a title may have one."""
    write_cassette(path, ())
    document = json.loads(path.read_text())
    document["log"]["comment"] = f"signed in as jo@shop.example with {JWT}"
    path.write_text(json.dumps(document, indent=1))

    found = list(find_secrets(path))

    assert sorted(one.kind for one in found) == ["e-mail", "jwt"]
    assert {one.location.split()[0] for one in found} == {"line"}


def test_more_names_are_looked_for(path: Path) -> None:
    """The names are those of a redaction."""
    write_cassette(path, cassette((request("GET", "/p", X_Shop="12"), response({}))).entries)

    found = list(find_secrets(path, Redaction(names=["x-shop"])))

    assert _kinds(found) == [("secret", "log.entries[0] request header X-Shop")]


def test_old_entries_are_found(path: Path) -> None:
    """Entries have the time at which they were recorded."""
    now = datetime(2026, 3, 1, tzinfo=timezone.utc)
    exchange = request("GET", "/p"), response({})
    times = ("2026-01-31T12:00:00.000Z", "2026-02-28T12:00:00Z")
    write_cassette(path, [Entry(*exchange, started=time) for time in times])

    assert _kinds(list(find_old_entries(path, 7, now))) == [("old", "log.entries[0]")]


def test_entries_without_a_time_are_as_old_as_the_file(tmp_path: Path) -> None:
    """VCR.py does not write times."""
    path = tmp_path / "session.yaml"
    path.write_text(
        "interactions:\n- request: {method: GET, uri: 'http://h/p', body: null, headers: {}}\n"
        "  response: {status: {code: 200}, headers: {}, body: {string: ''}}\nversion: 1\n"
    )
    now = datetime.now(timezone.utc)

    assert list(find_old_entries(path, 1, now)) == []
    assert len(list(find_old_entries(path, 1, now + timedelta(days=2)))) == 1


def test_cassette_without_a_reference_is_unused(tmp_path: Path) -> None:
    """A name counts with its ending and without, as a whole word."""
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_a.py").write_text(
        '@mark(cassette="paid")\n@mark(cassette="cassettes/sent.har")\n# unpaid2\n'
    )
    paths = [tests / "cassettes" / name for name in ("paid.har", "sent.har", "unpaid.har")]

    found = list(find_unused_cassettes(paths, [tests]))

    assert [Path(one.file).name for one in found] == ["unpaid.har"]
