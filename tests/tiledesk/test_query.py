"""The query of a list of events; `data/conditions.json` has the results of mongoose."""

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


def query_of(text: str, *, sort_field: bool = False) -> EventQuery:
    """Return the parsed query of a query string."""
    return parse_event_query("p", parse_query(text), sort_field=sort_field)


@pytest.mark.parametrize(("text", "expected"), library_results("conditions"))
def test_project_user(text: str, expected: Any) -> None:
    """Ids, lists and operators match the same project users as in MongoDB, or get no response."""
    if expected == "never":
        with pytest.raises((NoResponse, InvalidDirection)):
            query_of(text)
        return
    condition = query_of(text).project_user

    assert (condition is None) == (expected == "none")
    assert condition is None or [condition.matches(user) for user in PROJECT_USERS] == expected


@pytest.mark.parametrize("text", ["project_user=twelve chars", "project_user[$in][]=twelve chars"])
def test_project_user_one_id_has_a_single_id(text: str) -> None:
    """The store can look up a single id."""
    condition = query_of(text).project_user

    assert condition is not None
    assert condition.single_id == b"twelve chars".hex()


def test_project_user_negated_has_no_single_id() -> None:
    """All ids but one match."""
    condition = query_of("project_user[$ne]=twelve chars").project_user

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
    """The page is converted as by JavaScript's `Number()`; NaN is the first page."""
    assert query_of(f"page={page}").skip == skip


@pytest.mark.parametrize(("text", "skip"), [("page[]=1", 40), ("page=9&page=1", 0), ("page[x]=1", 0)])
def test_page_array_or_object(text: str, skip: int) -> None:
    """An array of one item counts as the item; other arrays and objects are NaN."""
    assert query_of(text).skip == skip


@pytest.mark.parametrize("page", ["-1", "Infinity", "-Infinity", "1e308"])
def test_page_refused_by_mongodb_raises(page: str) -> None:
    """Tiledesk does not respond."""
    with pytest.raises(NoResponse, match="page="):
        query_of(f"page={page}")


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("1", 1), ("asc", 1), ("ASCENDING", 1), ("-1", -1), ("Desc", -1), ("descending", -1), ("", -1)],
)
def test_direction(direction: str, expected: int) -> None:
    """The words of mongoose are accepted in any case; the default is descending."""
    assert query_of(f"direction={direction}").direction == expected


@pytest.mark.parametrize(
    "text", ["=0", "=2", "=up", "=1.0", "=%201", "=1&direction=-1", "[x]=1", "[toString]=1"]
)
def test_direction_refused_by_mongoose_raises(text: str) -> None:
    """Tiledesk responds with an error."""
    with pytest.raises(InvalidDirection):
        query_of(f"direction{text}")


@pytest.mark.parametrize("text", ["page=-1", "sort=$where", "project_user=nope", "page=Infinity&sort=a..b"])
def test_direction_is_checked_first(text: str) -> None:
    """Mongoose refuses a direction before MongoDB refuses the rest of the query."""
    with pytest.raises(InvalidDirection):
        query_of(f"{text}&direction=up")


@pytest.mark.parametrize("text", ["[toString]=1", "[$type][toString]=1", "[$exists][toString]=1"])
def test_project_user_without_text_raises(text: str) -> None:
    """Tiledesk does not respond, even if JavaScript cannot convert the value to text."""
    with pytest.raises(NoResponse, match="project_user"):
        query_of(f"project_user{text}")


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
    """The field is the parameter as text; `sortField` is ignored."""
    assert query_of(text).sort == sort


@pytest.mark.parametrize("sort", ["$where", "a..b", ".a", "a.", "a.$b", ".", "a%00b", "a." * 200 + "a"])
def test_sort_refused_by_mongodb_raises(sort: str) -> None:
    """Tiledesk does not respond."""
    with pytest.raises(NoResponse, match="can't sort"):
        query_of(f"sort={sort}")


@pytest.mark.parametrize(
    ("text", "sort"),
    [("sortField=name&sort=a", "name"), ("sortField=id", "_id"), ("sortField=&sort=a", "a")],
)
def test_sort_field_as_documented(text: str, sort: str) -> None:
    """A filled `sortField` wins, and its `id` is `_id`."""
    assert query_of(text, sort_field=True).sort == sort
