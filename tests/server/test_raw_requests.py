"""Raw requests get the bytes that the real server answers with, and connections end as there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .raw_requests import Case, emulator, load, play

DOCUMENT = load()
CASES: list[Case] = DOCUMENT["cases"]
ANSWERS = {"received", "closes", "end"}


def group_of(case: Case) -> str:
    """Return the group of a case."""
    return str(case["name"]).partition(": ")[0]


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """Return the address of an emulator for all cases."""
    with emulator() as address:
        yield address


@pytest.mark.parametrize("group", sorted(set(map(group_of, CASES))))
def test_raw_requests_get_the_answers_of_the_real_server(group: str, address: tuple[str, int]) -> None:
    """Each request gets those answers, or what the table lists as a difference."""
    for case in CASES:
        if group_of(case) == group:
            expected = case.get("ours", case)
            received, end = (
                "".join(map(DOCUMENT["answers"].get, expected.get(key, []))) for key in ("received", "end")
            )
            closes = expected.get("closes", False)

            answered = play(case, address, None if closes else len(received))

            assert (case["name"], answered) == (case["name"], (received, closes, end))


def test_listed_differences_are_some() -> None:
    """Each listed difference has a reason, and still exists."""
    listed = [case for case in CASES if "differs" in case]

    assert all(case["ours"] != {key: case[key] for key in case.keys() & ANSWERS} for case in listed)
    assert len(listed) < 30
