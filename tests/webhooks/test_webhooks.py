"""Webhooks: subscribers, retries, the log and the history."""

from __future__ import annotations

import json
import logging
import socket
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tiledesk_mock.emulator import Emulator
from tiledesk_mock.errors import SettingsError, UnknownDelivery
from tiledesk_mock.http.exchange import Principal, PrincipalKind, RecordedResponse
from tiledesk_mock.settings import Settings
from tiledesk_mock.tiledesk.auth import verify_token
from tiledesk_mock.tiledesk.topics import topic_of
from tiledesk_mock.webhooks.sender import WebhookRequest

from .targets import HOOK, Target, fire, states, subscribe, wait_until


def test_event_reaches_subscribers_to_all_and_to_its_name(emulator: Emulator) -> None:
    """First those to all events, then those to the name, and no others."""
    for event in ("event.emit.order.paid", "event.emit", "event.emit.order", "order.paid", "event.emit.*"):
        subscribe(emulator, event)
    emulator.webhooks.simulations.add(None, Target())

    fire(emulator)

    events = [delivery["subscription"]["event"] for delivery in emulator.webhooks.deliveries()]
    assert events == ["event.emit", "event.emit.order.paid"]


def test_prefixed_name_reaches_its_subscribers_in_the_documented_dialect(emulator: Emulator) -> None:
    """The documentation lets clients fire `event.emit.X` for subscribers to `event.emit.X`."""
    subscribe(emulator, "event.emit.order.paid")
    emulator.webhooks.simulations.add(None, Target())

    fire(emulator, "event.emit.order.paid")

    assert emulator.webhooks.drain() == {"drained": True, "under_way": 0}
    assert states(emulator) == ["delivered"]


def test_prefixed_name_reaches_no_subscriber_in_the_server_dialect(server: Emulator) -> None:
    """The real server adds the prefix again."""
    subscribe(server, "event.emit.order.paid")

    fire(server, "event.emit.order.paid")

    assert states(server) == []


def test_subscriptions_of_another_project_get_no_event(emulator: Emulator) -> None:
    """An event stays in its project."""
    emulator.state.add({"projects": [{"name": "Other", "createdBy": "owner@example.com"}]}, "seed")
    other = emulator.database.people.projects()[1]
    subscribe(emulator)
    moved = emulator.database.subscriptions.all()[0]
    emulator.state.replace(
        {
            **emulator.state.export(),
            "subscriptions": [
                {"event": moved.event, "target": moved.target, "id_project": other.id, "createdBy": "system"}
            ],
        },
        "state",
    )

    fire(emulator)

    assert states(emulator) == []


def test_secrets_differ_in_the_documented_dialect(emulator: Emulator) -> None:
    """Each subscription has a secret of its own."""
    one, two = subscribe(emulator, "event.emit"), subscribe(emulator, "event.emit.order.paid")

    assert one.secret != two.secret


def test_secret_is_shared_in_the_server_dialect(server: Emulator) -> None:
    """All subscriptions of a process have the same secret."""
    one, two = subscribe(server, "event.emit"), subscribe(server, "event.emit.order.paid")

    assert one.secret == two.secret


@pytest.mark.parametrize(
    ("status", "attempts", "state"),
    [
        (200, 1, "delivered"),
        (201, 1, "delivered"),
        (302, 1, "refused"),
        (404, 1, "refused"),
        (102, 3, "given up"),
        (429, 3, "given up"),
        (500, 3, "given up"),
    ],
)
def test_status_is_final_or_retried_as_in_the_real_server(
    server: Emulator, status: int, attempts: int, state: str
) -> None:
    """429, 1xx and 5xx are retried twice."""
    subscribe(server)
    server.webhooks.simulations.fail(status=status)

    fire(server)
    server.webhooks.drain()

    (delivery,) = server.webhooks.deliveries()
    assert (len(delivery["attempts"]), delivery["state"], delivery["drifts"]) == (attempts, state, [])


