"""The modes of an emulator, through the control API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tiledesk_mock.testing import TiledeskMock

from ..cassettes.recordings import SERVER

SIGN_IN = {"email": "owner@example.com", "password": "owner-secret"}


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Return an emulator with the control API."""
    with TiledeskMock() as handle:
        yield handle


def _admin(mock: TiledeskMock, method: str, path: str, body: Any = None) -> Any:
    return requests.request(method, f"{mock.url.removesuffix('/v3')}/__admin/{path}", json=body)


def test_default_mode_is_emulate(mock: TiledeskMock) -> None:
    """The cassette is empty."""
    assert _admin(mock, "GET", "mode").json() == {"mode": "emulate"}
    assert _admin(mock, "GET", "cassette").json()["log"]["entries"] == []


def test_cassette_that_is_sent_is_replayed(mock: TiledeskMock) -> None:
    """The mode lists unused entries and misses."""
    document = {
        "mode": "replay",
        "cassette": json.loads(SERVER.read_text()),
        "repeat": "forever",
        "strict": True,
    }
    _admin(mock, "PUT", "mode", document)

    message = requests.post(f"{mock.url}/auth/signin", json=SIGN_IN).json()
    missed = requests.get(f"{mock.url}/nothing")
    mode = _admin(mock, "GET", "mode").json()

    assert message["user"]["firstname"] == "Olivia"
    assert (mode["mode"], mode["entries"], len(mode["unused"])) == ("replay", 11, 10)
    assert mode["misses"] == [missed.json()["message"]]


def test_reset_begins_the_replay_again(mock: TiledeskMock) -> None:
    """An entry that can be used once can be used once more."""
    _admin(mock, "PUT", "mode", {"mode": "replay", "cassette": json.loads(SERVER.read_text())})
    message = [requests.post(f"{mock.url}/auth/signin", json=SIGN_IN).status_code for _ in range(2)]

    _admin(mock, "POST", "reset")

    assert [*message, requests.post(f"{mock.url}/auth/signin", json=SIGN_IN).status_code] == [200, 502, 200]


@pytest.mark.tiledesk_mock(cassette=str(SERVER), record="none")
def test_reset_of_the_fixture_begins_the_replay_again(tiledesk_mock: TiledeskMock) -> None:
    """Every reset rewinds the mode."""
    first = requests.post(f"{tiledesk_mock.url}/auth/signin", json=SIGN_IN).status_code

    tiledesk_mock.reset()

    assert [first, requests.post(f"{tiledesk_mock.url}/auth/signin", json=SIGN_IN).status_code] == [200, 200]


def test_recording_is_returned_redacted(mock: TiledeskMock) -> None:
    """The HAR has no secrets and can be replayed."""
    with TiledeskMock() as upstream:
        _admin(mock, "PUT", "mode", {"mode": "record", "upstream": upstream.url, "redact": ["firstname"]})
        requests.post(f"{mock.url}/auth/signin", json=SIGN_IN)
        har = _admin(mock, "GET", "cassette")
        assert _admin(mock, "GET", "mode").json() == {"mode": "record", "recorded": 1}
    _admin(mock, "PUT", "mode", {"mode": "replay", "cassette": har.json()})

    message = requests.post(f"{mock.url}/auth/signin", json=SIGN_IN).json()

    assert not [secret for secret in ("owner-secret", "owner@", "eyJ", "Olivia") if secret in har.text]
    assert message["user"]["lastname"] == "Owner"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "mode: None is not one of emulate, replay, record"),
        ({"mode": "play"}, "mode: 'play' is not one of"),
        ({"mode": "emulate", "fallback": True}, "fallback: unknown; expected one of mode"),
        ({"mode": "replay"}, "the cassette that was sent: expected a HAR"),
        (
            {"mode": "replay", "cassette": {"log": {"entries": [1]}}},
            "log.entries[0]: expected an object, not 1",
        ),
        (
            {"mode": "replay", "cassette": {"log": {"entries": []}}, "order": "x"},
            'order: expected one of any, strict, not "x"',
        ),
        (
            {"mode": "replay", "cassette": {"log": {"entries": []}}, "fallback": 1},
            "fallback: expected true or false, not 1",
        ),
        ({"mode": "record"}, "upstream: missing; expected an http or https URL"),
        ({"mode": "record", "upstream": "x"}, "upstream: 'x' is not an http or https URL"),
        (
            {"mode": "record", "upstream": "http://h", "redact": "x"},
            'redact: expected a list of names, not "x"',
        ),
    ],
)
def test_wrong_mode_is_refused(mock: TiledeskMock, document: Any, message: str) -> None:
    """The error has what was expected, and the mode does not change."""
    refused = _admin(mock, "PUT", "mode", document)

    assert refused.status_code == 400
    assert message in refused.json()["error"]
    assert _admin(mock, "GET", "mode").json() == {"mode": "emulate"}


def test_offer_of_http_2_is_replayed_as_the_request_that_it_is(mock: TiledeskMock) -> None:
    """In a mode, an emulator is a proxy, which drops the offer. The body is read."""
    _admin(mock, "PUT", "mode", {"mode": "replay", "cassette": json.loads(SERVER.read_text())})
    headers = {"Connection": "Upgrade", "Upgrade": "h2c"}

    response = requests.post(f"{mock.url}/auth/signin", json=SIGN_IN, headers=headers)

    assert (response.status_code, response.json()["success"]) == (200, True)
