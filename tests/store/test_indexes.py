"""Pages have the events, order and count of a plain model."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tiledesk_mock.node.json import ABSENT
from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.model import Event
from tiledesk_mock.tiledesk.query import PER_PAGE, EventQuery
from tiledesk_mock.tiledesk.wire import event_document

USERS = ["a" * 24, "b" * 24, None]
PROJECTS = ["p" * 24, "q" * 24]
TIMES = [f"2026-01-01T00:00:0{second}.000Z" for second in range(4)]
PATHS = [
    "createdAt",
    "updatedAt",
    "_id",
    "project_user",
    "name",
    "attributes",
    "attributes.n",
    "attributes.n.m",
]

numbers = st.sampled_from([0, 1, 2, -1, 0.5, float("inf")])
scalars = st.none() | st.booleans() | numbers | st.sampled_from(["", "a", "b", "ab", "\uffff", "\U0001f600"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("mno"), inner, max_size=2),
    max_leaves=4,
)
fired = st.fixed_dictionaries(
    {
        "id_project": st.sampled_from(PROJECTS),
        "project_user": st.sampled_from(USERS),
        "name": st.sampled_from(["x", "y"]),
        "created_at": st.sampled_from(TIMES),
        "updated_at": st.sampled_from(TIMES),
        "attributes": st.just(ABSENT) | values | st.fixed_dictionaries({"n": values}),
    }
)


@dataclass(frozen=True)
class Among:
    """A condition that some project users meet, or all others."""

    users: tuple[str | None, ...]
    negated: bool = False

    @property
    def single_id(self) -> str | None:
        """Return the id if the condition is met by one project user only."""
        return self.users[0] if len(self.users) == 1 and not self.negated else None

    def matches(self, project_user: str | None) -> bool:
        """Return whether a project user meets the condition."""
        return (project_user in self.users) is not self.negated


conditions = st.none() | st.builds(
    Among, st.lists(st.sampled_from(USERS), max_size=2).map(tuple), st.booleans()
)
queries = st.builds(
    lambda *fields: EventQuery(*fields),
    st.sampled_from(PROJECTS),
    st.sampled_from([0, 0, 0, PER_PAGE, 3, 1000]),
    st.sampled_from(PATHS),
    st.sampled_from([1, -1]),
    conditions,
)


def type_of(value, path=""):
    """Return the position of a value's type in BSON's order."""
    if value is None:
        return 1
    if path in ("_id", "project_user"):
        return 6
    if path in ("createdAt", "updatedAt"):
        return 8
    return {int: 2, float: 2, str: 3, dict: 4, list: 5, bool: 7}[type(value)]


def compare(one, other, path=""):
    """Compare two values as BSON does: -1, 0 or 1."""
    types = type_of(one, path), type_of(other, path)
    if types[0] != types[1]:
        return -1 if types[0] < types[1] else 1
    if isinstance(one, dict):
        return compare_fields(list(one.items()), list(other.items()))
    if isinstance(one, list):
        return compare_fields([("", each) for each in one], [("", each) for each in other])
    if isinstance(one, str):
        one, other = one.encode(), other.encode()
    return 0 if one == other else -1 if one < other else 1


def compare_fields(one, other):
    """Compare named values one by one; if all are equal, the shorter list is less."""
    for (name, value), (other_name, other_value) in zip(one, other, strict=False):
        by_type = (type_of(value) > type_of(other_value)) - (type_of(value) < type_of(other_value))
        found = by_type or (name > other_name) - (name < other_name) or compare(value, other_value)
        if found:
            return found
    return (len(one) > len(other)) - (len(one) < len(other))


def values_at(document, path):
    """Return the values at a path; an empty list for an empty array."""
    name, _, rest = path.partition(".")
    value = document.get(name) if isinstance(document, dict) else None
    if not rest:
        return value if isinstance(value, list) else [value]
    if isinstance(value, list):
        return [found for each in value for found in nested(each, rest)] or [None]
    return nested(value, rest)


def nested(value, path):
    """Return the values at a path in an element; EMPTY for an empty array."""
    return (values_at(value, path) or [EMPTY]) if isinstance(value, dict) else [None]


class Empty:
    """An empty array, which is less than every value."""


EMPTY = Empty()


def compare_documents(one, other, path, direction):
    """Compare two documents by a path: by the least value ascending, by the greatest descending."""
    both = [sort_value(values_at(document, path), path, direction) for document in (one, other)]
    if EMPTY in both:
        return direction * ((both[0] is not EMPTY) - (both[1] is not EMPTY))
    return direction * compare(both[0], both[1], path)


def sort_value(found, path, direction):
    """Return the value of several at a path that a document is sorted by."""
    real = sorted(
        (one for one in found if one is not EMPTY), key=functools.cmp_to_key(lambda a, b: compare(a, b, path))
    )
    if not real or (direction > 0 and EMPTY in found):
        return EMPTY
    return real[0] if direction > 0 else real[-1]


def expected(events, query):
    """Return the ids of a page and the count, from sorting a list."""
    condition = query.project_user
    matching = [
        event
        for event in events
        if event.id_project == query.id_project
        and (condition is None or condition.matches(event.project_user))
    ]
    if query.sort == "createdAt" and query.direction < 0:
        matching.reverse()
    order = functools.cmp_to_key(
        lambda a, b: compare_documents(event_document(a), event_document(b), query.sort, query.direction)
    )
    ordered = sorted(matching, key=order)
    return [event.id for event in ordered[query.skip : query.skip + PER_PAGE]], len(matching)


@settings(max_examples=200, deadline=None)
@given(st.lists(fired, max_size=60), st.lists(queries, min_size=1, max_size=4), st.integers(0, 60))
def test_pages_are_those_of_a_plain_model(fields, page_queries, early):
    """Each page is that of a sorted list, whenever the order was first used."""
    events = [Event(id=f"{number:024x}", created_by="u", **each) for number, each in enumerate(fields)]
    with Database() as database:
        for event in events[:early]:
            database.events.add(event)
        for query in page_queries:
            database.events.page(query)
        for event in events[early:]:
            database.events.add(event)

        for query in page_queries:
            page = database.events.page(query)
            assert ([event.id for event in page.events], page.count) == expected(events, query)
