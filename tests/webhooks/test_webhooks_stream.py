"""A target that stops in the middle of a stream of events, and starts again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.testing.receiver import Receiver

from .targets import wait_until

EVENTS = 1000


@pytest.fixture(scope="module")
def stream() -> Iterator[tuple[TiledeskMock, Receiver]]:
    """Fire 1,000 events; the target stops for about 300 of them, in the middle of responses."""
    with TiledeskMock() as mock, mock.webhooks.receiver("event.emit") as receiver:
        for number in range(EVENTS):
            if number == 300:
                receiver.wait_for(100, 30)
                receiver.stop()
            if number in (400, 500):
                wait_until(lambda: any(one["attempts"] for one in mock.deliveries[300:]))
                mock.emulator.clock.advance(6)
            if number == 600:
                wait_until(lambda: any(one["state"] == "given up" for one in mock.deliveries))
                receiver.start()
            mock.fire(f"event {number}")
        mock.webhooks.drain(60)
        yield mock, receiver


def test_every_event_is_delivered_or_listed_as_given_up(stream: tuple[TiledeskMock, Receiver]) -> None:
    """None is lost."""
    mock, receiver = stream

    by_state: dict[str, set[str]] = {"delivered": set(), "given up": set()}
    for delivery in mock.deliveries:
        by_state[delivery["state"]].add(delivery["event"]["name"])

    assert by_state["delivered"] | by_state["given up"] == {f"event {number}" for number in range(EVENTS)}
    assert by_state["delivered"] <= set(receiver.names)
    assert by_state["given up"]


def test_some_are_retried(stream: tuple[TiledeskMock, Receiver]) -> None:
    """The target has stopped, and started again."""
    mock, _ = stream

    attempts = Counter(len(delivery["attempts"]) for delivery in mock.deliveries)

    assert attempts[1] > 300
    assert attempts[2] + attempts[3] > 0


def test_delivered_event_is_not_retried(stream: tuple[TiledeskMock, Receiver]) -> None:
    """Status 200 ends a delivery."""
    mock, receiver = stream

    statuses = [[attempt["status"] for attempt in delivery["attempts"]] for delivery in mock.deliveries]

    assert not any(200 in attempts[:-1] for attempts in statuses)
    repeated = [name for name, times in Counter(receiver.names).items() if times > 1]
    failed = {one["event"]["name"] for one in mock.deliveries if one["attempts"][0]["status"] is None}
    assert set(repeated) <= failed  # the target stopped in the middle of a response


def test_first_attempts_are_in_order(stream: tuple[TiledeskMock, Receiver]) -> None:
    """Deliveries that need one attempt arrive in the order of their events."""
    mock, receiver = stream
    first_time = {one["event"]["name"] for one in mock.deliveries if len(one["attempts"]) == 1}

    arrived = [name for name in receiver.names if name in first_time]

    assert arrived == sorted(arrived, key=lambda name: int(str(name).split()[1]))
    times = [one["attempts"][0]["at"] for one in mock.deliveries]
    assert times == sorted(times)
