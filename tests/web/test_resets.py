"""Requests that are under way during a reset or while a snapshot is restored."""

from __future__ import annotations

import gzip
import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import StoreError
from tiledesk_mock.http.stopwatch import stopwatch


def _fire(mock: TiledeskMock) -> requests.Response:
    url = f"{mock.url}/{mock.project_id}/events"
    return requests.post(url, json={"name": "late"}, auth=mock.owner.basic, timeout=20)


def _under_way(mock: TiledeskMock, call: Callable[[], requests.Response]) -> Future[requests.Response]:
    """Begin a request, and wait until a fault matches it."""
    (fault,) = mock.faults
    pool = ThreadPoolExecutor(1)
    began = pool.submit(call)
    while not mock.faults.hits(fault.id):
        time.sleep(0.005)
    pool.shutdown(wait=False)
    return began


@contextmanager
def _repeated(call: Callable[[], object]) -> Iterator[list[Exception]]:
    """Call a function in another thread until the block ends; yield the errors that it raised."""
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
    """Nothing is stored or recorded: the request belongs to the previous test."""
    tiledesk_mock.faults.latency(60)
    pending = _under_way(tiledesk_mock, lambda: _fire(tiledesk_mock))

    tiledesk_mock.reset()

    with pytest.raises(requests.ConnectionError):
        pending.result()
    assert tiledesk_mock.events == []
    assert len(tiledesk_mock.requests) == 0


def test_hanging_request_ends_with_a_reset(tiledesk_mock: TiledeskMock) -> None:
    """The request's client gets an error, and its thread ends."""
    tiledesk_mock.faults.hang()
    pending = _under_way(tiledesk_mock, lambda: _fire(tiledesk_mock))

    tiledesk_mock.reset()

    with pytest.raises(requests.ConnectionError):
        pending.result(timeout=10)


def test_snapshot_has_no_event_of_another(tiledesk_mock: TiledeskMock) -> None:
    """Events that are fired while snapshots are restored are in none of them."""
    tiledesk_mock.fire("one")
    tiledesk_mock.snapshot("one")
    tiledesk_mock.fire("two")
    tiledesk_mock.snapshot("two")
    tiledesk_mock.fire("three")

    with _repeated(lambda: _fire(tiledesk_mock)) as raised:
        for name in ("two", "one", "two") * 30:
            tiledesk_mock.restore(name)
    tiledesk_mock.restore("two")

    assert raised == []
    assert [event["name"] for event in tiledesk_mock.events] == ["one", "two"]


def test_people_can_sign_in_while_snapshots_are_restored() -> None:
    """People who are in all snapshots can sign in at any moment."""
    people = TiledeskMock(seed="busy").start()
    statuses: set[int] = set()
    try:
        people.snapshot("a")
        people.fire("one")
        people.snapshot("b")
        auth = people.owner.basic

        def check_credentials() -> None:
            statuses.add(requests.get(f"{people.url}/testauth", auth=auth).status_code)

        with _repeated(check_credentials) as raised:
            for name in ("a", "b") * 20:
                people.restore(name)
    finally:
        people.stop()

    assert raised == []
    assert statuses == {200}


def test_updated_record_is_always_found(tiledesk_mock: TiledeskMock) -> None:
    """A subscription is always found in its old or its new form."""
    base, auth = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/subscriptions", tiledesk_mock.owner.basic
    made = requests.post(
        base, json={"event": "event.emit.x", "target": "http://127.0.0.1:1"}, auth=auth
    ).json()
    hooks = tiledesk_mock.emulator.database.subscriptions
    hook = hooks.get(made["_id"])
    assert hook is not None

    with _repeated(lambda: hooks.save(hook)) as raised:
        found = {
            (hooks.get(hook.id) is None, len(hooks.matching(hook.id_project, hook.event)))
            for _ in range(20_000)
        }

    assert raised == []
    assert found == {(False, 1)}


def test_of_two_seeds_with_the_same_person_one_is_refused(tiledesk_mock: TiledeskMock) -> None:
    """The first one is added; the export can be imported."""
    seed = {"users": [{"email": "ann@example.com", "password": "x"}]}
    with ThreadPoolExecutor(8) as pool:
        results = [pool.submit(tiledesk_mock.seed, seed) for _ in range(8)]

    assert sum(one.exception() is None for one in results) == 1
    emails = [user["email"] for user in tiledesk_mock.emulator.state.export()["users"]]
    assert emails.count("ann@example.com") == 1


def test_reset_waits_for_requests_and_the_next_for_it(tiledesk_mock: TiledeskMock) -> None:
    """Requests under way end before; later ones see the new state."""
    request_lock = tiledesk_mock.emulator.request_lock
    request_lock.acquire_shared()  # as if a request was under way
    with ThreadPoolExecutor(1) as pool:
        reset = pool.submit(tiledesk_mock.reset)
        with pytest.raises(FutureTimeout):
            reset.result(timeout=0.1)
        request_lock.release_shared()
        reset.result(timeout=10)

    with ThreadPoolExecutor(1) as pool:
        with request_lock.exclusive():  # as if a reset was under way
            pending = pool.submit(_fire, tiledesk_mock)
            with pytest.raises(FutureTimeout):
                pending.result(timeout=0.1)
        assert pending.result(timeout=10).status_code == 200


