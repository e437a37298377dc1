"""What a list of events is asked for; `data/conditions.json` holds what mongoose cast."""

from __future__ import annotations

from typing import Any

import pytest

from tiledesk_mock.errors import InvalidDirection, NoResponse
from tiledesk_mock.node.qs import parse_query
from tiledesk_mock.tiledesk.query import EventQuery, parse_event_query

from ..node.library_results import library_results

PROJECT_USERS = [
    None,
    "65c000000000000000000001",
    "65c00000000000000000000a",
    "65c000000000000000000002",
    "f" * 24,
    "0" * 24,
]


def asked(text: str, *, sort_field: bool = False) -> EventQuery:
    """Return the query that a query string asks for."""
    return parse_event_query("p", parse_query(text), sort_field=sort_field)


@pytest.mark.parametrize(("text", "expected"), library_results("conditions"))
def test_project_user(text: str, expected: Any) -> None:
    """Ids, lists and operators let through whom they let through at MongoDB, or are never answered."""
    if expected == "never":
        with pytest.raises((NoResponse, InvalidDirection)):
            asked(text)
        return
    condition = asked(text).project_user

    assert (condition is None) == (expected == "none")
    assert condition is None or [condition.matches(user) for user in PROJECT_USERS] == expected


@pytest.mark.parametrize("text", ["project_user=twelve chars", "project_user[$in][]=twelve chars"])
def test_project_user_that_is_one_id_says_so(text: str) -> None:
    """A store can look it up then instead of going through all."""
    condition = asked(text).project_user

    assert condition is not None
    assert condition.single_id == b"twelve chars".hex()


def test_project_user_that_lets_many_through_has_no_one_id() -> None:
    """Everything but one is not one."""
    condition = asked("project_user[$ne]=twelve chars").project_user

    assert condition is not None
    assert condition.single_id is None


@pytest.mark.parametrize(
    ("page", "skip"),
    [
        ("", 0),
        ("1", 40),
        ("1.1", 44),
        ("0.01", 0),
        ("-0.01", 0),
        ("0x1", 40),
        ("%201%20", 40),
        ("1e0", 40),
        ("abc", 0),
        ("true", 0),
        ("99999999999999999999", 4 * 10**21),
    ],
)
def test_page(page: str, skip: int) -> None:
    """A page is a number as JavaScript reads it; what is none is the first."""
    assert asked(f"page={page}").skip == skip


@pytest.mark.parametrize(("text", "skip"), [("page[]=1", 40), ("page=9&page=1", 0), ("page[x]=1", 0)])
def test_page_that_is_no_text(text: str, skip: int) -> None:
    """An array of one is that one; other arrays and objects are no numbers."""
    assert asked(text).skip == skip


@pytest.mark.parametrize("page", ["-1", "Infinity", "-Infinity", "1e308"])
def test_page_that_mongodb_refuses(page: str) -> None:
    """Tiledesk does not answer then."""
    with pytest.raises(NoResponse, match="page="):
        asked(f"page={page}")


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("1", 1), ("asc", 1), ("ASCENDING", 1), ("-1", -1), ("Desc", -1), ("descending", -1), ("", -1)],
)
def test_direction(direction: str, expected: int) -> None:
    """Mongoose's words in any case; nothing is descending."""
    assert asked(f"direction={direction}").direction == expected


@pytest.mark.parametrize(
    "text", ["=0", "=2", "=up", "=1.0", "=%201", "=1&direction=-1", "[x]=1", "[toString]=1"]
)
def test_direction_that_mongoose_refuses(text: str) -> None:
    """Other words are an error."""
    with pytest.raises(InvalidDirection):
        asked(f"direction{text}")


@pytest.mark.parametrize("text", ["page=-1", "sort=$where", "project_user=nope", "page=Infinity&sort=a..b"])
def test_direction_is_refused_before_what_is_never_answered(text: str) -> None:
    """Mongoose throws while it is asked for the events, MongoDB would refuse them afterwards."""
    with pytest.raises(InvalidDirection):
        asked(f"{text}&direction=up")


@pytest.mark.parametrize("text", ["[toString]=1", "[$type][toString]=1", "[$exists][toString]=1"])
def test_project_user_that_is_no_text(text: str) -> None:
    """What cannot be an id is never answered, even where JavaScript could not make a text of it."""
    with pytest.raises(NoResponse, match="project_user"):
        asked(f"project_user{text}")


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("", "createdAt"),
        ("sort=", "createdAt"),
        ("sort=attributes.i", "attributes.i"),
        ("sort=-name", "-name"),
        ("sort[]=name", "name"),
        ("sort=a&sort=b", "a,b"),
        ("sort[name]=1", "[object Object]"),
        ("sortField=name", "createdAt"),
    ],
)
def test_sort(text: str, sort: str) -> None:
    """The field is the text of whatever was given; `sortField` counts for nothing."""
    assert asked(text).sort == sort


@pytest.mark.parametrize("sort", ["$where", "a..b", ".a", "a.", "a.$b", ".", "a%00b", "a." * 200 + "a"])
def test_sort_that_mongodb_refuses(sort: str) -> None:
    """Tiledesk does not answer then."""
    with pytest.raises(NoResponse, match="can't sort"):
        asked(f"sort={sort}")


@pytest.mark.parametrize(
    ("text", "sort"),
    [("sortField=name&sort=a", "name"), ("sortField=id", "_id"), ("sortField=&sort=a", "a")],
)
def test_sort_field_as_documented(text: str, sort: str) -> None:
    """A filled `sortField` wins, and `id` is what the documentation calls `_id`."""
    assert asked(text, sort_field=True).sort == sort