@pytest.mark.parametrize("status", [201, 204, 302, 404])
def test_every_status_but_200_is_retried_in_the_documented_dialect(emulator: Emulator, status: int) -> None:
    """The delivery names the drift: the real server would not retry."""
    subscribe(emulator)
    target = Target(status)
    emulator.webhooks.simulations.add(HOOK, target)

    fire(emulator)
    emulator.webhooks.drain()

    (delivery,) = emulator.webhooks.deliveries()
    assert [attempt["status"] for attempt in delivery["attempts"]] == [status, 200]
    assert (delivery["state"], delivery["drifts"]) == ("delivered", ["webhook-retries"])


def test_retry_that_the_server_would_not_make_is_a_drift(emulator: Emulator) -> None:
    """The delivery and the journal have the drift."""
    subscribe(emulator)
    emulator.webhooks.simulations.fail(status=404)

    fire(emulator)
    emulator.webhooks.drain()

    assert emulator.webhooks.deliveries()[0]["drifts"] == ["webhook-retries"]
    assert emulator.journal.drifts == {"webhook-retries": 1}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("timeout", "Error: connect ETIMEDOUT 127.0.0.1:9"),
        ("refused", "Error: connect ECONNREFUSED 127.0.0.1:9"),
        ("reset", "Error: read ECONNRESET"),
    ],
)
def test_target_that_does_not_respond_is_retried(emulator: Emulator, error: str, message: str) -> None:
    """After two retries it is given up."""
    subscribe(emulator)
    emulator.webhooks.simulations.fail(HOOK, error=error)

    fire(emulator)
    emulator.webhooks.drain()

    (delivery,) = emulator.webhooks.deliveries()
    assert [attempt["error"] for attempt in delivery["attempts"]] == [message] * 3
    assert (delivery["state"], delivery["reason"]) == ("given up", "failed 3 times")


def test_unknown_failure_is_an_error(emulator: Emulator) -> None:
    """The message names the valid ones."""
    with pytest.raises(SettingsError, match="error: 'tired' is not one of timeout, refused, reset"):
        emulator.webhooks.simulations.fail(error="tired")


def test_failing_target_recovers(emulator: Emulator) -> None:
    """The next simulation of the target responds."""
    subscribe(emulator)
    failure = emulator.webhooks.simulations.fail(HOOK, status=500)
    emulator.webhooks.simulations.add(HOOK, Target())

    emulator.webhooks.simulations.remove(failure)
    fire(emulator)
    emulator.webhooks.drain()

    assert len(emulator.webhooks.deliveries()[0]["attempts"]) == 1


def test_retries_wait_for_the_clock(emulator: Emulator) -> None:
    """On a frozen clock nothing is retried until it is advanced."""
    emulator.clock.freeze("2026-01-01T00:00:00Z")
    subscribe(emulator)
    emulator.webhooks.simulations.fail(status=500, count=2)
    emulator.webhooks.simulations.add(HOOK, Target())
    fire(emulator)
    wait_until(lambda: states(emulator) == ["waiting for a retry"])

    emulator.clock.advance(3)
    wait_until(lambda: len(emulator.webhooks.deliveries()[0]["attempts"]) == 2)
    emulator.clock.advance(5)
    wait_until(lambda: states(emulator) == ["delivered"])

    times = [attempt["at"] for attempt in emulator.webhooks.deliveries()[0]["attempts"]]
    assert times == ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:03.000Z", "2026-01-01T00:00:08.000Z"]


def test_attempt_has_the_time_of_the_next_one(emulator: Emulator) -> None:
    """The second is after 2 to 3 seconds, the third after 4 to 5 more."""
    emulator.clock.freeze("2026-01-01T00:00:00Z")
    subscribe(emulator)
    emulator.webhooks.simulations.fail(status=500)

    fire(emulator)
    emulator.webhooks.drain()

    first, second, third = (one["next_at"] for one in emulator.webhooks.deliveries()[0]["attempts"])
    assert "2026-01-01T00:00:02.000Z" <= str(first) <= "2026-01-01T00:00:03.000Z"
    assert "2026-01-01T00:00:04.000Z" <= str(second) <= "2026-01-01T00:00:05.000Z"
    assert third is None


