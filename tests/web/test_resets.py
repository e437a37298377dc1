"""Requests that are under way while everything goes back to the seed, or to a snapshot."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from tiledesk_mock import TiledeskMock


def _fire(mock: TiledeskMock) -> requests.Response:
    url = f"{mock.url}/{mock.project_id}/events"
    return requests.post(url, json={"name": "late"}, auth=mock.owner.basic, timeout=20)


def _under_way(mock: TiledeskMock, call: Callable[[], requests.Response]) -> Future[requests.Response]:
    """Begin a request, and wait until a fault strikes it."""
    (fault,) = mock.faults
    pool = ThreadPoolExecutor(1)
    began = pool.submit(call)
    while not mock.faults.hits(fault.id):
        time.sleep(0.005)
    pool.shutdown(wait=False)
    return began


@contextmanager
def _again_and_again(call: Callable[[], object]) -> Iterator[list[Exception]]:
    """Call something in another thread until the block ends; give what it raised."""
    is_over, raised = threading.Event(), list[Exception]()

    def run() -> None:
        try:
            while not is_over.is_set():
                call()
        except Exception as error:  # noqa: BLE001  (whatever it is, the test shows it)
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield raised
    finally:
        is_over.set()
        thread.join()


def test_delayed_request_has_no_effect_after_a_reset(tiledesk_mock: TiledeskMock) -> None:
    """It belongs to the test before: nothing is stored, nothing is in the journal."""
    tiledesk_mock.faults.latency(0.3)
    asked = _under_way(tiledesk_mock, lambda: _fire(tiledesk_mock))

    tiledesk_mock.reset()

    with pytest.raises(requests.ConnectionError):
        asked.result()
    assert tiledesk_mock.events == []
    assert len(tiledesk_mock.requests) == 0


def test_hanging_request_ends_with_a_reset(tiledesk_mock: TiledeskMock) -> None:
    """Neither its client nor its thread is left behind."""
    tiledesk_mock.faults.hang()
    asked = _under_way(tiledesk_mock, lambda: _fire(tiledesk_mock))

    tiledesk_mock.reset()

    with pytest.raises(requests.ConnectionError):
        asked.result(timeout=10)


def test_snapshot_is_no_mixture(tiledesk_mock: TiledeskMock) -> None:
    """What others fire while one goes back and forth is in none of them."""
    tiledesk_mock.fire("one")
    tiledesk_mock.snapshot("one")
    tiledesk_mock.fire("two")
    tiledesk_mock.snapshot("two")
    tiledesk_mock.fire("three")

    with _again_and_again(lambda: _fire(tiledesk_mock)) as raised:
        for name in ("two", "one", "two") * 30:
            tiledesk_mock.restore(name)
    tiledesk_mock.restore("two")

    assert raised == []
    assert [event["name"] for event in tiledesk_mock.events] == ["one", "two"]


def test_people_are_there_while_snapshots_are_restored() -> None:
    """Whoever is in all of them is let in at any moment."""
    people = TiledeskMock(seed="busy").start()
    statuses: set[int] = set()
    try:
        people.snapshot("a")
        people.fire("one")
        people.snapshot("b")
        auth = people.owner.basic
        asking = lambda: statuses.add(requests.get(f"{people.url}/testauth", auth=auth).status_code)  # noqa: E731
        with _again_and_again(asking) as raised:
            for name in ("a", "b") * 20:
                people.restore(name)
    finally:
        people.stop()

    assert raised == []
    assert statuses == {200}


def test_changed_record_is_there_at_any_moment(tiledesk_mock: TiledeskMock) -> None:
    """Between the old form of a subscription and the new one there is none without it."""
    base, auth = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/subscriptions", tiledesk_mock.owner.basic
    made = requests.post(
        base, json={"event": "event.emit.x", "target": "http://127.0.0.1:1"}, auth=auth
    ).json()
    hooks = tiledesk_mock.emulator.database.subscriptions
    hook = hooks.get(made["_id"])
    assert hook is not None

    with _again_and_again(lambda: hooks.update(hook)) as raised:
        found = {
            (hooks.get(hook.id) is None, len(hooks.matching(hook.id_project, hook.event)))
            for _ in range(20_000)
        }

    assert raised == []
    assert found == {(False, 1)}


def test_of_two_seeds_with_the_same_person_one_is_refused(tiledesk_mock: TiledeskMock) -> None:
    """Whoever comes first is there; what is exported can be imported."""
    seed = {"users": [{"email": "ann@example.com", "password": "x"}]}
    with ThreadPoolExecutor(8) as pool:
        tried = [pool.submit(tiledesk_mock.seed, seed) for _ in range(8)]

    assert sum(one.exception() is None for one in tried) == 1
    emails = [user["email"] for user in tiledesk_mock.emulator.export()["users"]]
    assert emails.count("ann@example.com") == 1
