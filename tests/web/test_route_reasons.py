"""Why a path has no route."""

from __future__ import annotations

import logging

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
        ("GET", "/nope/leads", "'nope' is not the id of a project, which the path begins with"),
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
    """Not emulated, another method, a near path, and none at all have reasons of their own."""
    mock = tiledesk_mock

    requests.request(method, mock.url + path.replace("PROJECT", mock.project_id), timeout=5)

    found = (mock.requests[-1].reason or "").replace(mock.project_id, "PROJECT")
    assert found.startswith(expected)


def test_route_that_is_not_emulated_is_named_whatever_is_refused_first(
    tiledesk_mock: TiledeskMock, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log and in the reason; the response is that of the real server, to a malformed project."""
    caplog.set_level(logging.INFO)

    response = requests.get(f"{tiledesk_mock.url}/nope/leads", timeout=5)

    reason = tiledesk_mock.requests.unmatched[0].reason or ""
    assert response.json() == {"error": "Invalid project id: nope"}
    assert reason.endswith("; and the emulator does not have this route of Tiledesk's")
    assert "not emulated: GET /nope/leads" in caplog.messages
