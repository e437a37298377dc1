"""The intercepted clients, each as a function."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests

Send = Callable[..., Any]


def send_with_requests(method: str, url: str, **more: Any) -> requests.Response:
    """Send a request through requests."""
    return requests.request(method, url, **more)


def send_with_httpx(method: str, url: str, **more: Any) -> httpx.Response:
    """Send a request through httpx's client."""
    return httpx.request(method, url, **more)


def send_with_async_httpx(method: str, url: str, **more: Any) -> httpx.Response:
    """Send a request through httpx's asynchronous client."""

    async def send() -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.request(method, url, **more)

    return asyncio.run(send())


@pytest.fixture(params=[send_with_requests, send_with_httpx, send_with_async_httpx])
def send(request: pytest.FixtureRequest) -> Send:
    """Return a client as a function: `send(method, url, ...)`."""
    client: Send = request.param
    return client
