"""The rate limit over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.testing import Person


@pytest.fixture
def limited() -> Iterator[TiledeskMock]:
    """Return an emulator with a limit of three requests a minute and a stopped clock."""
    with TiledeskMock(rate_limit="3/min") as mock:
        mock.clock.freeze()
        yield mock


def _send(mock: TiledeskMock, person: Person) -> requests.Response:
    return requests.get(f"{mock.url}/testauth", auth=person.basic, timeout=10)


def test_request_over_the_limit_is_refused(limited: TiledeskMock) -> None:
    """The response has Tiledesk's body, and the seconds until the next request is allowed."""
    statuses = [_send(limited, limited.owner).status_code for _ in range(3)]

    refused = _send(limited, limited.owner)

    assert statuses == [200, 200, 200]
    assert (refused.status_code, refused.json()["msg"]) == (429, "Too many requests.")
    assert refused.headers["Retry-After"] == "60"


def test_limit_is_per_caller(limited: TiledeskMock) -> None:
    """Other callers on the same machine do not count."""
    for _ in range(4):
        _send(limited, limited.owner)

    assert _send(limited, limited.agent).status_code == 200


def test_another_token_is_the_same_caller(limited: TiledeskMock) -> None:
    """All tokens of a person count together, and Basic credentials with them."""
    url = f"{limited.url}/testauth"
    for _ in range(2):
        requests.get(url, headers=limited.owner.headers, timeout=10)
    requests.get(url, auth=limited.owner.basic, timeout=10)

    assert requests.get(url, headers=limited.owner.headers, timeout=10).status_code == 429


def test_unauthenticated_callers_count_by_address(limited: TiledeskMock) -> None:
    """Their credentials do not matter."""
    url = f"{limited.url}/testauth"

    statuses = [requests.get(url, auth=(f"unknown-{n}", "x"), timeout=10).status_code for n in range(4)]

    assert statuses == [401, 401, 401, 429]


def test_window_follows_the_clock(limited: TiledeskMock) -> None:
    """No test waits for a minute."""
    for _ in range(3):
        _send(limited, limited.owner)

    limited.clock.advance(60)

    assert _send(limited, limited.owner).status_code == 200


def test_limit_that_the_server_lacks_is_a_drift(limited: TiledeskMock) -> None:
    """In the documented dialect, header and journal name it."""
    responses = [_send(limited, limited.owner) for _ in range(4)]

    assert [response.headers.get("X-Tiledesk-Mock-Drift") for response in responses] == [None] * 3 + [
        "rate-limit"
    ]
    assert limited.drifts == {"rate-limit": 1}


def test_reset_begins_a_new_window(limited: TiledeskMock) -> None:
    """Tests do not use up each other's limit."""
    for _ in range(3):
        _send(limited, limited.owner)

    limited.reset()

    assert _send(limited, limited.owner).status_code == 200


def test_without_a_limit_everything_passes(tiledesk_mock: TiledeskMock) -> None:
    """The real server has no limit by default."""
    statuses = {_send(tiledesk_mock, tiledesk_mock.owner).status_code for _ in range(250)}

    assert statuses == {200}
