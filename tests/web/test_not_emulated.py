"""Which paths are routes of Tiledesk that are not emulated."""

from __future__ import annotations

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.web.not_emulated import is_not_emulated

ROUTES = [
    ("GET", "/P/requests"),
    ("POST", "/P/webhooks/x"),
    ("GET", "/projects"),
    ("HEAD", "/projects/ID"),
    ("PUT", "/auth/requestresetpsw"),
    ("PUT", "/auth/resetpsw/KEY"),
    ("POST", "/users/loginemail"),
    ("GET", "/Modules"),
    ("DELETE", "/logs/a/b/c"),
    ("GET", "/users_util/ID"),
]
OTHERS = [
    ("GET", "/P/unknown"),
    ("GET", "/P"),
    ("PUT", "/projects"),
    ("GET", "/projects/ID/x"),
    ("POST", "/auth/requestresetpsw"),
    ("PUT", "/auth/resetpsw"),
    ("GET", "/users_util"),
    ("GET", "/widgets"),
    ("GET", "/userss"),
]


@pytest.mark.parametrize(
    ("method", "path", "expected"), [(*one, True) for one in ROUTES] + [(*one, False) for one in OTHERS]
)
def test_is_not_emulated(method: str, path: str, expected: bool) -> None:
    """Method and path decide, as on the real server: other paths are those of a project."""
    assert is_not_emulated(method, path) is expected


@pytest.mark.parametrize(("method", "path"), [("GET", "/v3/projects/ID/"), ("PUT", "/auth/requestresetpsw")])
def test_route_outside_of_projects_is_marked(tiledesk_mock: TiledeskMock, method: str, path: str) -> None:
    """The response is no error of a project whose id is that word."""
    response = requests.request(method, f"{tiledesk_mock.url.removesuffix('/v3')}{path}")

    assert (response.status_code, response.headers["X-Tiledesk-Mock"]) == (404, "not emulated")
    assert [exchange.request.path for exchange in tiledesk_mock.requests.unmatched] == [path]
