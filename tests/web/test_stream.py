"""The stream: what happens, as Server-Sent Events."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from itertools import islice

import pytest
import requests

from tiledesk_mock import TiledeskMock

from .stream_client import StreamClient, stream_url


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Run an emulator whose timeline is empty."""
    with TiledeskMock() as running:
        yield running


def test_stream_sends_what_happens(tiledesk_mock: TiledeskMock) -> None:
    """A fired event and a reset are entries, each with its summary."""
    with StreamClient(tiledesk_mock.url, "?since=now") as client:
        tiledesk_mock.fire("order.paid")
        tiledesk_mock.reset()

        fired, reset = client.entries(2)

    assert (fired["kind"], fired["event"], reset["what"]) == ("event", "order.paid", "reset")


def test_stream_goes_on_after_the_last_entry(tiledesk_mock: TiledeskMock) -> None:
    """A client that comes again gets what it has not got yet."""
    tiledesk_mock.fire("order.paid")
    with StreamClient(tiledesk_mock.url) as client:
        client.entries(1)
    tiledesk_mock.fire("order.sent")

    with StreamClient(tiledesk_mock.url, last=client.last) as again:
        (entry,) = again.entries(1)

    assert entry["event"] == "order.sent"


def test_stream_refuses_what_is_no_id(tiledesk_mock: TiledeskMock) -> None:
    """A wrong `since` gets one line that says what is expected."""
    response = requests.get(stream_url(tiledesk_mock.url, "?since=7"), timeout=10)

    assert response.status_code == 400
    assert response.json()["error"].startswith("since: '7' is not the id of an entry, like t")


def test_stream_loses_and_repeats_nothing(mock: TiledeskMock) -> None:
    """A client that is cut at any place goes on where it was."""
    firing = threading.Thread(
        target=lambda: [mock.fire("order.paid", {"n": number}) for number in range(300)]
    )
    got, last, source = [], None, random.Random(7)
    firing.start()
    while len(got) < 300:
        with StreamClient(mock.url, "?kind=event", last=last) as client:
            for message in islice(client, source.randint(1, 3)):
                got += message.data if message.event == "entries" else []
            last = client.last
    firing.join()

    numbers = [int(entry["id"].rpartition("-")[2]) for entry in got]
    assert len(got) == 300
    assert numbers == sorted(set(numbers))


def test_stream_says_how_many_were_missed() -> None:
    """Entries that have left the timeline cannot be sent any more."""
    with TiledeskMock(journal_size=10) as mock:
        mock.fire("order.paid")
        (first,) = mock.controls.timeline()
        for _ in range(14):
            mock.fire("order.paid")

        with StreamClient(mock.url, last=first["id"]) as client:
            _, missed, entries = islice(client, 3)

    assert (missed.event, missed.data) == ("missed", {"missed": 4})
    assert len(entries.data) == 10


def test_stream_of_another_start_begins_anew(tiledesk_mock: TiledeskMock) -> None:
    """Nobody knows how many were missed, and all that is kept follows."""
    tiledesk_mock.fire("order.paid")

    with StreamClient(tiledesk_mock.url, last="t00000000-7") as client:
        missed = next(iter(client))
        entries = client.entries(1)

    assert (missed.event, missed.data) == ("missed", {"missed": None})
    assert entries[-1]["event"] == "order.paid"


def test_header_wins_over_the_query(tiledesk_mock: TiledeskMock) -> None:
    """A browser comes again to the same address, with the header."""
    tiledesk_mock.fire("order.paid")
    before = tiledesk_mock.controls.timeline()[-1]["id"]
    tiledesk_mock.fire("order.sent")

    with StreamClient(tiledesk_mock.url, "?since=now", last=before) as client:
        (entry,) = client.entries(1)

    assert entry["event"] == "order.sent"


def test_batch_has_at_most_a_thousand_entries() -> None:
    """More come in the next one."""
    with TiledeskMock(journal_size=2000) as mock:
        for _ in range(1500):
            mock.fire("order.paid")

        with StreamClient(mock.url) as client:
            sizes = [len(message.data) for message in islice(client, 3) if message.event == "entries"]

    assert sizes == [1000, 500]


def test_stream_has_the_kinds_that_are_named(tiledesk_mock: TiledeskMock) -> None:
    """Others are left out."""
    with StreamClient(tiledesk_mock.url, "?since=now&kind=reset") as client:
        tiledesk_mock.fire("order.paid")
        tiledesk_mock.reset()

        (entry,) = client.entries(1)

    assert entry["kind"] == "reset"


@pytest.mark.parametrize("query", ["?kind=evnt", "?sins=now", "?since=t1-1"])
def test_wrong_query_is_refused(tiledesk_mock: TiledeskMock, query: str) -> None:
    """In one line."""
    response = requests.get(stream_url(tiledesk_mock.url, query), timeout=10)

    assert response.status_code == 400
    assert "\n" not in response.json()["error"]


def test_stream_is_read_only(tiledesk_mock: TiledeskMock) -> None:
    """HEAD has the headers, other methods are refused."""
    head = requests.head(stream_url(tiledesk_mock.url), timeout=10)
    post = requests.post(stream_url(tiledesk_mock.url), timeout=10)

    assert head.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert post.status_code == 405


def test_stream_needs_the_token_on_other_hosts() -> None:
    """As the rest of the control API."""
    with TiledeskMock(host="0.0.0.0", admin_token="open sesame") as mock:
        url = mock.url.replace("0.0.0.0", "127.0.0.1")
        refused = requests.get(stream_url(url), timeout=10)
        with StreamClient(url, headers={"Authorization": "Bearer open sesame"}) as client:
            allowed = next(iter(client))

    assert refused.status_code == 401
    assert allowed.event == "alive"


def test_stop_ends_open_streams() -> None:
    """At once, and the response is complete."""
    with TiledeskMock() as mock:
        client = StreamClient(mock.url)
        next(iter(client))

    assert [message.event for message in client] == []


def test_streams_hold_no_thread(mock: TiledeskMock) -> None:
    """One thread sends to all, and ends with the last client that leaves."""
    before = set(threading.enumerate())
    clients = [StreamClient(mock.url) for _ in range(20)]
    for client in clients:
        next(iter(client))

    (sender,) = (one for one in set(threading.enumerate()) - before if "streams" in one.name)
    for client in clients:
        client.response.close()

    sender.join(10)
    assert not sender.is_alive()


def test_client_that_does_not_read_holds_up_no_other() -> None:
    """Its socket is full, and others get what happens."""
    with TiledeskMock(journal_size=5000) as mock, StreamClient(mock.url), StreamClient(mock.url) as reader:
        for _ in range(5000):
            mock.fire("a" * 1000)

        entries = reader.entries(5000)

    assert len(entries) == 5000


def test_stream_ends_without_a_socket(tiledesk_mock: TiledeskMock) -> None:
    """A response has what is there, and ends."""
    tiledesk_mock.fire("order.paid")

    text = tiledesk_mock.app.test_client().get("/__admin/stream").text

    assert text.startswith("retry: 1000\nevent: alive\n")
    assert '"event":"order.paid"' in text
