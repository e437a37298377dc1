"""Why a path has no route."""

from __future__ import annotations

import pytest
import requests

from tiledesk_mock import TiledeskMock


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        (
            "GET",
            "/modules",
            "Tiledesk has GET /modules, and the emulator does not have it: a stub can serve it",
        ),
        ("GET", "/PROJECT/leads", "Tiledesk has GET /PROJECT/leads, and the emulator does not have it"),
        ("PUT", "/PROJECT/events", "there is no route PUT /PROJECT/events: this path takes GET, POST"),
        ("POST", "/PROJECT/event", "there is no route POST /PROJECT/event: did you mean /PROJECT/events?"),
        (
            "GET",
            "/PROJECT/events/a/b",
            "there is no route GET /PROJECT/events/a/b: did you mean /PROJECT/events/a?",
        ),
        ("GET", "/PROJECT/unknown", "there is no route GET /PROJECT/unknown"),
        ("GET", "/auth/signin", "there is no route GET /auth/signin: this path takes POST"),
        (
            "POST",
            "/auth/signinAnonymus",
            "there is no route POST /auth/signinanonymus: did you mean /auth/signinAnon",
        ),
    ],
)
def test_reason_of_a_path_without_route(
    tiledesk_mock: TiledeskMock, method: str, path: str, expected: str
) -> None:
    """Not emulated, another method, a near path, and none at all are told apart."""
    mock = tiledesk_mock

    requests.request(method, mock.url + path.replace("PROJECT", mock.project_id), timeout=5)

    found = (mock.requests[-1].reason or "").replace(mock.project_id, "PROJECT")
    assert found.startswith(expected)
