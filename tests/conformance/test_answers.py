"""Names in place of what differs from run to run, and the differences of two answers."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.differences import differences
from conformance.names import Names

ID, OTHER = "6b0d9d2acacfb337418aa351", "6b0d9d2acacfb337418aa352"


def test_names_follow_the_order_of_appearance() -> None:
    """The same id has the same name in all answers of a case; ids of the recorded world stay."""
    names = Names()

    assert names.replaced({"a": ID, "b": OTHER}) == {"a": "<id:1>", "b": "<id:2>"}
    assert names.replaced([OTHER, "65a000000000000000000001"]) == ["<id:2>", "65a000000000000000000001"]


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"at": "2026-03-01T10:00:00.000Z"}, {"at": "<time>"}),
        ({"at": "2026-01-01T00:00:00.000Z"}, {"at": "2026-01-01T00:00:00.000Z"}),
        ({"iat": 1700000000}, {"iat": "<iat>"}),
        ({"exp": 4102444800.5}, {"exp": 4102444800.5}),
        ({"token": "jwt eyJhbGciOiJI.eyJh.x-_"}, {"token": "jwt <jwt>"}),
        ({"user": {"password": f"$2a$10${'b' * 53}", "x": 1}}, {"user": {"x": 1}}),
    ],
)
def test_what_differs_from_run_to_run_is_replaced(value: Any, named: Any) -> None:
    """Times, tokens and generated names are; hashes of passwords are taken out."""
    assert Names().replaced(value) == named


@pytest.mark.parametrize(
    ("real", "emulator", "places"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, []),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, ["order of keys"]),
        ({"user": {"a": 1, "b": 2}}, {"user": {"b": 2, "a": 1}}, []),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, ["a.*.b"]),
        ({"a": [1]}, {"a": []}, ["a"]),
        ({"a": None}, {}, ["a"]),
        ({"status": "no answer"}, {"status": 504, "json": {}}, []),
        ({"status": "no answer"}, {"status": 500}, ["status"]),
    ],
)
def test_differences_have_their_place(real: Any, emulator: Any, places: list[str]) -> None:
    """Types and the order of keys count, but for people's; a 504 stands for no answer."""
    assert [difference.place for difference in differences(real, emulator)] == places
