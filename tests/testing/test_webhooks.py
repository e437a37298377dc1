"""Receivers, failing targets and deliveries of a handle."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests

from tiledesk_mock import TiledeskMock, WebhookInvalid, verify_webhook
from tiledesk_mock.errors import ExpectationError, SettingsError, SetupError
from tiledesk_mock.testing.receiver import Receiver


@pytest.fixture
def mock() -> Iterator[TiledeskMock]:
    """Return a handle on a running emulator."""
    with TiledeskMock() as started:
        yield started


def subscribe(mock: TiledeskMock, event: str, target: str) -> str:
    """Subscribe as a client does; return the secret."""
    response = requests.post(
        f"{mock.url}/{mock.project_id}/subscriptions",
        json={"event": event, "target": target},
        auth=mock.admin.basic,
        timeout=10,
    )
    return str(response.json()["secret"])


def test_receiver_records_webhooks(mock: TiledeskMock) -> None:
    """The event, and whether it is verified."""
    with mock.webhooks.receiver("event.emit.order.paid") as receiver:
        mock.fire("order.paid", {"total": 42})

        (received,) = receiver.wait_for(1)

    assert (received.name, received.event["attributes"]) == ("order.paid", {"total": 42})
    assert received.is_verified
    assert received.headers["user-agent"] == "tiledesk-webhooks"


def test_client_subscribes_a_receiver(mock: TiledeskMock) -> None:
    """Its secret verifies what comes."""
    with mock.webhooks.receiver() as receiver:
        secret = subscribe(mock, "event.emit", receiver.url)
        mock.fire("order.paid")

        (received,) = receiver.wait_for(1)

    assert verify_webhook(received.headers, received.body, secret)["payload"]["name"] == "order.paid"


def test_post_without_a_subscription_is_recorded_with_its_error(mock: TiledeskMock) -> None:
    """It is not verified."""
    with mock.webhooks.receiver() as receiver:
        requests.post(receiver.url, json={"payload": {}}, timeout=10)

        (received,) = receiver.received

    assert (received.is_verified, received.error) == (
        False,
        "it names no subscription and no bot that exists",
    )


@pytest.mark.parametrize("body", [b'{"x": 1}', b"[1]", b"nothing", b'{"payload": []}', b"[" * 100_000])
def test_post_that_is_no_webhook_has_no_event(mock: TiledeskMock, body: bytes) -> None:
    """It is waited for and listed like any other."""
    with mock.webhooks.receiver() as receiver:
        requests.post(receiver.url, body, timeout=10)

        (received,) = receiver.wait_for(1)

    assert (received.name, receiver.names) == (None, [None])


def test_forged_post_is_recorded_with_its_error(mock: TiledeskMock) -> None:
    """It names a subscription, and has a wrong secret."""
    with mock.webhooks.receiver("event.emit") as receiver:
        mock.fire("order.paid")
        (genuine,) = receiver.wait_for(1)
        requests.post(receiver.url, data=genuine.body, headers={"x-hook-secret": "guessed"}, timeout=10)

        forged = receiver.received[1]

    assert forged.error == "x-hook-secret is not the subscription's secret"


def test_receiver_responds_with_statuses(mock: TiledeskMock) -> None:
    """In turn, then with 200 again."""
    with mock.webhooks.receiver("event.emit") as receiver:
        receiver.respond_with(500, 503)
        mock.fire("order.paid")
        mock.webhooks.drain()

        assert [one.status for one in receiver.received] == [500, 503, 200]


def test_receiver_starts_again_at_its_address(mock: TiledeskMock) -> None:
    """What was received stays."""
    receiver = mock.webhooks.receiver("event.emit")
    mock.fire("one")
    mock.webhooks.drain()
    receiver.stop()
    mock.fire("two")
    mock.webhooks.drain()
    receiver.start()

    mock.fire("three")
    mock.webhooks.drain()

    assert receiver.names == ["one", "three"]


def test_timeout_of_a_receiver_shows_what_came() -> None:
    """With the address, the number, and the names."""
    with Receiver() as receiver, pytest.raises(ExpectationError) as caught:
        receiver.wait_for(2, timeout=0.01)

    assert str(caught.value) == (f"expected 2 webhooks at {receiver.url} within 0.01 s, but 0 came: nothing")


def test_secret_that_looks_like_a_private_key_signs(mock: TiledeskMock) -> None:
    """Later deliveries are not blocked."""
    target = "http://127.0.0.1:1/"
    hook = {
        "event": "event.emit",
        "target": target,
        "id_project": mock.project_id,
        "secret": "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----",
    }
    mock.seed(subscriptions=[hook])
    mock.webhooks.fail(target, status=400)

    mock.fire("order.paid")

    assert mock.webhooks.drain()["drained"]
    assert [one["state"] for one in mock.deliveries] == ["given up"]


def test_receivers_stop_with_the_emulator() -> None:
    """Their port is free."""
    with TiledeskMock() as mock:
        receiver = mock.webhooks.receiver()
        port = int(receiver.url.split(":")[2].split("/")[0])

    with socket.create_server(("127.0.0.1", port)):
        pass


def test_receivers_stop_at_reset(mock: TiledeskMock) -> None:
    """Their subscriptions are gone as well."""
    receiver = mock.webhooks.receiver("event.emit")

    mock.reset()

    with pytest.raises(requests.ConnectionError):
        requests.post(receiver.url, timeout=10)


def test_failing_target_needs_no_server(mock: TiledeskMock) -> None:
    """It fails `count` times; then the request is sent."""
    with mock.webhooks.receiver("event.emit") as receiver:
        mock.webhooks.fail(receiver.url, error="timeout", count=2)
        mock.fire("order.paid")
        mock.webhooks.drain()

        (delivery,) = mock.deliveries
        errors = [one["error"] for one in delivery["attempts"]]
        timed_out = "Error: connect ETIMEDOUT " + receiver.url.split("/")[2]
        assert errors == [timed_out, timed_out, None]
        assert receiver.names == ["order.paid"]


def test_delivery_is_sent_again(mock: TiledeskMock) -> None:
    """The receiver gets the same body twice."""
    with mock.webhooks.receiver("event.emit") as receiver:
        mock.fire("order.paid")
        mock.webhooks.drain()

        mock.webhooks.resend(mock.deliveries[0]["id"])
        mock.webhooks.drain()

        first, second = receiver.received
    assert first.body == second.body


def test_delivery_is_sent_to_another_receiver(mock: TiledeskMock) -> None:
    """One that is subscribed to nothing."""
    with mock.webhooks.receiver("event.emit"), mock.webhooks.receiver() as other:
        mock.fire("order.paid")
        mock.webhooks.drain()

        mock.webhooks.resend(mock.deliveries[0]["id"], target=other.url)

        (received,) = other.wait_for(1)
    assert received.name == "order.paid"


def test_control_api_has_webhooks(mock: TiledeskMock) -> None:
    """Deliveries, drain, failures and resend."""
    admin = mock.url.removesuffix("/v3") + "/__admin"
    subscribe(mock, "event.emit", "http://127.0.0.1:9/hook")
    failing = {"target": "http://127.0.0.1:9/hook", "status": 500}
    requests.post(f"{admin}/deliveries/failures", json=failing, timeout=10).raise_for_status()
    mock.fire("order.paid")

    drained = requests.post(f"{admin}/deliveries/drain", json={"timeout": 10}, timeout=10).json()
    (delivery,) = requests.get(f"{admin}/deliveries", timeout=10).json()["deliveries"]
    again = requests.post(f"{admin}/deliveries/{delivery['id']}/resend", timeout=10).json()

    assert drained == {"drained": True, "under_way": 0}
    assert [one["status"] for one in delivery["attempts"]] == [500, 500, 500]
    assert (again["resends"], again["event"]) == (delivery["id"], delivery["event"])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("deliveries/7/resend", None, 404),
        ("deliveries/7/resend", {"target": "nowhere"}, 400),
        ("deliveries/failures", {"error": "tired"}, 400),
        ("deliveries/failures", [], 400),
        ("deliveries/failures", {"targets": []}, 400),
        ("deliveries/drain", {"timeout": "long"}, 400),
        ("subscriptions", {"event": "event.emit"}, 400),
        ("standard-events", {"name": "typing.start", "attributes": 3}, 400),
        ("standard-events", {"name": "nope"}, 400),
    ],
)
def test_control_api_refuses_wrong_webhook_requests(
    mock: TiledeskMock, path: str, body: object, status: int
) -> None:
    """With an error that says why."""
    admin = mock.url.removesuffix("/v3") + "/__admin"

    response = requests.post(f"{admin}/{path}", json=body, timeout=10)

    assert response.status_code == status
    assert response.json()["error"]


def test_remote_handle_has_webhooks(mock: TiledeskMock) -> None:
    """Receivers, failures, drain and resend go through the control API."""
    remote = TiledeskMock.connect(mock.url)
    with remote.webhooks.receiver("event.emit") as receiver:
        undo = remote.webhooks.fail(receiver.url, status=500)
        remote.fire("order.paid")
        remote.webhooks.drain()
        undo()
        remote.webhooks.resend(remote.deliveries[0]["id"])
        remote.webhooks.drain()

        assert [one["state"] for one in remote.deliveries] == ["given up", "delivered"]
        assert [one.is_verified for one in receiver.received] == [True]


def test_receivers_of_a_remote_handle_stop_with_it(mock: TiledeskMock) -> None:
    """At its end, and at its reset; the emulator runs on."""
    with TiledeskMock.connect(mock.url) as remote:
        first = remote.webhooks.receiver().url
        remote.reset()
        second = remote.webhooks.receiver().url

    for url in (first, second):
        with pytest.raises(requests.ConnectionError):
            requests.post(url, timeout=10)
    assert remote.owner.role == "owner"


def test_delivery_is_waited_for(mock: TiledeskMock) -> None:
    """Until it is delivered."""
    with mock.webhooks.receiver("event.emit") as receiver:
        mock.fire("order.paid")

        delivery = mock.wait_for_delivery("order.paid", target=receiver.url)

    assert [one["status"] for one in delivery["attempts"]] == [200]


def test_message_has_each_attempt_of_a_delivery(mock: TiledeskMock) -> None:
    """Its outcome, its time, and the time of the next one."""
    mock.clock.freeze("2026-01-31T12:00:00Z")
    with mock.webhooks.receiver("event.emit") as receiver:
        receiver.respond_with(503)
        mock.fire("order.paid")
        mock.wait_for_delivery("order.paid", state="waiting for a retry")

        with pytest.raises(ExpectationError) as failure:
            mock.expect_delivery("order.paid", state="delivered")

    lines = str(failure.value).splitlines()
    assert lines[2] == f'  - "order.paid" to {receiver.url}: waiting for a retry after 1 attempt (503)'
    assert lines[-2].startswith(
        "  attempt 1 at 2026-01-31T12:00:00.000Z: status 503, again at 2026-01-31T12:00:0"
    )


def test_platform_event_is_about_a_member(mock: TiledeskMock) -> None:
    """With attributes of the test."""
    event = mock.emit_standard("typing.start", by="user", recipient_id="support-group-1")

    assert event["name"] == "typing.start"
    assert event["attributes"]["recipient_id"] == "support-group-1"
    assert event["project_user"]["_id"] == mock.user.id
    assert event["createdBy"] == event["attributes"]["writer_id"]


def test_global_receiver_gets_sign_ups(mock: TiledeskMock) -> None:
    """The real server sends `user.signup` to global subscriptions only, and this one with no password."""
    with mock.webhooks.receiver("user.signup", is_global=True) as receiver:
        mock.webhooks.subscribe("user.signup", receiver.url.replace("hook", "of-the-project"))
        fields = {"email": "New@example.com", "password": "pw-1", "firstname": "Nina", "lastname": "New"}
        made = requests.post(f"{mock.url}/auth/signup", json=fields, timeout=5).json()["user"]

        (received,) = receiver.wait_for(1)
        delivery = mock.wait_for_delivery("user.signup", target=receiver.url)

    assert (received.name, received.path, received.error) == ("user.signup", "/hook", None)
    assert received.event == made
    assert list(made) == [
        *("status", "_id", "email", "firstname", "lastname", "emailverified", "createdAt", "updatedAt", "__v")
    ]
    assert delivery["event"]["_id"] == made["_id"]
    assert len(mock.deliveries) == 1


def test_sign_up_that_fails_sends_nothing(mock: TiledeskMock) -> None:
    """Neither do sign-ins."""
    with mock.webhooks.receiver("user.signup", is_global=True):
        for path, fields in (
            ("signup", {"email": "owner@example.com", "password": "x", "firstname": "A", "lastname": "B"}),
            ("signinAnonymously", {"id_project": mock.project_id}),
        ):
            requests.post(f"{mock.url}/auth/{path}", json=fields, timeout=5)

    assert mock.deliveries == []


def test_webhook_of_a_global_subscription_needs_the_global_secret(mock: TiledeskMock) -> None:
    """Its header has the subscription's secret, but its token is signed with the server's."""
    with mock.webhooks.receiver("event.emit", is_global=True) as receiver:
        mock.fire("order.paid")
        (received,) = receiver.wait_for(1)
        (subscription,) = mock.controls.subscriptions()
    secret, global_secret = subscription["secret"], mock.emulator.settings.global_secret

    document = verify_webhook(received.headers, received.body, secret, global_secret=global_secret)

    assert document["payload"]["name"] == "order.paid"
    for other, problem in ((None, "pass the server's global_secret"), (secret, "token is refused")):
        with pytest.raises(WebhookInvalid, match=problem):
            verify_webhook(received.headers, received.body, secret, global_secret=other)


def test_token_of_a_person_is_no_webhook(mock: TiledeskMock) -> None:
    """It is signed with the global secret, too, but not for webhooks."""
    with mock.webhooks.receiver("event.emit", is_global=True) as receiver:
        mock.fire("order.paid")
        (received,) = receiver.wait_for(1)
    token = mock.owner.jwt.removeprefix("JWT ")
    body = json.dumps({**received.json, "token": token})
    secrets = {
        "secret": received.headers["x-hook-secret"],
        "global_secret": mock.emulator.settings.global_secret,
    }

    with pytest.raises(WebhookInvalid, match="subject is 'user', not 'subscription'"):
        verify_webhook(received.headers, body, **secrets)


def test_received_platform_event_has_the_name_subscribed_to(mock: TiledeskMock) -> None:
    """The name in its payload is the department's."""
    with mock.webhooks.receiver("department.create") as receiver:
        mock.emit_standard("department.create", name="Sales")
        (received,) = receiver.wait_for(1)

    assert (received.name, received.event["name"]) == ("department.create", "Sales")
    assert received.is_verified
    mock.wait_for_delivery("department.create", target=receiver.url)


