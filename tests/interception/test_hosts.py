"""Which requests are answered, passed and refused."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from tiledesk_mock.interception.hosts import Hosts, Way


@pytest.mark.parametrize(
    ("netloc", "way"),
    [
        ("api.tiledesk.com", Way.ANSWER),
        ("API.Tiledesk.com", Way.ANSWER),
        ("api.tiledesk.com:443", Way.ANSWER),
        ("api.tiledesk.com.evil.org", Way.PASS),
        ("127.0.0.1:8900", Way.PASS),
    ],
)
def test_way_by_host(netloc: str, way: Way) -> None:
    """A name stands for all its ports, in any case, and for no other name."""
    assert Hosts().way(netloc) is way


@pytest.mark.parametrize(("netloc", "way"), [("a:1", Way.ANSWER), ("a:2", Way.PASS), ("a", Way.PASS)])
def test_way_by_port(netloc: str, way: Way) -> None:
    """A name with a port stands for that one."""
    assert Hosts(("a:1",)).way(netloc) is way


@pytest.mark.parametrize(
    ("passthrough", "way"),
    [(True, Way.PASS), (False, Way.REFUSE), (["b"], Way.PASS), (["c"], Way.REFUSE)],
)
def test_way_of_other_hosts(passthrough: bool | Collection[str], way: Way) -> None:
    """They pass, are refused, or pass by name."""
    assert Hosts(("a",), passthrough).way("b:80") is way
