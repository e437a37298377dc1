"""The guard blocks connections to the real Tiledesk."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import httpcore
import httpx
import pytest
import requests

from tiledesk_mock.interception.guard import Guard, RealHostRefused


def _with_asyncio() -> None:
    asyncio.run(asyncio.open_connection("api.tiledesk.com", 443))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "connect",
    [
        lambda: socket.create_connection(("rtm.tiledesk.com", 443)),
        lambda: socket.getaddrinfo(b"API.tiledesk.com.", 443),
        lambda: socket.gethostbyname("api.tiledesk.com"),
        lambda: requests.get("https://api.tiledesk.com"),
        lambda: requests.get("https://api.tiledesk.com", proxies={"https": "http://127.0.0.1:9"}),
        lambda: httpx.get("https://api.tiledesk.com"),
        _with_asyncio,
    ],
    ids=["socket", "bytes", "gethostbyname", "requests", "proxy", "httpx", "asyncio"],
)
def test_real_host_has_no_address(connect: Callable[[], object]) -> None:
    """Every client fails as without a network, and the guard records the location."""
    with Guard() as guard, pytest.raises((OSError, httpx.ConnectError)):
        connect()

    assert guard.blocked[0].host in ("api.tiledesk.com", "rtm.tiledesk.com")
    assert ("test_guard.py:" in guard.blocked[0].location) is (connect is not _with_asyncio)


def test_error_is_that_of_a_name_that_cannot_be_resolved() -> None:
    """Clients handle it like being offline."""
    with Guard(), pytest.raises(RealHostRefused, match=r"configure the client with tiledesk_mock\.url"):
        socket.getaddrinfo("api.tiledesk.com", 443)


def test_other_hosts_have_their_addresses() -> None:
    """The guard blocks its own hosts only."""
    with Guard() as guard:
        assert socket.getaddrinfo("127.0.0.1", 80)

    assert guard.blocked == []


def test_guard_undoes_its_patches() -> None:
    """The function is the original one afterwards."""
    before = socket.getaddrinfo

    with Guard():
        pass

    assert socket.getaddrinfo is before


def _requests_by_http(proxy: str) -> object:
    return requests.get("http://api.tiledesk.com/", proxies={"http": proxy}, timeout=5)


def _httpx(proxy: str) -> object:
    with httpx.Client(proxy=proxy, timeout=5) as client:
        return client.get("https://api.tiledesk.com/")


def _async_httpx(proxy: str) -> object:
    async def send() -> object:
        async with httpx.AsyncClient(proxy=proxy, timeout=5) as client:
            return await client.get("https://api.tiledesk.com/")

    return asyncio.run(send())


@pytest.mark.parametrize("connect", [_requests_by_http, _httpx, _async_httpx])
def test_real_host_is_not_reached_through_a_proxy(connect: Callable[[str], object]) -> None:
    """The request fails like one without a network."""
    fails = pytest.raises((requests.ConnectionError, httpx.ConnectError))
    with socket.create_server(("127.0.0.1", 0)) as proxy, Guard() as guard, fails:
        connect(f"http://127.0.0.1:{proxy.getsockname()[1]}")

    assert [lookup.host for lookup in guard.blocked] == ["api.tiledesk.com"]


def test_mocks_of_httpx_work_under_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a mock responds below the transport."""
    monkeypatch.setattr(httpcore.ConnectionPool, "handle_request", lambda *_: httpcore.Response(204))

    with Guard() as guard:
        response = httpx.get("https://api.tiledesk.com/")

    assert (response.status_code, guard.blocked) == (204, [])
