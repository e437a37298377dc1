"""Events are stored, found, listed in pages, and expire."""

from __future__ import annotations

import pytest

from tiledesk_mock.store.database import Database
from tiledesk_mock.tiledesk.clock import to_milliseconds
from tiledesk_mock.tiledesk.model import Dataset
from tiledesk_mock.tiledesk.query import PER_PAGE, EventQuery

PROJECT = "p" * 24
ALICE, BOB = "a" * 24, "b" * 24


def ids(events):
    """Return the numbers that the events were made with."""
    return [int(event.id, 16) for event in events]


def fill(database, make_event, count, **fields):
    """Store `count` events."""
    for number in range(count):
        database.events.add(make_event(number, **fields))


def test_event_is_found_by_id(database, make_event):
    """A stored event is returned unchanged."""
    event = make_event(1, attributes={"a": [1, {"b": None}], "città": "Lecce \ud800"})

    database.events.add(event)

    assert database.events.get(event.id) == event
    assert database.events.get("0" * 24) is None


def test_event_is_a_copy(database, make_event):
    """Changing the attributes of an added or returned event does not change the stored event."""
    attributes = {"list": [1]}
    database.events.add(make_event(1, attributes=attributes))

    attributes["list"].append(2)
    next(database.events.all()).attributes["list"].append(3)

    assert database.events.get(make_event(1).id).attributes == {"list": [1]}


def test_event_added_after_a_replacement_overwrites_no_other(database, make_event):
    """The next event gets a number of its own, with a savepoint and without."""
    for is_saved in (False, True):
        savepoint = database.savepoint() if is_saved else None
        database.events.add(make_event(99))
        database.replace(Dataset(events=tuple(make_event(number) for number in range(5))))
        database.events.add(make_event(50))

        assert ids(database.events.all()) == [0, 1, 2, 3, 4, 50]
        if savepoint:
            database.release(savepoint)


def test_event_added_after_a_rollback_overwrites_no_other(tmp_path, make_event):
    """The next event gets a number above those of the restored events."""
    with Database(tmp_path / "x.json") as database:
        fill(database, make_event, 10)

    with Database(tmp_path / "x.json") as database:
        savepoint = database.savepoint()
        database.replace(Dataset(events=(make_event(20),)))
        database.events.add(make_event(21))
        database.rollback(savepoint)
        database.events.add(make_event(30))

        assert ids(database.events.all()) == [*range(10), 30]


def test_event_with_a_stored_id_replaces_it(database, make_event):
    """An event that is added again keeps its position in the order of creation."""
    fill(database, make_event, 3)

    database.events.add(make_event(1, name="changed"))

    assert [event.name for event in database.events.all()] == ["order.paid", "changed", "order.paid"]
    assert len(database.events) == 3


@pytest.mark.parametrize("number", [float("inf"), -float("inf"), 1e308, 2**70, -0.0, 0.1])
def test_number_is_kept(database, make_event, number):
    """Numbers are returned unchanged, infinite ones too."""
    database.events.add(make_event(1, attributes={"n": number, "Infinity": 'NaN " -Infinity'}))

    assert repr(database.events.get(make_event(1).id).attributes["n"]) == repr(number)
    assert database.events.get(make_event(1).id).attributes["Infinity"] == 'NaN " -Infinity'


def test_page_is_newest_first(database, make_event):
    """A page has the newest events by default, and the count of all."""
    fill(database, make_event, 100)

    page = database.events.page(EventQuery(PROJECT, skip=PER_PAGE))

    assert ids(page.events) == list(range(59, 19, -1))
    assert page.count == 100


def test_page_beyond_the_last_is_empty(database, make_event):
    """A page after the last is empty and has the same count."""
    fill(database, make_event, 3)

    page = database.events.page(EventQuery(PROJECT, skip=PER_PAGE))

    assert (page.events, page.count) == ((), 3)


def test_page_of_a_project_without_events_is_empty(database):
    """A project without events has an empty page."""
    assert database.events.page(EventQuery(PROJECT)).count == 0


