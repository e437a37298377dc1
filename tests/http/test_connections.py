"""Addresses of this machine and others."""

from __future__ import annotations

import pytest

from tiledesk_mock.http.connections import is_local


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://app.localhost/",
        "http://127.8.9.1:80/x",
        "http://[::1]:8080/",
        "http://[::ffff:127.0.0.1]/",
    ],
)
def test_loopback_is_local(url: str) -> None:
    """Names and addresses of this machine are local."""
    assert is_local(url)


@pytest.mark.parametrize("url", ["http://192.0.2.1/", "http://[2001:db8::1]/", "nothing", "http://[x/"])
def test_other_addresses_are_not_local(url: str) -> None:
    """Other addresses, and URLs without one, are not local."""
    assert not is_local(url)
