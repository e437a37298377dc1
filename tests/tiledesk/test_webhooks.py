"""How the receiver of a webhook verifies it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.grounds import recording_of
from tiledesk_mock import WebhookInvalid, verify_webhook
from tiledesk_mock.tiledesk.auth import sign_token

DELIVERIES = [
    target
    for case, targets in recording_of("webhooks").items()
    for target in targets
    if case.startswith("fired by") and "body" in target
]
SECRET = "the-secret-that-the-recording-redacts"


def delivered(recorded: dict[str, Any], secret: str = SECRET, **claims: Any) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a recorded delivery, signed again, since its secret is redacted."""
    token = sign_token({**recorded["token"][1], "iat": 0, **claims}, secret)
    return {"X-Hook-Secret": secret}, json.dumps({**recorded["body"], "token": token}).encode()


@pytest.mark.parametrize("recorded", DELIVERIES, ids=lambda one: one["requests"][0][0])
def test_recorded_delivery_is_accepted(recorded: dict[str, Any]) -> None:
    """A webhook is accepted for any caller, and with headers in any case."""
    headers, body = delivered(recorded)

    assert verify_webhook(headers, body, SECRET)["payload"] == recorded["body"]["payload"]


def test_body_may_be_text() -> None:
    """Some frameworks decode bodies."""
    headers, body = delivered(DELIVERIES[0])

    assert verify_webhook(headers, body.decode(), SECRET)["hook"] == DELIVERIES[0]["body"]["hook"]


def test_missing_header_raises() -> None:
    """A request without secret may come from anywhere."""
    _, body = delivered(DELIVERIES[0])

    with pytest.raises(WebhookInvalid, match="no header x-hook-secret"):
        verify_webhook({}, body, SECRET)


def test_other_secret_raises() -> None:
    """The header has to have the subscription's secret."""
    headers, body = delivered(DELIVERIES[0], "another")

    with pytest.raises(WebhookInvalid, match="is not the subscription's secret"):
        verify_webhook(headers, body, SECRET)


def test_token_signed_with_another_secret_raises() -> None:
    """The signature of the token is verified, too."""
    headers, _ = delivered(DELIVERIES[0])
    _, body = delivered(DELIVERIES[0], "another")

    with pytest.raises(WebhookInvalid, match="the token is refused: Signature verification failed"):
        verify_webhook(headers, body, SECRET)


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"sub": "user"}, "the token's subject is 'user', not 'subscription'"),
        ({"aud": "https://tiledesk.com/subscriptions/x"}, "the token is for 'https://.*/x', not for"),
        ({"target": "http://elsewhere"}, "its target is 'http://elsewhere', the hook's is 'http://127"),
        ({"exp": 1}, "the token is refused: expired"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_token_of_another_subscription_raises(claims: dict[str, Any], message: str) -> None:
    """Subscriptions share a secret on the real server, so the claims have to be those of this one."""
    headers, body = delivered(DELIVERIES[0], **claims)

    with pytest.raises(WebhookInvalid, match=message):
        verify_webhook(headers, body, SECRET)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b"[]", "the body is not a JSON object"),
        (b"{}", "the body has no payload"),
        (b'{"payload": {}, "hook": 3}', "the body has no hook"),
        (b'{"payload": {}, "hook": {}}', "the body has no token"),
    ],
    ids=str,
)
def test_malformed_body_raises(body: bytes, message: str) -> None:
    """The error says what is wrong with the body."""
    with pytest.raises(WebhookInvalid, match=message):
        verify_webhook({"x-hook-secret": SECRET}, body, SECRET)
