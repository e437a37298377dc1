"""Credentials in addresses are in no log, no error and no display."""

from __future__ import annotations

import logging

import pytest
import requests

from tiledesk_mock.cassettes.cassette import origin_and_target
from tiledesk_mock.cli.connection import origin_of
from tiledesk_mock.errors import ControlError
from tiledesk_mock.http.connections import shown_url
from tiledesk_mock.http.exchange import RecordedRequest
from tiledesk_mock.http.upstream import Upstream
from tiledesk_mock.journal.rendering import exchange_document
from tiledesk_mock.testing import TiledeskMock
from tiledesk_mock.testing.remote import RemoteMock

TARGET = "http://joe:hunter2@127.0.0.1:9/h?token=s3cret"
WRONG = "ftp://joe:hunter2@h/?token=s3cret"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (TARGET, "http://***@127.0.0.1:9/h?***"),
        ("http://h:8900/v3", "http://h:8900/v3"),
        ("joe:hunter2@h/v3", "***@h/v3"),
        ("http://joe:hun@ter2@h", "http://***@h"),
        ("http://h/a@b", "http://h/a@b"),
        ("http://h/#access_token=s3cret", "http://h/?***"),
        ("nonsense", "nonsense"),
    ],
)
def test_url_is_shown_without_credentials(url: str, shown: str) -> None:
    """User, password and query are left out; what remains says which server it is."""
    assert shown_url(url) == shown


def test_log_and_journal_mask_a_webhook_target(caplog: pytest.LogCaptureFixture) -> None:
    """The line of each attempt names the target without its credentials."""
    caplog.set_level(logging.DEBUG)
    with TiledeskMock() as mock:
        mock.webhooks.subscribe("event.emit", TARGET)
        body = {"name": "n", "attributes": {"at": TARGET}}
        requests.post(f"{mock.url}/{mock.project_id}/events", json=body, auth=mock.owner.basic, timeout=10)
        mock.webhooks.drain()
        shown = str([exchange_document(one) for one in mock.emulator.journal.exchanges()])

    assert "http://joe:***@127.0.0.1:9/h?token=***" in caplog.text
    assert [secret for secret in ("hunter2", "s3cret") if secret in caplog.text + shown] == []


def test_upstream_that_is_down_is_named_without_credentials() -> None:
    """The client gets a 502 with scheme and host only."""
    upstream = Upstream("http://joe:hunter2@127.0.0.1:1/?token=s3cret")

    response = upstream.respond(RecordedRequest("GET", "/v3/auth"))
    upstream.close()

    assert response.status == 502
    assert b"hunter2" not in response.body
    assert b"s3cret" not in response.body


def test_refused_urls_are_named_without_credentials() -> None:
    """Settings, options, handles and cassettes leave credentials out of their messages."""
    messages = []
    for use in (
        Upstream,
        RemoteMock,
        lambda url: origin_of(url, "--url"),
        lambda url: origin_and_target(url, ""),
    ):
        with pytest.raises(Exception) as caught:  # noqa: PT011  (each has its own)
            use(WRONG)
        messages.append(str(caught.value) + getattr(caught.value, "message", ""))

    assert all("***@h/" in message for message in messages)
    assert not any("hunter2" in message or "s3cret" in message for message in messages)


def test_connection_error_names_the_emulator_without_credentials() -> None:
    """The error of a handle whose emulator does not run has no credentials."""
    with pytest.raises(ControlError, match=r"http://\*\*\*@127.0.0.1:1"):
        RemoteMock("http://joe:hunter2@127.0.0.1:1")
