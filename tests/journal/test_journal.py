"""The journal keeps the newest exchanges, and wakes waiting threads."""

from __future__ import annotations

import threading

import pytest

from tiledesk_mock.errors import SetupError
from tiledesk_mock.http.exchange import RecordedRequest, RecordedResponse
from tiledesk_mock.http.stopwatch import stopwatch
from tiledesk_mock.journal.journal import Journal
from tiledesk_mock.tiledesk.clock import Clock

REQUEST = RecordedRequest("GET", "/")
RESPONSE = RecordedResponse(200)


def test_newest_exchanges_are_kept_and_all_are_counted() -> None:
    """The journal is limited by the number of exchanges."""
    journal = Journal(2, Clock())

    for _ in range(5):
        journal.record(REQUEST, RESPONSE, 0.1)

    assert [exchange.number for exchange in journal.exchanges()] == [4, 5]


def test_large_bodies_remove_older_exchanges() -> None:
    """The journal is limited by the bytes of bodies, too."""
    journal = Journal(1000, Clock())
    large = RecordedRequest("POST", "/", (), bytes(8 * 1024 * 1024))

    for _ in range(20):
        journal.record(large, RESPONSE, 0.1)

    assert len(journal.exchanges()) == 8


def test_journal_of_size_0_keeps_nothing() -> None:
    """A size of 0 turns the journal off."""
    journal = Journal(0, Clock())

    journal.record(REQUEST, RESPONSE, 0.1)

    assert journal.exchanges() == ()


def test_times_are_the_emulators() -> None:
    """The time of an exchange is that of the emulator's clock."""
    clock = Clock()
    clock.freeze("2026-01-31T00:00:00Z")
    journal = Journal(1, clock)

    journal.record(REQUEST, RESPONSE, 0.1)

    assert journal.exchanges()[0].time == clock.now()


def test_drifts_of_removed_exchanges_are_counted() -> None:
    """A drift still counts when the journal no longer has its exchange."""
    journal = Journal(1, Clock())

    for drifts in (("a", "b"), ("a",), ()):
        journal.record(REQUEST, RESPONSE, 0.1, drifts=drifts)

    assert journal.drifts == {"a": 2, "b": 1}


def test_clear_removes_everything() -> None:
    """Numbers begin at 1 again."""
    journal = Journal(9, Clock())
    journal.record(REQUEST, RESPONSE, 0.1, drifts=("a",))

    journal.clear()
    journal.record(REQUEST, None, 0.1)

    assert [exchange.number for exchange in journal.exchanges()] == [1]
    assert journal.drifts == {}


def test_reset_ignores_requests_that_began_before() -> None:
    """They belong to the previous test."""
    journal = Journal(9, Clock())
    before = journal.generation

    journal.reset()
    journal.record(REQUEST, RESPONSE, 0.1, generation=before)
    journal.record(REQUEST, RESPONSE, 0.1, generation=journal.generation)

    assert [exchange.number for exchange in journal.exchanges()] == [1]


def test_generation_of_a_request_is_that_of_its_beginning() -> None:
    """A request that began before the reset is not of the new generation, wherever it is now."""
    journal = Journal(9, Clock())
    before = stopwatch()

    journal.reset()

    assert journal.generation_at(before) != journal.generation
    assert journal.generation_at(stopwatch()) == journal.generation


def test_record_wakes_a_waiting_thread() -> None:
    """A wait ends with the next exchange."""
    journal = Journal(9, Clock())
    before = journal.changes()
    timer = threading.Timer(0.05, journal.record, [REQUEST, RESPONSE, 0.1])
    timer.start()

    after = journal.changes(before, 10)

    timer.join()
    assert after == before + 1


def test_wait_without_a_change_returns_the_same_number() -> None:
    """The wait ends after the timeout."""
    journal = Journal(9, Clock())

    assert journal.changes(journal.changes(), 0.01) == journal.changes()


def test_wait_ends_with_an_error_when_the_journal_is_closed() -> None:
    """No change can follow."""
    journal = Journal(9, Clock())
    timer = threading.Timer(0.05, journal.close)
    timer.start()

    with pytest.raises(SetupError, match="stopped"):
        journal.changes(journal.changes(), 10)

    timer.join()


def test_many_threads_record_at_once() -> None:
    """Every exchange has its own number."""
    journal = Journal(10_000, Clock())

    def write() -> None:
        for _ in range(200):
            journal.record(REQUEST, RESPONSE, 0.1)

    threads = [threading.Thread(target=write) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [exchange.number for exchange in journal.exchanges()] == list(range(1, 3201))
