"""The rate limit as a client meets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.testing import Person


@pytest.fixture
def limited() -> Iterator[TiledeskMock]:
    """Return an emulator that lets three requests a minute pass, and whose clock stands still."""
    with TiledeskMock(rate_limit="3/min") as mock:
        mock.clock.freeze()
        yield mock


def _ask(mock: TiledeskMock, person: Person) -> requests.Response:
    return requests.get(f"{mock.url}/testauth", auth=person.basic, timeout=10)


def test_what_is_too_much_is_refused(limited: TiledeskMock) -> None:
    """With the body that Tiledesk would have, and when to come again."""
    statuses = [_ask(limited, limited.owner).status_code for _ in range(3)]

    refused = _ask(limited, limited.owner)

    assert statuses == [200, 200, 200]
    assert (refused.status_code, refused.json()["msg"]) == (429, "Too many requests.")
    assert refused.headers["Retry-After"] == "60"


def test_the_limit_is_each_callers_own(limited: TiledeskMock) -> None:
    """Whoever else asks from the same machine."""
    for _ in range(4):
        _ask(limited, limited.owner)

    assert _ask(limited, limited.agent).status_code == 200


def test_whoever_signs_in_anew_is_the_same_caller(limited: TiledeskMock) -> None:
    """Each of their tokens is another, and Basic credentials are theirs, too."""
    url = f"{limited.url}/testauth"
    for _ in range(2):
        requests.get(url, headers=limited.owner.headers, timeout=10)
    requests.get(url, auth=limited.owner.basic, timeout=10)

    assert requests.get(url, headers=limited.owner.headers, timeout=10).status_code == 429


def test_strangers_count_by_their_address(limited: TiledeskMock) -> None:
    """However they call themselves."""
    url = f"{limited.url}/testauth"

    statuses = [requests.get(url, auth=(f"nobody-{n}", "x"), timeout=10).status_code for n in range(4)]

    assert statuses == [401, 401, 401, 429]


def test_the_window_follows_the_clock(limited: TiledeskMock) -> None:
    """No test waits for a minute."""
    for _ in range(3):
        _ask(limited, limited.owner)

    limited.clock.advance(60)

    assert _ask(limited, limited.owner).status_code == 200


def test_a_limit_that_the_server_lacks_is_a_drift(limited: TiledeskMock) -> None:
    """In the documented dialect, header and journal say so."""
    answers = [_ask(limited, limited.owner) for _ in range(4)]

    assert [answer.headers.get("X-Tiledesk-Mock-Drift") for answer in answers] == [None] * 3 + ["rate-limit"]
    assert limited.drifts == {"rate-limit": 1}


def test_a_reset_begins_a_new_window(limited: TiledeskMock) -> None:
    """Tests do not use up each other's."""
    for _ in range(3):
        _ask(limited, limited.owner)

    limited.reset()

    assert _ask(limited, limited.owner).status_code == 200


def test_without_a_limit_everything_passes(tiledesk_mock: TiledeskMock) -> None:
    """As on the measured server."""
    statuses = {_ask(tiledesk_mock, tiledesk_mock.owner).status_code for _ in range(250)}

    assert statuses == {200}
