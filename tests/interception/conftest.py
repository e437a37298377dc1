"""Clients that are intercepted, as one function each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests

Ask = Callable[..., Any]


def ask_with_requests(method: str, url: str, **more: Any) -> requests.Response:
    """Send a request through requests."""
    return requests.request(method, url, **more)


def ask_with_httpx(method: str, url: str, **more: Any) -> httpx.Response:
    """Send a request through httpx's client."""
    return httpx.request(method, url, **more)


def ask_with_async_httpx(method: str, url: str, **more: Any) -> httpx.Response:
    """Send a request through httpx's asynchronous client."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.request(method, url, **more)

    return asyncio.run(ask())


@pytest.fixture(params=[ask_with_requests, ask_with_httpx, ask_with_async_httpx])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Return a client as a function: `ask(method, url, ...)`."""
    client: Ask = request.param
    return client
