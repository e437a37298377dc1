"""The journal keeps the newest, and wakes who waits."""

from __future__ import annotations

import threading

import pytest

from tiledesk_mock.errors import SetupError
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.journal.journal import Journal
from tiledesk_mock.tiledesk.clock import Clock

ASKED = RecordedRequest("GET", "/")
ANSWERED = RecordedResponse(200)


def test_the_newest_are_kept_and_all_are_counted() -> None:
    """It is bounded by number."""
    journal = Journal(2, Clock())

    for _ in range(5):
        journal.record(ASKED, ANSWERED, 0.1)

    assert [exchange.number for exchange in journal.exchanges()] == [4, 5]


def test_large_bodies_make_room_too() -> None:
    """It is bounded by bytes."""
    journal = Journal(1000, Clock())
    large = RecordedRequest("POST", "/", (), bytes(8 * 1024 * 1024))

    for _ in range(20):
        journal.record(large, ANSWERED, 0.1)

    assert len(journal.exchanges()) == 8


def test_a_journal_of_nothing_keeps_nothing() -> None:
    """Size 0 is off."""
    journal = Journal(0, Clock())

    journal.record(ASKED, ANSWERED, 0.1)

    assert journal.exchanges() == ()


def test_times_are_the_emulators() -> None:
    """Not the machine's."""
    clock = Clock()
    clock.freeze("2026-01-31T00:00:00Z")
    journal = Journal(1, clock)

    journal.record(ASKED, ANSWERED, 0.1)

    assert journal.exchanges()[0].time == clock.now()


def test_drifts_are_counted_beyond_what_is_kept() -> None:
    """A drift is not forgotten with its request."""
    journal = Journal(1, Clock())

    for drifts in (("a", "b"), ("a",), ()):
        journal.record(ASKED, ANSWERED, 0.1, drifts=drifts)

    assert journal.drifts == {"a": 2, "b": 1}


def test_clearing_forgets_everything() -> None:
    """Numbers begin at 1 again."""
    journal = Journal(9, Clock())
    journal.record(ASKED, ANSWERED, 0.1, drifts=("a",))

    journal.clear()
    journal.record(ASKED, None, 0.1)

    assert [exchange.number for exchange in journal.exchanges()] == [1]
    assert journal.drifts == {}


def test_a_restart_forgets_what_is_under_way() -> None:
    """It belongs to the test before."""
    journal = Journal(9, Clock())
    before = journal.generation

    journal.reset()
    journal.record(ASKED, ANSWERED, 0.1, generation=before)
    journal.record(ASKED, ANSWERED, 0.1, generation=journal.generation)

    assert [exchange.number for exchange in journal.exchanges()] == [1]


def test_who_waits_is_woken_by_a_record() -> None:
    """Not by looking now and then."""
    journal = Journal(9, Clock())
    before = journal.changes()
    timer = threading.Timer(0.05, journal.record, [ASKED, ANSWERED, 0.1])
    timer.start()

    after = journal.changes(before, 10)

    timer.join()
    assert after == before + 1


def test_who_waits_in_vain_gets_the_same_number() -> None:
    """The time is over, nothing happened."""
    journal = Journal(9, Clock())

    assert journal.changes(journal.changes(), 0.01) == journal.changes()


def test_who_waits_for_a_closed_journal_is_told() -> None:
    """Nothing will happen any more."""
    journal = Journal(9, Clock())
    timer = threading.Timer(0.05, journal.close)
    timer.start()

    with pytest.raises(SetupError, match="stopped"):
        journal.changes(journal.changes(), 10)

    timer.join()


def test_many_threads_write_one_after_the_other() -> None:
    """Every exchange has its own number."""
    journal = Journal(10_000, Clock())

    def write() -> None:
        for _ in range(200):
            journal.record(ASKED, ANSWERED, 0.1)

    threads = [threading.Thread(target=write) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [exchange.number for exchange in journal.exchanges()] == list(range(1, 3201))
