"""What web pages may do: the settings `cors` and `origin`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
import websocket

from tiledesk_mock import Settings, TiledeskMock, mock_tiledesk
from tiledesk_mock.errors import SettingsError

PAGE = "http://localhost:3000"


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Return an emulator that only one page may use."""
    with TiledeskMock(origin=PAGE) as started:
        yield started


def fire(mock: TiledeskMock, **headers: str) -> requests.Response:
    """Fire an event with these headers."""
    url = f"{mock.url}/{mock.project_id}/events"
    return requests.post(url, json={"name": "order.paid"}, auth=mock.agent.basic, headers=headers, timeout=10)


@pytest.mark.parametrize("headers", [{}, {"Origin": PAGE}, {"Origin": "http://LOCALHOST:3000"}])
def test_origin_that_is_set_is_served(mock: TiledeskMock, headers: dict[str, str]) -> None:
    """A page of the origin is served, and so is a client that sends no Origin."""
    response = fire(mock, **headers)

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:3001", "null", ""])
def test_other_origin_is_refused(mock: TiledeskMock, origin: str) -> None:
    """The response says why, and no page can read it."""
    response = fire(mock, Origin=origin)

    assert (response.status_code, mock.events) == (403, [])
    assert response.text.startswith(f"the origin {origin} is none of {PAGE}")
    assert "Access-Control-Allow-Origin" not in response.headers


def test_preflight_of_other_origin_is_refused(mock: TiledeskMock) -> None:
    """A browser does not send the request then."""
    response = requests.options(
        f"{mock.url}/testauth", headers={"Origin": "https://evil.example"}, timeout=10
    )

    assert response.status_code == 403


@pytest.mark.parametrize(("origin", "status"), [(PAGE, 101), ("https://evil.example", 403)])
def test_websocket_is_for_pages_of_the_origin(mock: TiledeskMock, origin: str, status: int) -> None:
    """Browsers do not apply CORS to WebSockets."""
    try:
        url = f"{mock.ws_url}?token={mock.owner.jwt[4:]}"
        websocket.create_connection(url, origin=origin, timeout=10).close()
        got = 101
    except websocket.WebSocketBadStatusException as refused:
        got = refused.status_code

    assert got == status


@pytest.mark.parametrize(
    ("host", "status"), [("localhost:3000", 200), ("127.0.0.1", 200), ("evil.example:8900", 403)]
)
def test_host_of_a_rebound_name_is_refused(mock: TiledeskMock, host: str, status: int) -> None:
    """A page whose name resolves to this machine sends no Origin with a GET, but its Host."""
    response = requests.get(f"{mock.url}/testauth", auth=mock.agent.basic, headers={"Host": host}, timeout=10)

    assert response.status_code == status


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1"])
def test_control_api_refuses_other_origin(mock: TiledeskMock, origin: str) -> None:
    """The setting does not change what /__admin refuses."""
    url = f"{mock.url.removesuffix('/v3')}/__admin/reset"

    assert requests.post(url, headers={"Origin": origin}, timeout=10).status_code == 403


def test_intercepted_request_is_served() -> None:
    """No page sends it, whatever its Host."""
    with mock_tiledesk(origin=PAGE) as intercepted:
        url = "https://api.tiledesk.com/v3/testauth"

        assert requests.get(url, auth=intercepted.agent.basic, timeout=5).status_code == 200


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
def test_response_without_cors_has_no_header_of_it(method: str) -> None:
    """A browser lets no page of another origin read it, or send credentials."""
    with TiledeskMock(cors=False) as mock:
        headers = {"Origin": PAGE, "Access-Control-Request-Headers": "authorization"}
        response = requests.request(method, f"{mock.url}/testauth", headers=headers, timeout=10)

    assert response.headers["X-Powered-By"] == "Express"
    assert not [name for name in response.headers if name.lower().startswith("access-control-")]


def test_origins_are_parsed() -> None:
    """Text has commas between them; a slash at the end and the case do not count."""
    settings = Settings(origin="http://localhost:3000/, HTTPS://shop.example")  # type: ignore[arg-type]

    assert settings.origin == ("http://localhost:3000", "https://shop.example")
    assert Settings(origin=["HTTP://a:1"]).origin == ("http://a:1",)  # type: ignore[arg-type]


@pytest.mark.parametrize("origin", ["localhost:3000", "http://localhost:3000/path", "*", ("x",), 5])
def test_origin_that_no_browser_sends_is_refused(origin: object) -> None:
    """It would refuse every page."""
    with pytest.raises(SettingsError, match="origins like http://localhost:3000"):
        Settings(origin=origin)  # type: ignore[arg-type]
