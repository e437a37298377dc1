"""What an emulator exports is imported by another one, which then answers the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tiledesk_mock.errors import EventRefused
from tiledesk_mock.node.json import Json
from tiledesk_mock.testing import TiledeskMock

from .datasets import CALLS, Call, difference

UNKNOWN = "65b0000000000000000000ff"
OWNER_AS_MEMBER = "65c0000000000000000000a1"
ADDRESS = "owner@example.com"


@settings(deadline=None, derandomize=True, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CALLS, min_size=5, max_size=15), st.sampled_from(["server", "documented"]))
def test_any_dataset_is_imported(calls: list[Call], dialect: str) -> None:
    """Random datasets come back as they were; `benchmarks/exports.py` tries thousands."""
    assert difference(calls, dialect) == ""


def _external(name: str) -> Call:
    return "CLAIMS", "/auth/signinwithcustomtoken", {"sub": "userexternal", "_id": name}, "nobody"


def _fired(attributes: Any, by: str = "owner") -> Call:
    return "POST", "/{project}/events", {"name": "order.paid", "attributes": attributes}, by


SUBSCRIBED: Call = (
    "POST",
    "/{project}/subscriptions",
    {"event": "event.emit", "target": "http://127.0.0.1:9/"},
    "owner",
)
UPDATED: Call = ("PUT", "/{project}/subscriptions/{subscription}", {"event": "", "target": ""}, "owner")
UPDATES: list[Json] = [
    {"__v": 3},
    {"event": None, "target": None},
    {"secret": None},
    {"secret": ""},
    {"global": None},
    {"createdBy": None},
    {"id_project": "65B0000000000000000000A1"},
    {"$unset": {"event": 1, "__v": 1}},
]
QUOTED = {"email": '"a@b c"@shop.example', "password": "p", "firstname": "a", "lastname": "b"}


@pytest.mark.parametrize(
    "calls",
    [
        [("POST", "/auth/signinanonymously", {"id_project": UNKNOWN}, "nobody")],
        [("POST", "/auth/signinanonymously", {"id_project": "twelve chars"}, "nobody")],
        [_external(""), _fired({}, "external")],
        [_external("jo@shop.example"), _fired({}, "external")],
        [_external(ADDRESS), _fired({}, "external"), _fired({})],
        [_external(OWNER_AS_MEMBER), _fired({}, "external"), _fired({})],
        [SUBSCRIBED, UPDATED],
        [("POST", "/auth/signup", QUOTED, "nobody")],
        [_fired({"n": float("inf"), "m": -float("inf"), "text": 'NaN "Infinity"'}), _fired({"n": None})],
        [("ADMIN", "/events", {"name": "x", "attributes": {"n": 2**53 + 1, "2": 0, "1": 0}}, "owner")],
    ],
    ids=[
        "guest of an unknown project",
        "project id of twelve characters",
        "external user without id",
        "external user with an address",
        "external user with the address of a user",
        "external user with the id of a member",
        "subscription without event and target",
        "quoted address",
        "infinity",
        "number that JavaScript rounds",
    ],
)
def test_dataset_is_imported(calls: list[Call]) -> None:
    """An earlier version refused each of these datasets, or changed it."""
    assert difference(calls, "server") == ""


@pytest.mark.parametrize("body", UPDATES, ids=str)
def test_updated_subscription_is_imported(body: Json) -> None:
    """Nulls, missing fields and their order come back."""
    assert difference([SUBSCRIBED, (*UPDATED[:2], body, "owner")], "server") == ""


def test_fired_attributes_are_not_nested_deeper_than_a_request_may_be() -> None:
    """An export with deeper ones could not be imported."""
    attributes: dict[str, Any] = {}
    for _ in range(250):
        attributes = {"a": attributes, "b": 1}

    with TiledeskMock() as mock, pytest.raises(EventRefused, match="nested deeper than 200 levels"):
        mock.fire("order.paid", attributes)


def test_infinity_is_imported_by_a_client() -> None:
    """The remote handle sends what the local one returns."""
    with TiledeskMock() as first, TiledeskMock() as second:
        first.controls.replace_state(
            {"projects": [{"name": "x"}], "events": [{"name": "n", "attributes": 1e999}]}
        )
        TiledeskMock.connect(second.url).controls.replace_state(first.controls.state())

        assert second.controls.state() == first.controls.state()