def test_failing_target_of_a_platform_event_gets_retries(mock: TiledeskMock) -> None:
    """As that of a fired event does; the delivery can be sent again to the byte."""
    target = "http://127.0.0.1:9/hook"
    mock.webhooks.subscribe("department.create", target)
    mock.webhooks.fail(target, error="refused", count=2)
    mock.webhooks.fail(target, status=200)
    mock.emit_standard("department.create", name="Sales")

    mock.webhooks.drain()
    delivery = mock.expect_delivery("department.create", state="delivered")
    mock.webhooks.resend(delivery["id"])
    mock.webhooks.drain()

    assert [attempt["status"] for attempt in delivery["attempts"]] == [None, None, 200]
    again = mock.expect_delivery("department.create", resends=delivery["id"])
    assert again["request"] == delivery["request"]
    assert mock.expect_delivery("department.create", subscription={"event": "department.create"}, count=2)


def test_delivery_is_expected_by_a_part_of_its_payload(mock: TiledeskMock) -> None:
    """The nearest miss is shown field by field."""
    with mock.webhooks.receiver("group.create"):
        mock.emit_standard("group.create", name="Sales")
        mock.emit_standard("group.create", name="Support")
        mock.webhooks.drain()

        found = mock.expect_delivery("group.create", payload={"name": "Support", "trashed": False})
        with pytest.raises(ExpectationError) as failure:
            mock.expect_delivery("group.create", payload={"name": "Support", "trashed": True})

    assert found["id"] == "2"
    assert "  payload.trashed  expected true, came false" in str(failure.value).splitlines()


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        (("message.create",), {"event": {"text": "ho"}}),
        ((), {"event": {"text": "ho"}}),
        (("message.create",), {"request": {"json": {"text": "ho"}}}),
    ],
)
def test_payload_in_another_argument_is_refused(
    mock: TiledeskMock, arguments: tuple[str, ...], fields: dict[str, object]
) -> None:
    """The message names the right one."""
    with pytest.raises(SetupError, match=r"payload=\{...\} expects a part of the webhook's payload"):
        mock.expect_delivery(*arguments, **fields)  # type: ignore[call-overload]


