"""The platform's own events: their receivers, and the order in which those get them."""

from __future__ import annotations

import threading

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.emulator import Emulator
from tiledesk_mock.http.exchange import RecordedResponse
from tiledesk_mock.settings import Settings
from tiledesk_mock.tiledesk.auth import verify_token
from tiledesk_mock.tiledesk.model import Bot
from tiledesk_mock.tiledesk.platform_events import BotMessage, PlatformEvent
from tiledesk_mock.webhooks.sender import WebhookRequest

from .targets import HOOK, Target, states, subscribe, wait_until

NAMES = ("lead.create", "request.create", "message.create", "project_user.update")


def event(emulator: Emulator, name: str) -> PlatformEvent:
    """Return an event of the first project, with its name as payload."""
    return PlatformEvent(name, emulator.project_or_first().id, {"_id": name})


def hang(emulator: Emulator, released: threading.Event, target: str | None = None) -> list[bytes]:
    """Let a target hang until it is released; return the bodies that come to it."""
    came = []

    def respond(request: WebhookRequest) -> RecordedResponse:
        came.append(request.body)
        released.wait(10)
        return RecordedResponse(200)

    emulator.webhooks.simulations.add(target, respond)
    return came


def names(emulator: Emulator) -> list[str]:
    """Return the names of the events in the log of deliveries."""
    return [delivery["event"]["name"] for delivery in emulator.webhooks.deliveries()]


def test_groups_reach_a_receiver_in_order(tiledesk_mock: TiledeskMock) -> None:
    """Several subscriptions with one target get the events in the order of the step, however slow it is."""
    with tiledesk_mock.webhooks.receiver(*reversed(NAMES)) as receiver:
        emulator = tiledesk_mock.emulator

        emulator.notifications.publish_step(tuple((event(emulator, name),) for name in NAMES))

        tiledesk_mock.webhooks.drain()
        assert [one.event["_id"] for one in receiver.received] == list(NAMES)


def test_groups_wait_for_a_hanging_target_only_a_moment(emulator: Emulator) -> None:
    """The next group begins a quarter of a second later, in the order of the step."""
    released = threading.Event()
    came = hang(emulator, released)
    for name in NAMES[:2]:
        subscribe(emulator, name)
    emulator.notifications.publish_step(tuple((event(emulator, name),) for name in NAMES[:2]))

    wait_until(lambda: len(came) == 2)
    assert states(emulator) == ["queued"] * 2
    assert [name in body.decode() for name, body in zip(NAMES, came, strict=False)] == [True, True]
    released.set()


def test_groups_that_wait_are_limited() -> None:
    """A target that hangs gets no more than `webhook_queue` allows; the others are given up."""
    released = threading.Event()
    with Emulator(Settings(webhook_queue=5)) as emulator:
        hang(emulator, released)
        subscribe(emulator, NAMES[0])

        for _ in range(30):
            emulator.notifications.publish_step(((event(emulator, NAMES[0]),),))

        refused = [one for one in emulator.webhooks.deliveries() if one["reason"] == "the queue is full"]
        assert 30 - 2 * 5 - 5 <= len(refused) < 30
        released.set()


def test_events_of_one_group_begin_together(emulator: Emulator) -> None:
    """The second does not wait for the first."""
    both = threading.Barrier(2)

    def respond(_: WebhookRequest) -> RecordedResponse:
        both.wait(5)
        return RecordedResponse(200)

    emulator.webhooks.simulations.add(None, respond)
    for name in NAMES[:2]:
        subscribe(emulator, name)

    emulator.notifications.publish_step((tuple(event(emulator, name) for name in NAMES[:2]),))

    emulator.webhooks.drain()
    assert states(emulator) == ["delivered"] * 2


def test_hanging_target_does_not_delay_other_targets(emulator: Emulator) -> None:
    """Order is kept for each host and port."""
    released = threading.Event()
    hanging = hang(emulator, released, HOOK)
    subscribe(emulator, "message.create")
    other = "http://127.0.0.1:8/other"
    emulator.webhooks.simulations.add(other, Target())
    subscribe(emulator, "message.create", other)

    for _ in range(20):
        emulator.notifications.publish_step(((event(emulator, "message.create"),),))

    wait_until(lambda: states(emulator).count("delivered") == 20)
    assert len(hanging) < 20
    released.set()


def test_fired_event_does_not_overtake_a_group(tiledesk_mock: TiledeskMock) -> None:
    """It comes to the same receiver afterwards."""
    with tiledesk_mock.webhooks.receiver("event.emit", "lead.create", "request.create") as receiver:
        emulator = tiledesk_mock.emulator
        emulator.notifications.publish_step(tuple((event(emulator, name),) for name in NAMES[:2]))

        tiledesk_mock.fire("order.paid")

        tiledesk_mock.webhooks.drain()
        assert [one.event.get("name", one.event["_id"]) for one in receiver.received][-1] == "order.paid"


@pytest.mark.parametrize("is_global", [False, True])
def test_event_without_project_reaches_global_subscriptions_only(emulator: Emulator, is_global: bool) -> None:
    """That is how the real server sends `user.signup`."""
    subscribe(emulator, "user.signup")
    if is_global:
        state = emulator.state.export()
        state["subscriptions"][0]["global"] = True
        emulator.state.replace(state, "state")
    emulator.webhooks.simulations.add(None, Target())

    emulator.notifications.publish_step(((PlatformEvent("user.signup", None, {"_id": "1"}),),))

    assert names(emulator) == ["user.signup"] * is_global


def test_bot_gets_messages_without_a_subscription(emulator: Emulator) -> None:
    """The request says that it is for a bot, whose secret is in no part of it."""
    target = Target(503)
    emulator.webhooks.simulations.add("http://127.0.0.1:9/bot", target)
    bot = Bot(
        id="65d0000000000000000000a9",
        name="Robby",
        id_project=emulator.project_or_first().id,
        url="http://127.0.0.1:9/bot",
        secret="secret-of-the-bot",
        created_by="system",
        created_at=emulator.clock.iso(),
        updated_at=emulator.clock.iso(),
    )

    emulator.notifications.publish_step(((BotMessage(bot, {"_id": "m", "text": "hello"}),),))

    emulator.webhooks.drain()
    (delivery,) = emulator.webhooks.deliveries()
    assert (delivery["state"], delivery["subscription"]) == ("delivered", None)
    assert delivery["bot"] == {"_id": bot.id, "name": "Robby"}
    assert list(delivery["request"]["headers"]) == ["Content-Type", "User-Agent", "Origin", "accept"]
    assert "secret" not in str(delivery["request"])
    assert len(delivery["attempts"]) == 2
    assert emulator.webhooks.history(bot.id_project) == []
    body = target.bodies[0]
    claims = verify_token(body["token"], "secret-of-the-bot", emulator.clock.now())
    assert {name: claims.pop(name) for name in body["hook"]} == body["hook"]
    assert list(claims) == ["iat", "aud", "iss", "sub", "jti"]
    assert (claims["sub"], claims["aud"]) == ("bot", f"https://tiledesk.com/bots/{bot.id}")


def test_reset_cancels_groups_that_wait(emulator: Emulator) -> None:
    """They belong to the data before it."""
    released = threading.Event()
    hang(emulator, released)
    for name in NAMES[:2]:
        subscribe(emulator, name)
    emulator.notifications.publish_step(tuple((event(emulator, name),) for name in NAMES[:2]))

    emulator.reset()

    released.set()
    assert names(emulator) == []
    assert emulator.webhooks.drain() == {"drained": True, "under_way": 0}
