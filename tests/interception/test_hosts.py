"""Which requests are intercepted, passed and refused."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from tiledesk_mock.interception.hosts import Action, Hosts


@pytest.mark.parametrize(
    ("netloc", "action"),
    [
        ("api.tiledesk.com", Action.INTERCEPT),
        ("API.Tiledesk.com", Action.INTERCEPT),
        ("api.tiledesk.com:443", Action.INTERCEPT),
        ("api.tiledesk.com.evil.org", Action.PASS),
        ("127.0.0.1:8900", Action.PASS),
    ],
)
def test_action_by_host(netloc: str, action: Action) -> None:
    """A name is valid for all ports, in any case."""
    assert Hosts().action_for(netloc) is action


@pytest.mark.parametrize(
    ("netloc", "action"), [("a:1", Action.INTERCEPT), ("a:2", Action.PASS), ("a", Action.PASS)]
)
def test_action_by_port(netloc: str, action: Action) -> None:
    """A name with a port is valid for that port."""
    assert Hosts(("a:1",)).action_for(netloc) is action


@pytest.mark.parametrize(
    ("passthrough", "action"),
    [(True, Action.PASS), (False, Action.REFUSE), (["b"], Action.PASS), (["c"], Action.REFUSE)],
)
def test_action_for_other_hosts(passthrough: bool | Collection[str], action: Action) -> None:
    """They pass, are refused, or pass if they are named."""
    assert Hosts(("a",), passthrough).action_for("b:80") is action