def test_request_from_before_a_reset_has_no_effect_after_it(tiledesk_mock: TiledeskMock) -> None:
    """The reset may follow the request immediately."""
    tiledesk_mock.faults.latency(0.001)
    with tiledesk_mock.emulator.request_lock.exclusive():
        pending = _under_way(tiledesk_mock, lambda: _fire(tiledesk_mock))
        tiledesk_mock.reset()

    with pytest.raises(requests.ConnectionError):
        pending.result(timeout=10)
    assert tiledesk_mock.events == []


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="Windows has no such signal")
def test_interrupted_reset_blocks_no_request(tiledesk_mock: TiledeskMock) -> None:
    """Ctrl-C or the timeout of a test may interrupt a reset."""

    class Interruption(Exception): ...

    def interrupt(*_: object) -> None:
        raise Interruption

    def reset_with_a_timeout() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        tiledesk_mock.reset()

    request_lock = tiledesk_mock.emulator.request_lock
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with ThreadPoolExecutor(
            1
        ) as pool:  # the lock is shared by another thread: one's own is not waited for
            pool.submit(request_lock.acquire_shared).result()
            with pytest.raises(Interruption):
                reset_with_a_timeout()
            pool.submit(request_lock.release_shared).result()
    finally:
        signal.signal(signal.SIGALRM, before)

    assert _fire(tiledesk_mock).status_code == 200


def test_reads_wait_for_a_change_of_several_records(tiledesk_mock: TiledeskMock) -> None:
    """No reader sees half of it."""
    people, owner = tiledesk_mock.emulator.database.people, tiledesk_mock.owner
    with ThreadPoolExecutor(1) as pool:
        with tiledesk_mock.emulator.database.lock:
            pending = pool.submit(people.user, owner.id_user)
            with pytest.raises(FutureTimeout):
                pending.result(timeout=0.1)
        found = pending.result(timeout=10)

    assert found is not None
    assert found.email == owner.email


def test_refused_reset_changes_nothing(tmp_path: Path) -> None:
    """If the seed is unknown, snapshots and clock do not change."""
    TiledeskMock(db=tmp_path / "x.json").stop()
    people = tmp_path / "x.people.json"
    people.write_text(json.dumps({"people": json.loads(people.read_text())["people"]}))

    with TiledeskMock(db=tmp_path / "x.json") as mock:
        mock.snapshot("mine")
        mock.clock.freeze("2026-01-31T12:00:00Z")
        with pytest.raises(StoreError):
            mock.reset()

        assert mock.clock.is_frozen
        mock.restore("mine")


def _begin(mock: TiledeskMock, *headers: str) -> socket.socket:
    """Send the head of a POST; return the connection when the server waits for the body."""
    head = (f"POST /{mock.project_id}/events HTTP/1.1", f"Authorization: {mock.owner.jwt}", "Host: localhost")
    client = socket.create_connection(("127.0.0.1", urlsplit(mock.url).port or 0), timeout=20)
    client.sendall("\r\n".join([*head, *headers, "Expect: 100-continue", "", ""]).encode())
    assert client.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
    return client


def test_slow_request_from_before_a_reset_has_no_effect_after_it(tiledesk_mock: TiledeskMock) -> None:
    """It belongs to the previous test: no event, no exchange, and no fault of the next test is used up."""
    body = b'{"name":"late"}'
    with _begin(tiledesk_mock, "Content-Type: application/json", f"Content-Length: {len(body)}") as client:
        tiledesk_mock.reset()
        fault = tiledesk_mock.faults.status(500, count=1)
        client.sendall(body)

        with pytest.raises(ConnectionResetError):
            client.recv(1)

    assert tiledesk_mock.events == []
    assert len(tiledesk_mock.requests) == 0
    assert tiledesk_mock.faults.hits(fault.id) == 0


@pytest.mark.parametrize(
    "framing", ["Content-Length: 2000000", "Content-Length: 9", "Transfer-Encoding: chunked"]
)
def test_reset_waits_for_no_upload(tiledesk_mock: TiledeskMock, framing: str) -> None:
    """Ten clients who never send the rest of their bodies do not hold up a reset."""
    with ExitStack() as stack:
        for _ in range(10):
            client = stack.enter_context(_begin(tiledesk_mock, "Content-Type: application/json", framing))
            client.sendall(b"5\r\n{")
        began = stopwatch()

        tiledesk_mock.reset()

        assert stopwatch() - began < 2


def test_reset_waits_for_no_body_that_is_unpacked(tiledesk_mock: TiledeskMock) -> None:
    """Bodies of many compressed parts, which take long, are unpacked before the stored data is needed."""
    body = gzip.compress(b"") * 250_000
    url = f"{tiledesk_mock.url}/{tiledesk_mock.project_id}/events"
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    tiledesk_mock.faults.latency(0.001, count=1)
    pending = _under_way(tiledesk_mock, lambda: requests.post(url, body, headers=headers, timeout=60))
    began = stopwatch()

    tiledesk_mock.reset()

    assert stopwatch() - began < 2
    with pytest.raises(requests.ConnectionError):
        pending.result()
