"""The threads that send deliveries: their order, and what waits for what."""

from __future__ import annotations

import json
import logging
import threading

import pytest

from tiledesk_mock.emulator import Emulator
from tiledesk_mock.http.exchange import RecordedResponse
from tiledesk_mock.settings import Settings
from tiledesk_mock.webhooks.sender import WebhookRequest

from .targets import HOOK, Target, fire, states, subscribe, wait_until


def test_retries_delay_no_first_attempt(emulator: Emulator) -> None:
    """Later events are delivered while an earlier one waits for its retry."""
    emulator.clock.freeze()
    subscribe(emulator)
    target = Target(500)
    emulator.webhooks.simulations.add(HOOK, target)

    for number in range(3):
        fire(emulator, f"event {number}")
    wait_until(lambda: states(emulator) == ["waiting for a retry", "delivered", "delivered"])

    assert target.names == ["event 0", "event 1", "event 2"]


def test_slow_delivery_delays_no_later_one_of_its_subscription(emulator: Emulator) -> None:
    """The real server never waits for a response before it sends the next event."""
    released = threading.Event()
    target = Target()

    def respond(request: WebhookRequest) -> RecordedResponse:
        response = target(request)
        assert b"slow" not in request.body or released.wait(10)
        return response

    subscribe(emulator)
    emulator.webhooks.simulations.add(HOOK, respond)
    fire(emulator, "slow")
    for number in range(3):
        fire(emulator, f"event {number}")

    wait_until(lambda: states(emulator) == ["queued", "delivered", "delivered", "delivered"])
    released.set()

    assert target.names == ["slow", "event 0", "event 1", "event 2"]


def test_two_slow_deliveries_in_a_row_delay_no_later_one(emulator: Emulator) -> None:
    """Each time two workers wait for deliveries, and the second one is not left asleep."""
    target, was_released = Target(), []
    released = {"slow 0": threading.Event(), "slow 1": threading.Event()}

    def respond(request: WebhookRequest) -> RecordedResponse:
        response = target(request)
        name = json.loads(request.body)["payload"]["name"]
        if name in released:
            was_released.append(released[name].wait(3))
        return response

    subscribe(emulator)
    emulator.webhooks.simulations.add(HOOK, respond)
    for name, event in released.items():
        fire(emulator, name)
        fire(emulator, f"behind {name}")
        wait_until(lambda last=f"behind {name}": last in target.names)
        event.set()
        emulator.webhooks.drain()

    assert was_released == [True, True]


def test_slow_target_delays_no_other(emulator: Emulator) -> None:
    """Neither firing nor another subscription waits for it."""
    slow, released = threading.Event(), threading.Event()

    def respond(_: WebhookRequest) -> RecordedResponse:
        slow.set()
        assert released.wait(10)
        return RecordedResponse(200)

    subscribe(emulator, target=HOOK + "/slow")
    subscribe(emulator, target=HOOK + "/fast")
    emulator.webhooks.simulations.add(HOOK + "/slow", respond)
    emulator.webhooks.simulations.add(HOOK + "/fast", Target())

    fire(emulator)
    fire(emulator)
    wait_until(lambda: states(emulator).count("delivered") == 2)

    assert slow.wait(10)
    assert states(emulator) == ["queued", "delivered", "queued", "delivered"]
    released.set()
    emulator.webhooks.drain()


def test_full_queue_gives_up_deliveries(caplog: pytest.LogCaptureFixture) -> None:
    """They stay in the log, and one line is logged."""
    called, released = threading.Event(), threading.Event()

    def respond(_: WebhookRequest) -> RecordedResponse:
        called.set()
        assert released.wait(10)
        return RecordedResponse(200)

    with Emulator(Settings(webhook_queue=1)) as emulator, caplog.at_level(logging.WARNING):
        subscribe(emulator)
        emulator.webhooks.simulations.add(None, respond)
        fire(emulator)
        assert called.wait(10)
        for _ in range(4):
            fire(emulator)
        given_up = [one["reason"] for one in emulator.webhooks.deliveries() if one["state"] == "given up"]
        released.set()
        emulator.webhooks.drain()

    assert given_up == ["the queue is full"] * 3
    assert [record.message for record in caplog.records] == [
        f"{HOOK} responds too slowly: 1 deliveries are queued, and further ones are given up"
    ]
