"""Why no delivery came: what `expect_delivery`, `wait_for_delivery` and receivers say."""

from __future__ import annotations

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.errors import ExpectationError

_GLOBAL = "only global subscriptions get it (is_global=True; POST /subscriptions makes none)"
_CUSTOM = (
    "a custom event of that name was fired, which comes as event.emit.message.create: emit_standard, or "
    "fire --standard, sends the platform's own"
)


@pytest.fixture(params=["local", "remote"])
def mock(request: pytest.FixtureRequest, tiledesk_mock: TiledeskMock) -> TiledeskMock:
    """Return a handle of each kind in turn: both have the same messages."""
    return tiledesk_mock if request.param == "local" else TiledeskMock.connect(tiledesk_mock.url)  # type: ignore[return-value]


def _expected(mock: TiledeskMock, name: str) -> str:
    """Return the last line of the failure of `expect_delivery`."""
    with pytest.raises(ExpectationError) as caught:
        mock.expect_delivery(name)
    return str(caught.value).splitlines()[-1]


def _received(mock: TiledeskMock, *names: str) -> list[str]:
    """Return what a receiver's failure says below its first line, when nothing is sent."""
    with mock.webhooks.receiver(*names) as receiver, pytest.raises(ExpectationError) as caught:
        receiver.wait_for(1, timeout=0)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("lead.create", "it was sent, and no subscription is to it"),
        ("request.close", "it was not sent; sent were lead.create, group.create, project.create"),
        ("project.create", f"it was sent, and no subscription is to it; {_GLOBAL}"),
        ("order.paid", "it was fired, and no subscription is to it (as event.emit.order.paid or event.emit)"),
        ("order.payed", "no event of that name was fired; did you mean order.paid?"),
        ("event.emit.order.paid", "a delivery has the event's own name: expect order.paid"),
        ("request.created", "did you mean request.create, one of the platform's own events?"),
        ("lead.update", "the real server never sends it; nothing is sent when a lead changes"),
        (
            "message.create",
            f"it was not sent; {_CUSTOM}; sent were lead.create, group.create, project.create",
        ),
    ],
)
def test_failure_says_why_nothing_came(mock: TiledeskMock, name: str, hint: str) -> None:
    """Events are sent without subscriptions, custom ones are fired."""
    mock.emit_standard("lead.create")
    mock.emit_standard("group.create", name="Sales")
    mock.emit_standard("project.create", name="Second")
    mock.fire("order.paid")
    mock.fire("message.create")

    assert _expected(mock, name) == f"{name}: {hint}"


def test_wait_says_why_nothing_came(mock: TiledeskMock) -> None:
    """The nearest miss of another name does not hide it."""
    with mock.webhooks.receiver("group.create"):
        mock.emit_standard("group.create", name="Sales")
        mock.emit_standard("lead.create")
        mock.webhooks.drain()

        with pytest.raises(
            ExpectationError, match=r"lead\.create: it was sent, and no subscription is to it"
        ):
            mock.wait_for_delivery("lead.create", timeout=0)


def test_subscription_that_is_not_global_gets_no_sign_up(mock: TiledeskMock) -> None:
    """The same before and after the event is sent."""
    mock.webhooks.subscribe("user.signup", "http://127.0.0.1:9/")

    assert _expected(mock, "user.signup") == f"user.signup: it was not sent; {_GLOBAL}"
    mock.emit_standard("user.signup", email="new@example.com")
    assert _expected(mock, "user.signup") == f"user.signup: it was sent, and {_GLOBAL}"


def test_subscription_may_come_too_late(mock: TiledeskMock) -> None:
    """What was sent before is not delivered."""
    mock.emit_standard("lead.create")
    mock.fire("order.paid")
    mock.webhooks.subscribe("lead.create", "http://127.0.0.1:9/")

    assert _expected(mock, "lead.create") == "lead.create: it was sent before it was subscribed to"
    assert _received(mock, "event.emit") == [
        "event.emit: custom events were fired before it was subscribed to"
    ]


def test_subscription_may_be_in_another_project(tiledesk_mock: TiledeskMock) -> None:
    """Only a global one gets the events of all projects."""
    second = str(tiledesk_mock.emit_standard("project.create", name="Second")["_id"])
    for event in ("group.create", "event.emit.order.paid"):
        tiledesk_mock.controls.subscribe(event, "http://127.0.0.1:9/", second)
    tiledesk_mock.emit_standard("group.create", name="Sales")
    tiledesk_mock.fire("order.paid")

    where = "in another project than that of the subscriptions to it"
    assert _expected(tiledesk_mock, "group.create") == f"group.create: it was sent {where}"
    assert _expected(tiledesk_mock, "order.paid").startswith(f"order.paid: it was fired {where} (as ")


