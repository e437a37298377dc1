"""`deliveries` and `resend`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tiledesk_mock import TiledeskMock
from tiledesk_mock.testing.receiver import Receiver

from .conftest import Verb

DEAD = "http://127.0.0.1:9/dead"


@pytest.fixture(autouse=True)
def receiver(mock: TiledeskMock) -> Iterator[Receiver]:
    """Send two webhooks to a receiver, and one to a target that is dead."""
    mock.clock.freeze("2026-01-31T12:00:00Z")
    mock.webhooks.fail(DEAD, error="refused")
    with mock.webhooks.receiver("event.emit.order.paid") as receiver:
        mock.webhooks.subscribe("event.emit.order.sent", DEAD)
        mock.fire("order.paid", {"order": 1})
        mock.fire("order.paid", {"order": 2})
        mock.fire("order.sent")
        mock.webhooks.drain()
        yield receiver


def test_deliveries_are_a_table(verb: Verb, receiver: Receiver) -> None:
    """A line has event, target, state and result."""
    header, first, _, third = verb("deliveries").out.splitlines()

    assert header.split() == ["id", "time", "event", "target", "state", "result", "attempts", "reason"]
    assert first.split()[3:] == ["order.paid", receiver.url, "delivered", "200", "1"]
    assert "given up   Error: connect ECONNREFUSED 127.0.0.1:9" in third


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (("--event", "order.paid"), ["1", "2"]),
        (("--event", "*sent"), ["3"]),
        (("--target", DEAD), ["3"]),
        (("--target", "*/hook"), ["1", "2"]),
        (("--state", "given up"), ["3"]),
        (("--status", "200"), ["1", "2"]),
        (("--status", "2xx"), ["1", "2"]),
        (("--status", "none"), ["3"]),
        (("--payload", "attributes.order=2"), ["2"]),
        (("-n", "1"), ["3"]),
    ],
    ids=str,
)
def test_deliveries_are_filtered(verb: Verb, words: tuple[str, ...], ids: list[str]) -> None:
    """By the words of expect_delivery."""
    assert [one["id"] for one in verb("deliveries", *words, "--json").documents] == ids


def test_delivery_is_printed_in_full(verb: Verb) -> None:
    """With its attempts, and the request without its secrets."""
    printed = verb("deliveries", "3").out

    assert printed.startswith("delivery 3 of order.sent ")
    assert printed.count("\nattempt ") == 3
    assert "\nx-hook-secret: ***\n" in printed
    assert '\n    "name": "order.sent",\n' in printed


def test_delivery_that_did_not_come_is_explained(verb: Verb) -> None:
    """On standard error, with exit code 0."""
    ended = verb("deliveries", "--event", "order.pad")

    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("no delivery like that\norder.pad: ")


def test_unknown_state_is_refused(verb: Verb) -> None:
    """The message has those that there are."""
    refused = verb("deliveries", "--state", "lost")

    assert refused.code == 2
    assert "'queued', 'waiting for a retry', 'delivered', 'refused', 'given up', 'held back'" in refused.err


def test_delivery_is_sent_again(verb: Verb, receiver: Receiver) -> None:
    """The new one is printed."""
    resent = verb("resend", "1")

    assert (resent.code, resent.out) == (
        0,
        f'4  "order.paid" to {receiver.url}: delivered after 1 attempt (200)\n',
    )
    assert receiver.wait_for(3)[2].body == receiver.received[0].body


def test_delivery_is_sent_elsewhere(verb: Verb, receiver: Receiver) -> None:
    """--json prints its document."""
    (delivery,) = verb("resend", "3", "--to", receiver.url, "--json").documents

    assert (delivery["target"], delivery["state"], delivery["resends"]) == (receiver.url, "delivered", "3")


def test_failed_delivery_has_exit_code_1(verb: Verb) -> None:
    """Its first attempt is not waited for again."""
    ended = verb("resend", "3")

    assert ended.code == 1
    assert f'4  "order.sent" to {DEAD}: waiting for a retry after 1 attempt' in ended.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("9",), "there is no delivery '9': 1 to 3 are kept"),
        (("1", "--to", "nonsense"), 'expected an http or https URL, not "nonsense"'),
    ],
)
def test_mistake_is_explained(verb: Verb, words: tuple[str, ...], message: str) -> None:
    """Nothing is sent."""
    ended = verb("resend", *words)

    assert ended.code == 1
    assert message in ended.err