def test_waits_are_the_same_in_each_run_of_a_seed() -> None:
    """They are random, but depend on the id seed."""
    runs = []
    for _ in range(2):
        with Emulator(Settings(id_seed="again")) as emulator:
            emulator.clock.freeze("2026-01-01T00:00:00Z")
            subscribe(emulator)
            emulator.webhooks.simulations.fail(status=500)
            fire(emulator)
            emulator.webhooks.drain()
            runs.append([attempt["next_at"] for attempt in emulator.webhooks.deliveries()[0]["attempts"]])

    assert runs[0] == runs[1]


def test_target_that_cannot_be_parsed_gets_nothing(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The subscriptions behind it get nothing, either: the log and the delivery say why."""
    subscribe(emulator, target="http://user:%zz@127.0.0.1/")
    subscribe(emulator)

    fire(emulator)

    assert [one["reason"] for one in emulator.webhooks.deliveries()] == [
        "URIError: URI malformed",
        "behind a subscription whose target cannot be parsed",
    ]
    assert states(emulator) == ["given up"] * 2
    assert "URI malformed" in caplog.text
    assert "%zz" not in caplog.text


def test_target_on_another_machine_is_held_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The delivery and the log have the reason."""
    with Emulator(Settings(webhooks_anywhere=False)) as emulator, caplog.at_level(logging.WARNING):
        subscribe(emulator, target="http://192.0.2.1/hook")

        fire(emulator)
        emulator.webhooks.drain()

        (delivery,) = emulator.webhooks.deliveries()
    assert (delivery["state"], delivery["attempts"]) == ("held back", [])
    assert "http://192.0.2.1/hook is not on this machine" in caplog.text


def test_resent_delivery_is_the_same_to_the_byte(emulator: Emulator) -> None:
    """It is a new delivery, which names the first."""
    subscribe(emulator)
    target = Target()
    emulator.webhooks.simulations.add(HOOK, target)
    fire(emulator)
    emulator.webhooks.drain()

    repeat = emulator.webhooks.resend("1")
    emulator.webhooks.drain()

    assert (repeat["id"], repeat["resends"]) == ("2", "1")
    assert target.requests[0] == target.requests[1]


def test_delivery_is_resent_to_another_target(emulator: Emulator) -> None:
    """The request differs in nothing else, and the new delivery shows where it went."""
    subscribe(emulator)
    first, second = Target(), Target()
    emulator.webhooks.simulations.add(HOOK, first)
    emulator.webhooks.simulations.add("http://127.0.0.1:9/other", second)
    fire(emulator)
    emulator.webhooks.drain()

    repeat = emulator.webhooks.resend("1", "http://127.0.0.1:9/other")
    emulator.webhooks.drain()

    assert (repeat["target"], repeat["resends"]) == ("http://127.0.0.1:9/other", "1")
    assert first.requests[0].body == second.requests[0].body
    assert first.requests[0].headers == second.requests[0].headers


def test_delivery_is_not_resent_to_another_machine(caplog: pytest.LogCaptureFixture) -> None:
    """Without `webhooks_anywhere` the other target is held back, as a subscriber's would be."""
    with Emulator(Settings(webhooks_anywhere=False)) as emulator, caplog.at_level(logging.WARNING):
        subscribe(emulator)
        emulator.webhooks.simulations.add(HOOK, Target())
        fire(emulator)
        emulator.webhooks.drain()

        emulator.webhooks.resend("1", "http://192.0.2.1/hook")
        emulator.webhooks.drain()

        assert emulator.webhooks.deliveries()[1]["state"] == "held back"


def test_resending_an_unknown_delivery_is_an_error(emulator: Emulator) -> None:
    """The message has its id."""
    with pytest.raises(UnknownDelivery, match="no delivery '7' in the log"):
        emulator.webhooks.resend("7")


def test_token_of_a_global_subscription_is_signed_with_the_global_secret(emulator: Emulator) -> None:
    """It receives the events of all projects, so its token is for no project's subscription."""
    emulator.database.subscriptions.save(msgspec.structs.replace(subscribe(emulator), is_global=True))
    emulator.webhooks.simulations.add(None, target := Target())
    fire(emulator)
    emulator.webhooks.drain()

    claims = verify_token(target.bodies[0]["token"], emulator.settings.global_secret, emulator.clock.now())

    assert (claims["aud"], claims["sub"]) == ("https://tiledesk.com", "subscription")


def test_deliveries_show_no_secret(emulator: Emulator) -> None:
    """Secret and token are masked: the token would be valid for firing events."""
    secret = subscribe(emulator).secret
    emulator.webhooks.simulations.add(None, Target())
    fire(emulator)
    emulator.webhooks.drain()

    (document,) = emulator.webhooks.deliveries()

    assert secret not in str(document)
    assert document["request"]["body"]["token"] == "***"
    assert document["request"]["body"]["payload"]["name"] == "order.paid"


def test_log_keeps_the_last_deliveries() -> None:
    """It has a limit."""
    with Emulator(Settings(delivery_log_size=3)) as emulator:
        subscribe(emulator)
        emulator.webhooks.simulations.add(None, Target())
        for _ in range(5):
            fire(emulator)
            emulator.webhooks.drain()

        assert [delivery["id"] for delivery in emulator.webhooks.deliveries()] == ["3", "4", "5"]


def test_reset_cancels_deliveries_under_way(emulator: Emulator) -> None:
    """Nothing is sent any more, and the log is empty."""
    subscribe(emulator)
    emulator.webhooks.simulations.fail(status=500)
    fire(emulator)
    wait_until(lambda: states(emulator) == ["waiting for a retry"])
    target = Target()

    emulator.reset()
    emulator.webhooks.simulations.add(None, target)

    assert emulator.webhooks.drain()["drained"]
    assert (states(emulator), target.requests) == ([], [])


def test_reset_makes_no_retry(emulator: Emulator) -> None:
    """The clock jumps to the present after the retries are cancelled."""
    emulator.clock.freeze("2020-01-01T00:00:00Z")
    subscribe(emulator)
    target = Target(500)
    emulator.webhooks.simulations.add(None, target)
    fire(emulator)
    wait_until(lambda: states(emulator) == ["waiting for a retry"])

    emulator.reset()
    emulator.close()

    assert len(target.requests) == 1


def test_closing_logs_what_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """One line is logged, and no thread is left."""
    before = set(threading.enumerate())
    emulator = Emulator()
    subscribe(emulator)
    emulator.webhooks.simulations.fail(status=500)
    fire(emulator)
    wait_until(lambda: states(emulator) == ["waiting for a retry"])

    with caplog.at_level(logging.WARNING):
        emulator.close()

    assert states(emulator) == ["given up"]
    assert caplog.messages == [
        "webhook deliveries given up: 1 that waited for a retry, 0 that got no response"
    ]
    assert set(threading.enumerate()) <= before


def test_closing_waits_for_deliveries() -> None:
    """What can be delivered in time, is."""
    target = Target()
    emulator = Emulator()
    subscribe(emulator)
    emulator.webhooks.simulations.add(None, target)
    for _ in range(20):
        fire(emulator)

    emulator.close()

    assert states(emulator) == ["delivered"] * 20


class _SlowChannel:
    """A channel that blocks until it may go on."""

    def __init__(self) -> None:
        self.is_busy, self.may_go_on = threading.Event(), threading.Event()
        self.may_go_on.set()

    def send(self, _: str) -> bool:
        """Block."""
        self.is_busy.set()
        return self.may_go_on.wait(10)

    def close(self, _: int) -> None:
        """Do nothing."""


def test_event_fired_during_a_reset_leaves_nothing(emulator: Emulator, tmp_path: Path) -> None:
    """Event and deliveries are gone, though the seed has the subscription."""
    subscribe(emulator)
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(emulator.state.export()))
    channel = _SlowChannel()
    with Emulator(Settings(seed=(seed,))) as seeded:
        connection = seeded.realtime.connect("c", Principal(PrincipalKind.USER, "u"), channel)
        seeded.realtime.subscribe(connection, topic_of(fire(seeded)) or "", None)
        threads = [threading.Thread(target=call) for call in (lambda: fire(seeded), seeded.reset)]
        channel.is_busy.clear()
        channel.may_go_on.clear()
        threads[0].start()
        assert channel.is_busy.wait(10)

        threads[1].start()
        threads[1].join(0.1)
        channel.may_go_on.set()
        for thread in threads:
            thread.join()

        assert (seeded.webhooks.deliveries(), list(seeded.events())) == ([], [])


