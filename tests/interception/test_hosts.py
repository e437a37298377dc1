"""Which requests are answered, passed and refused."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from tiledesk_mock.interception.hosts import Action, Hosts


@pytest.mark.parametrize(
    ("netloc", "way"),
    [
        ("api.tiledesk.com", Action.INTERCEPT),
        ("API.Tiledesk.com", Action.INTERCEPT),
        ("api.tiledesk.com:443", Action.INTERCEPT),
        ("api.tiledesk.com.evil.org", Action.PASS),
        ("127.0.0.1:8900", Action.PASS),
    ],
)
def test_way_by_host(netloc: str, way: Action) -> None:
    """A name stands for all its ports, in any case, and for no other name."""
    assert Hosts().action_for(netloc) is way


@pytest.mark.parametrize(
    ("netloc", "way"), [("a:1", Action.INTERCEPT), ("a:2", Action.PASS), ("a", Action.PASS)]
)
def test_way_by_port(netloc: str, way: Action) -> None:
    """A name with a port stands for that one."""
    assert Hosts(("a:1",)).action_for(netloc) is way


@pytest.mark.parametrize(
    ("passthrough", "way"),
    [(True, Action.PASS), (False, Action.REFUSE), (["b"], Action.PASS), (["c"], Action.REFUSE)],
)
def test_way_of_other_hosts(passthrough: bool | Collection[str], way: Action) -> None:
    """They pass, are refused, or pass by name."""
    assert Hosts(("a",), passthrough).action_for("b:80") is way