def test_event_of_a_delivery_may_be_named(mock: TiledeskMock) -> None:
    """As all other fields."""
    with mock.webhooks.receiver("group.create"):
        mock.emit_standard("group.create", name="Sales")

        assert mock.wait_for_delivery(event="group.create")["event"]["name"] == "group.create"


def test_count_that_is_missed_shows_the_others(mock: TiledeskMock) -> None:
    """The second delivery was given up."""
    target = "http://127.0.0.1:9/"
    mock.webhooks.subscribe("group.create", target)
    mock.webhooks.fail(target, status=200, count=1)
    mock.webhooks.fail(target, status=500)
    for name in ("Sales", "Support"):
        mock.emit_standard("group.create", name=name)
        mock.webhooks.drain()

    with pytest.raises(ExpectationError) as failure:
        mock.expect_delivery("group.create", status=200, count=2)

    lines = str(failure.value).splitlines()
    assert lines[1:6] == [
        "1 delivery like that came:",
        f'  - "group.create" (#1, name "Sales") to {target}: delivered after 1 attempt (200)',
        "1 other delivery came, none like that:",
        f'  - "group.create" (#2, name "Support") to {target}: given up after 3 attempts (500)',
        "  status  expected 200, came 500",
    ]


@pytest.mark.parametrize(
    ("event", "target", "problem"),
    [
        ("message.create", "127.0.0.1:8000/hook", "did you mean http://127.0.0.1:8000/hook?"),
        ("message.create", "my hook", 'target: expected an http or https URL, not "my hook"'),
        (
            "http://127.0.0.1:9/hook",
            "message.create",
            "event: expected the name of an event, not the URL http://127",
        ),
        ("http://127.0.0.1:9/hook", "http://127.0.0.1:9/hook", "event: expected the name of an event"),
    ],
)
def test_subscription_to_what_is_no_url_is_an_error(
    mock: TiledeskMock, event: str, target: str, problem: str
) -> None:
    """Tiledesk itself takes any text, and says so in the history only."""
    for handle in (mock, TiledeskMock.connect(mock.url)):
        with pytest.raises(SetupError, match=re.escape(problem)):
            handle.webhooks.subscribe(event, target)

    assert mock.controls.subscriptions() == []