def test_delivery_after_closing_is_given_up() -> None:
    """Nothing is sent, and no thread is started."""
    before = set(threading.enumerate())
    emulator = Emulator()
    subscribe(emulator)
    emulator.webhooks.simulations.add(None, Target())
    fire(emulator)
    emulator.close()

    repeat = emulator.webhooks.resend("1")

    assert (repeat["state"], repeat["reason"]) == ("given up", "stopped before it was delivered")
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"status": "abc"}, "status: 'abc' is not a whole number from 100 to 599"),
        ({"status": 99}, "status: 99 is not a whole number from 100 to 599"),
        ({"count": "x"}, "count: 'x' is not a whole number from 1 to 1000000000"),
        ({"count": 0}, "count: 0 is not a whole number from 1 to 1000000000"),
        ({"error": ["refused"]}, "error: ['refused'] is not one of timeout, refused, reset"),
        ({"target": 5}, "target: 5 is not a URL"),
    ],
)
def test_invalid_failure_is_an_error(emulator: Emulator, rule: dict[str, Any], message: str) -> None:
    """It is raised at once, and not in a worker."""
    with pytest.raises(SettingsError) as refused:
        emulator.webhooks.simulations.fail(**rule)

    assert str(refused.value) == message


def test_failing_function_is_no_response(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """The worker goes on, and the log has the traceback."""

    def respond(_: WebhookRequest) -> RecordedResponse:
        raise RuntimeError("broken target")

    subscribe(emulator)
    emulator.webhooks.simulations.add(None, respond)

    fire(emulator)
    emulator.webhooks.drain()

    assert states(emulator) == ["given up"]
    assert "broken target" in caplog.text


def test_delivery_held_back_after_a_reset_does_not_end_another_of_its_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ids start again after a reset, and a cancelled delivery changes nothing any more."""
    is_resolving, may_resolve, may_respond = (threading.Event() for _ in range(3))

    def resolve_slowly(*_: Any) -> list[Any]:
        is_resolving.set()
        may_resolve.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve_slowly)
    with Emulator(Settings(webhooks_anywhere=False)) as emulator:
        subscribe(emulator, "event.emit.slow", "http://slow.example/hook")
        subscribe(emulator, "event.emit.second")
        fire(emulator, "slow")
        assert is_resolving.wait(10)
        emulator.webhooks.cancel()
        emulator.webhooks.simulations.add(
            HOOK, lambda _: RecordedResponse(200 if may_respond.wait(10) else 500)
        )
        fire(emulator, "second")

        may_resolve.set()

        assert emulator.webhooks.drain(0.2)["under_way"] == 1
        may_respond.set()
        assert emulator.webhooks.drain(10)["drained"]
        assert states(emulator) == ["delivered"]
