"""Addresses of this machine and others."""

from __future__ import annotations

import pytest

from tiledesk_mock.http.connections import is_local


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "app.localhost",
        "127.8.9.1",
        "::1",
        "::ffff:127.0.0.1",
        "2130706433",
        "0.0.0.0",
        "0",
        "::",
    ],
)
def test_loopback_is_local(host: str) -> None:
    """Names and addresses of this machine are local."""
    assert is_local(host)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "3221225985", "nothing", "[x"]
)
def test_other_addresses_are_not_local(host: str) -> None:
    """Other addresses in any form, and names without one, are not local."""
    assert not is_local(host)