def test_webhook_of_a_bot_is_verified_with_its_secret(mock: TiledeskMock) -> None:
    """It has no header with a secret; the error says whose webhook it is."""
    with mock.webhooks.receiver() as receiver:
        bot = mock.emit_standard("faqbot.create", name="Robby", url=receiver.url, type="external")
        mock.emit_standard("department.create", name="Sales", bot="Robby")
        mock.conversation("hello", by="guest", department="Sales")
        received = receiver.wait_for(1)[0]
    headers, body = received.headers, received.body
    secret = TiledeskMock.connect(mock.url).person(bot["_id"]).secret

    assert (received.is_verified, received.error) == (True, None)
    assert verify_webhook(headers, body, str(secret))["payload"]["text"] == "hello"
    with pytest.raises(
        WebhookInvalid, match=f"webhook of the bot 'Robby', {bot['_id']}, which the bot's secret"
    ):
        verify_webhook(headers, body, "another secret")
    with pytest.raises(WebhookInvalid, match="the token is of another bot: its name is 'Robby'"):
        verify_webhook(headers, body.replace(b'"name":"Robby"', b'"name":"Bobby"'), str(secret))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [(("x",), "count: 'x' is not a number from 0"), ((1, "x"), "timeout: 'x' is not a number of seconds")],
)
def test_receiver_refuses_to_wait_for_what_is_no_number(arguments: tuple[Any, ...], problem: str) -> None:
    """At once."""
    with Receiver() as receiver, pytest.raises(SettingsError, match=f"^{problem}$"):
        receiver.wait_for(*arguments)


