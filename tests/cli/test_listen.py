"""`listen`, and `fire --standard`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tiledesk_mock import verify_webhook
from tiledesk_mock.testing.receiver import Receiver

from .conftest import Run, Start

Listen = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Listen]:
    """Start `listen` and read its first line on standard error."""
    started: list[subprocess.Popen[str]] = []

    def start_one(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tiledesk_mock", "listen", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stderr
        process.first_line = process.stderr.readline()  # type: ignore[attr-defined]
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


def test_webhook_is_forwarded_unchanged(start: Start, run: Run, listen: Listen) -> None:
    """The receiver can verify it with the printed secret."""
    url = start("--in-memory").url
    with Receiver() as receiver:
        process = listen("--forward-to", receiver.url, "--url", url, "--count", "1")
        run("fire", "order.paid", "total=42", "--url", url)
        (received,) = receiver.wait_for(1, 10)
        printed, _ = process.communicate(timeout=30)

    secret = process.first_line.rpartition(" ")[2].strip()  # type: ignore[attr-defined]
    assert verify_webhook(received.headers, received.body, secret)["payload"]["name"] == "order.paid"
    assert f'order.paid {received.event["_id"]} {{"total": 42}} -> {receiver.url} 200' in printed


def test_response_of_the_receiver_counts(start: Start, run: Run, listen: Listen) -> None:
    """A failed delivery is printed and retried; `drain` retries at once."""
    url = start("--in-memory").url
    with Receiver() as receiver:
        receiver.respond_with(503)
        process = listen("--forward-to", receiver.url, "--url", url, "--count", "2", "--json")
        run("fire", "order.paid", "--url", url)
        requests.post(url.removesuffix("/v3") + "/__admin/deliveries/drain", timeout=10)
        printed, _ = process.communicate(timeout=30)

    assert [json.loads(line)["status"] for line in printed.splitlines()] == [503, 200]


def test_listening_for_a_platform_event(start: Start, run: Run, listen: Listen) -> None:
    """It is subscribed to by its own name, globally if it has no project, and printed with its payload."""
    url = start("--in-memory").url
    process = listen("--event", "user.signup", "--url", url, "--count", "1")

    run("fire", "--standard", "user.signup", "email=ann@example.com", "--url", url)

    printed, _ = process.communicate(timeout=30)
    assert process.first_line.startswith("listening for user.signup, ")  # type: ignore[attr-defined]
    assert " user.signup " in printed
    assert '"email": "ann@example.com"' in printed


def test_text_of_a_message_is_printed_first(start: Start, run: Run, listen: Listen) -> None:
    """Of a long payload the end is cut off."""
    url = start("--in-memory").url
    process = listen("--event", "message.create", "--url", url, "--count", "1")

    run("fire", "--standard", "message.create", "text=hello", "--url", url)

    printed, _ = process.communicate(timeout=30)
    assert '{"text": "hello", "status": ' in printed


def test_event_name_may_have_its_prefix(start: Start, listen: Listen) -> None:
    """`event.emit.` is added only if it is missing."""
    process = listen("--event", "event.emit.order.paid", "--url", start("--in-memory").url)

    assert process.first_line.startswith("listening for event.emit.order.paid, ")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("request.creat", "did you mean request.create, one of the platform's own events?"),
        ("lead.update", "the real server never sends it; nothing is sent when a lead changes"),
    ],
)
def test_doubtful_name_is_hinted_at(start: Start, listen: Listen, name: str, hint: str) -> None:
    """It listens to the custom event of that name."""
    process = listen("--event", name, "--url", start("--in-memory").url)

    assert process.first_line.startswith(f"listening for event.emit.{name}, ")  # type: ignore[attr-defined]
    process.send_signal(signal.SIGINT)
    process.wait(30)
    assert process.stderr  # not `communicate`: the line may be in its buffer already
    assert process.stderr.readline() == f"{name}: {hint}\n"


def test_end_says_why_nothing_came(start: Start, run: Run, listen: Listen) -> None:
    """For each name."""
    url = start("--in-memory").url
    process = listen("--event", "group.delete", "--url", url)
    run("fire", "--standard", "group.create", "name=Sales", "--url", url)

    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)

    assert errors == "nothing came: group.delete: it was not sent; sent were group.create\n"


def test_only_named_events_are_printed(start: Start, run: Run, listen: Listen) -> None:
    """Without a receiver they are not forwarded."""
    url = start("--in-memory").url
    process = listen("--event", "order.paid", "--url", url, "--count", "1", "--json")

    run("fire", "order.sent", "--url", url)
    run("fire", "order.paid", "--url", url)
    printed, _ = process.communicate(timeout=30)

    assert json.loads(printed)["body"]["payload"]["name"] == "order.paid"


def test_subscription_is_removed_at_the_end(start: Start, run: Run, listen: Listen) -> None:
    """The emulator has no subscription left."""
    url = start("--in-memory").url
    process = listen("--url", url)
    assert len(json.loads(run("export", "--url", url).stdout)["subscriptions"]) == 1

    process.send_signal(signal.SIGINT)

    assert process.wait(30) == 0
    assert json.loads(run("export", "--url", url).stdout)["subscriptions"] == []


def test_listen_subscribes_again_after_a_reset_and_ends_with_the_emulator(
    start: Start, run: Run, listen: Listen
) -> None:
    """A reset removes the subscription; without an emulator there is nothing to listen to."""
    serving = start("--in-memory")
    process = listen("--url", serving.url)
    run("reset", "--url", serving.url)
    assert process.stderr
    assert process.stderr.readline().startswith("listening for event.emit, secret")

    serving.stop(signal.SIGTERM)

    assert process.wait(30) == 1
    assert "no emulator responds at" in process.stderr.read()


def test_invalid_target_is_rejected(run: Run) -> None:
    """Before anything is subscribed."""
    refused = run("listen", "--forward-to", "nonsense")

    assert refused.returncode == 2
    assert "'nonsense' is not an http URL" in refused.stderr


def test_listen_ends_when_its_output_is_closed(start: Start, run: Run, listen: Listen) -> None:
    """As in a pipe to a program that reads one line."""
    url = start("--in-memory").url
    process = listen("--url", url)
    assert process.stdout
    process.stdout.close()

    run("fire", "order.paid", "--url", url)

    assert process.wait(30) == 0
    assert process.stderr
    assert process.stderr.read() == ""


def test_unreachable_receiver_is_printed(start: Start, run: Run, listen: Listen) -> None:
    """The line has the error."""
    url = start("--in-memory").url
    with Receiver() as receiver:
        target = receiver.url
    process = listen("--forward-to", target, "--url", url, "--count", "1")

    run("fire", "order.paid", "--url", url)
    printed, _ = process.communicate(timeout=30)

    assert f"-> {target} Error: connect ECONNREFUSED 127.0.0.1:" in printed


def test_standard_event_is_fired_with_own_attributes(start: Start, run: Run) -> None:
    """The other attributes are examples."""
    url = start("--in-memory").url

    fired = json.loads(run("fire", "--standard", "typing.start", "data.text=Hel", "--url", url).stdout)

    assert (fired["name"], fired["attributes"]["data"]) == ("typing.start", {"text": "Hel"})
    assert fired["attributes"]["recipient_id"].startswith("support-group-")


def test_unknown_standard_event_is_wrong_use(run: Run) -> None:
    """The message has the name that is meant."""
    refused = run("fire", "--standard", "typing.stars")

    assert refused.returncode == 2
    assert refused.stderr == "Error: typing.stars: unknown; did you mean typing.start?\n"