def test_failure_without_a_name_says_that_no_subscription_exists(mock: TiledeskMock) -> None:
    """It has the names of what was sent."""
    mock.emit_standard("lead.create")

    with pytest.raises(ExpectationError, match=r"\nno subscription exists; sent were lead\.create$"):
        mock.expect_delivery(status=200)


def test_messages_to_bots_need_a_url(mock: TiledeskMock) -> None:
    """The log calls them `bot`."""
    assert _expected(mock, "bot").startswith("bot: no message went to a bot; those with a url ")


def test_receiver_of_custom_events_gets_no_platform_events(mock: TiledeskMock) -> None:
    """The hint names those that were sent."""
    mock.emit_standard("lead.create")

    hint = "event.emit: it gets custom events, and none was fired; sent were lead.create"
    assert _received(mock, "event.emit") == [hint]


def test_receiver_of_an_emulator_that_has_ended_still_fails_in_plain_words() -> None:
    """The emulator, which is elsewhere, cannot say why nothing came."""
    with TiledeskMock() as serving:
        remote = TiledeskMock.connect(serving.url)
        receiver = remote.webhooks.receiver("event.emit")
    with receiver, pytest.raises(ExpectationError, match=r"0 came: nothing\n  no emulator responds$"):
        receiver.wait_for(1, timeout=0)


def test_reset_forgets_what_was_sent(mock: TiledeskMock) -> None:
    """As it does deliveries."""
    mock.emit_standard("lead.create")

    mock.reset()

    assert _expected(mock, "lead.create") == "lead.create: it was not sent"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("order.paid", "did you mean event.emit.order.paid?"),
        ("typing.start", "did you mean event.emit.typing.start?"),
        ("request.created", "did you mean request.create, one of the platform's own events?"),
        ("event.emit.message.create", "did you mean message.create, one of the platform's own events?"),
        ("event.emit.order.paid", "no event of that name was fired"),
        ("event.emit", "it gets custom events, and none was fired"),
        ("message.update", "the real server never sends it; it sends message.create only"),
        ("user.signup", f"it was not sent; {_GLOBAL}"),
    ],
)
def test_receiver_says_why_nothing_came(mock: TiledeskMock, name: str, hint: str) -> None:
    """For each name that it is subscribed to."""
    assert _received(mock, name, "group.create") == [f"{name}: {hint}", "group.create: it was not sent"]


def test_receiver_without_subscriptions_says_so(mock: TiledeskMock) -> None:
    """The client under test had to subscribe it."""
    (hint,) = _received(mock)

    assert hint.startswith("no subscription is to a URL that begins with http://127.0.0.1:")


def test_receiver_says_which_of_its_names_did_not_come(mock: TiledeskMock) -> None:
    """What came needs no hint."""
    with mock.webhooks.receiver("group.create", "group.delete") as receiver:
        mock.emit_standard("group.create", name="Sales")
        receiver.wait_for(1)
        mock.webhooks.drain()

        with pytest.raises(ExpectationError) as caught:
            receiver.wait_for(2, timeout=0)

    lines = str(caught.value).splitlines()
    assert lines[0].endswith("but 1 came: group.create")
    assert lines[1:] == ["  group.delete: it was not sent; sent were group.create"]


def test_delivery_under_way_is_hinted_at(mock: TiledeskMock) -> None:
    """It waits for a retry."""
    mock.webhooks.subscribe("lead.create", "http://127.0.0.1:9/")
    mock.webhooks.fail(status=500, count=1)
    mock.emit_standard("lead.create")
    mock.wait_for_delivery("lead.create", state="waiting for a retry")

    with pytest.raises(ExpectationError) as caught:
        mock.expect_delivery("lead.create", state="delivered")

    hint = "1 delivery is under way: webhooks.drain() waits for all, retries too"
    assert str(caught.value).splitlines()[-1] == hint


def test_platform_event_is_no_stored_event(mock: TiledeskMock) -> None:
    """The message of `expect_event` says what to expect instead."""
    mock.emit_standard("lead.create")

    with pytest.raises(ExpectationError, match="which are not stored: use expect_delivery"):
        mock.expect_event("lead.create")