def test_failure_of_a_receiver_points_at_the_line_of_the_test() -> None:
    """The source of the package is hidden."""
    with Receiver() as receiver, pytest.raises(ExpectationError) as failure:
        receiver.wait_for(1, timeout=0)

    assert [str(entry.path) for entry in failure.traceback.filter(failure)] == [__file__]


@pytest.mark.parametrize("status", [5000, 99, "500", True])
def test_receiver_refuses_to_respond_with_what_is_no_status(status: Any) -> None:
    """A status is 100 to 599."""
    with Receiver() as receiver, pytest.raises(SettingsError, match="is not a status from 100 to 599"):
        receiver.respond_with(200, status)


def test_answer_has_to_be_json_or_a_function() -> None:
    """It is checked before a request comes."""
    with Receiver() as receiver, pytest.raises(SetupError, match="this is not JSON: Object of type object"):
        receiver.answer_with(object())  # type: ignore[arg-type]


def test_error_of_an_answering_function_is_shown(
    mock: TiledeskMock, caplog: pytest.LogCaptureFixture
) -> None:
    """By the request and in the receiver's failure; the response is a 500, and nothing is logged."""
    with mock.webhooks.receiver("event.emit") as receiver:
        receiver.answer_with(lambda event: event["id_usr"])
        mock.fire("order.paid")
        (received,) = receiver.wait_for(1)
        with pytest.raises(ExpectationError) as failure:
            receiver.wait_for(2, timeout=0)

    assert (received.status, received.error) == (500, "the function of answer_with raised KeyError: 'id_usr'")
    assert f"  order.paid: {received.error}" in str(failure.value).splitlines()
    assert caplog.records == []