def test_events_of_one_millisecond_follow_the_direction(database, make_event):
    """Ties follow the direction if sorted by createdAt, and only then."""
    time = "2026-01-01T00:00:00.000Z"
    fill(database, make_event, 3, created_at=time, updated_at=time)

    def page(sort):
        return ids(database.events.page(EventQuery(PROJECT, sort=sort)).events)

    assert page("createdAt") == [2, 1, 0]
    assert page("updatedAt") == [0, 1, 2]


def test_order_by_a_field_follows_new_events(database, make_event):
    """An order that was used before contains later events."""
    query = EventQuery(PROJECT, sort="attributes.n", direction=1)
    database.events.add(make_event(0, attributes={"n": 5}))
    database.events.page(query)

    for number, value in ((1, 9), (2, "x"), (3, 1), (4, None)):
        database.events.add(make_event(number, attributes={"n": value}))

    assert ids(database.events.page(query).events) == [4, 3, 0, 1, 2]


def test_event_created_before_others_is_listed_before_them(database, make_event):
    """After the clock was set back, events are listed by their time."""
    for number in (5, 7, 3, 6):
        database.events.add(make_event(number))

    assert ids(database.events.page(EventQuery(PROJECT)).events) == [7, 6, 5, 3]
    assert ids(database.events.all()) == [3, 5, 6, 7]


def test_recent_events_are_newest_first(database, make_event):
    """The newest twenty events of a project user are returned, of one name if passed."""
    for number in range(60):
        user, name = (ALICE, BOB)[number % 2], ("x", "y", "z")[number % 3]
        database.events.add(make_event(number, project_user=user, name=name))

    assert ids(database.events.recent(PROJECT, ALICE)) == list(range(58, 18, -2))
    assert ids(database.events.recent(PROJECT, BOB, "y")) == list(range(55, 0, -6))
    assert database.events.recent(PROJECT, "c" * 24) == ()


def test_expired_events_are_not_seen(database, make_event):
    """Expired events are hidden everywhere at once, however many they are."""
    fill(database, make_event, 1000, attributes={"n": 1})
    by_field = EventQuery(PROJECT, sort="attributes.n")
    database.events.page(by_field)

    database.events.expire(to_milliseconds(make_event(990).created_at))

    assert len(database.events) == 10
    assert database.events.get(make_event(989).id) is None
    assert ids(database.events.all()) == list(range(990, 1000))
    assert ids(database.events.recent(PROJECT, ALICE)) == list(range(999, 989, -1))
    assert ids(database.events.page(by_field).events) == list(range(990, 1000))
    assert database.events.page(EventQuery(PROJECT, direction=1)).count == 10


def test_expired_events_are_removed_in_pieces(database, make_event):
    """Each call removes some, until all are removed."""
    fill(database, make_event, 1000)

    removed = [database.events.expire(to_milliseconds(make_event(900).created_at)) for _ in range(6)]

    assert sum(removed) == 900
    assert max(removed) < 500
    assert ids(database.events.page(EventQuery(PROJECT, direction=1)).events) == list(range(900, 940))


def test_expired_events_are_still_hidden_when_the_clock_is_set_back(database, make_event):
    """Expired events are still hidden; an event of the earlier time is listed."""
    fill(database, make_event, 500)
    database.events.expire(to_milliseconds(make_event(600).created_at))

    database.events.expire(to_milliseconds(make_event(0).created_at))
    database.events.add(make_event(501))

    assert ids(database.events.all()) == [501]


def test_events_are_read_after_opening_again(tmp_path, make_event):
    """A file has added and changed events, and not the removed ones."""
    with Database(tmp_path / "x.json") as database:
        fill(database, make_event, 300)
        database.events.add(make_event(250, name="changed"))
        database.events.expire(to_milliseconds(make_event(100).created_at))

    with Database(tmp_path / "x.json") as database:
        assert ids(database.events.all()) == list(range(100, 300))
        assert database.events.get(make_event(250).id).name == "changed"
        database.events.add(make_event(300))
        assert ids(database.events.page(EventQuery(PROJECT)).events)[:2] == [300, 299]


def test_log_and_index_share_the_numbers_of_replaced_events(database, make_event):
    """Each event has one number in memory, which takes 28 bytes."""
    database.replace(Dataset(events=tuple(map(make_event, range(1000)))))

    stored = set(map(id, database._events.ids()))

    assert stored == set(map(id, database.events.index.numbers.values()))