@pytest.mark.parametrize("is_remote", [False, True])
def test_end_of_the_block_unsubscribes_a_receiver(mock: TiledeskMock, is_remote: bool) -> None:
    """Also if the block raised; later events are not sent to it, and other subscriptions stay."""
    handle = TiledeskMock.connect(mock.url) if is_remote else mock
    mock.webhooks.subscribe("group.create", "http://127.0.0.1:9/hook")
    with suppress(ZeroDivisionError), handle.webhooks.receiver("event.emit", "operator.select") as receiver:
        raise ZeroDivisionError

    mock.fire("order.paid")

    assert [one["event"] for one in mock.controls.subscriptions()] == ["group.create"]
    assert mock.deliveries == []
    with pytest.raises(ExpectationError, match=r"\n  the receiver was closed at the end of its block"):
        receiver.wait_for(1, timeout=0)


def test_end_of_the_block_keeps_the_subscriptions_after_a_reset() -> None:
    """They may have the same ids."""
    time = "2026-01-31T12:00:00Z"
    with TiledeskMock(id_seed="1") as mock:
        mock.clock.freeze(time)
        with mock.webhooks.receiver("event.emit"):
            (before,) = mock.controls.subscriptions()
            mock.reset()
            mock.clock.freeze(time)
            second = mock.webhooks.receiver("event.emit")

        (left,) = mock.controls.subscriptions()

    assert (left["_id"], left["target"]) == (before["_id"], second.url)


def test_receiver_of_a_stopped_emulator_ends_quietly() -> None:
    """There is nothing to unsubscribe, neither here nor elsewhere."""
    mock = TiledeskMock().start()
    remote = TiledeskMock.connect(mock.url)
    with mock.webhooks.receiver("event.emit"), remote.webhooks.receiver("event.emit"):
        mock.stop()


def test_end_of_a_remote_handle_unsubscribes_its_receivers(mock: TiledeskMock) -> None:
    """The emulator runs on without them."""
    with TiledeskMock.connect(mock.url) as remote:
        remote.webhooks.receiver("event.emit")

    assert mock.controls.subscriptions() == []


def test_lines_about_messages_have_their_texts(mock: TiledeskMock) -> None:
    """Shortened; the numbers tell those with the same text apart."""
    with mock.webhooks.receiver("message.create"):
        for text in ("hello", "hello", "x" * 100):
            mock.emit_standard("message.create", text=text)
        mock.webhooks.drain()

        with pytest.raises(ExpectationError) as failure:
            mock.expect_delivery("message.create", count=2)

    names = [line.partition(" to http")[0] for line in str(failure.value).splitlines()[2:]]
    assert names == [
        '  - "message.create" (#1, text "hello")',
        '  - "message.create" (#2, text "hello")',
        f'  - "message.create" (#3, text "{"x" * 36}...)',
    ]
