"""Secrets are masked, and the rest stays useful."""

from __future__ import annotations

import base64
from typing import Any

import jwt
import pytest

from tiledesk_mock.redaction.masking import (
    MASK,
    masked_authorization,
    masked_form,
    masked_headers,
    masked_json,
    masked_target,
    masked_text,
)

TOKEN = jwt.encode({"sub": "user", "email": "owner@example.com"}, "a secret of more than 32 characters!")


@pytest.mark.parametrize(
    ("header", "masked"),
    [
        ("Basic " + base64.b64encode(b"a@b.c:pass:word").decode(), "Basic a@b.c:***"),
        (f"JWT {TOKEN}", "JWT *** (sub user, owner@example.com)"),
        ("JWT nonsense", "JWT ***"),
        (f"Bearer {TOKEN}", "Bearer ***"),
        ("hunter2", "***"),
    ],
)
def test_masked_header_still_names_the_user(header: str, masked: str) -> None:
    """Only the secret is masked."""
    assert masked_authorization(header) == masked


def test_secret_headers_are_masked_in_any_case() -> None:
    """Cookies and the secrets of hooks are among them."""
    fields = (("COOKIE", "a=b"), ("X-Hook-Secret", "s"), ("X-Other", f"see {TOKEN}"), ("Host", "h"))

    assert dict(masked_headers(fields)) == {
        "COOKIE": "***",
        "X-Hook-Secret": "***",
        "X-Other": "see *** (sub user, owner@example.com)",
        "Host": "h",
    }


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ({"password": "p", "email": "e"}, {"password": "***", "email": "e"}),
        ({"a": [{"newPassword": "p"}]}, {"a": [{"newPassword": "***"}]}),
        ({"token": TOKEN}, {"token": "***"}),
        ({"text": f"JWT {TOKEN}"}, {"text": "JWT *** (sub user, owner@example.com)"}),
        ({"name": "pin", "Value": [4711]}, {"name": "pin", "Value": ["***"]}),
        ({"name": "size", "value": 4711}, {"name": "size", "value": 4711}),
        ({"token": None, "password": ""}, {"token": None, "password": ""}),
        ([1, "a", None], [1, "a", None]),
    ],
)
def test_json_is_masked_at_any_depth(value: Any, masked: Any) -> None:
    """By the names of fields, and wherever a token is."""
    assert masked_json(value) == masked


def test_forms_and_queries_are_masked() -> None:
    """The URL of a WebSocket has its token."""
    assert masked_form("email=a&password=b&user[password]=c") == "email=a&password=***&user[password]=***"
    assert masked_target("/ws?token=JWT%20abc&x=1") == "/ws?token=***&x=1"


@pytest.mark.parametrize("claims", [b"[" * 5000, b"x", b"[]", b"\xff"], ids=["deep", "x", "list", "bytes"])
def test_token_with_malformed_claims_is_masked(claims: bytes) -> None:
    """They may be nested too deep, or no JSON, or no text."""
    payload = base64.urlsafe_b64encode(claims).decode().rstrip("=")
    token = f"eyJhbGciOiJIUzI1NiJ9.{payload}.x"

    assert masked_text(f"it is {token}") == f"it is {MASK}"
    assert masked_authorization(f"JWT {token}") == f"JWT {MASK}"


@pytest.mark.parametrize(
    ("target", "masked"),
    [
        ("/events?token=abc&page=1", "/events?token=***&page=1"),
        ("/events?%74oken=abc", "/events?%74oken=***"),
        ("/a?pwd=x&sid=y&sessionid=z&page=1", "/a?pwd=***&sid=***&sessionid=***&page=1"),
        (f"/ws?t={TOKEN}", "/ws?t=*** (sub user, owner@example.com)"),
        (f"/reset/{TOKEN}?a=1", "/reset/*** (sub user, owner@example.com)?a=1"),
        ("/events?" + "token" * 5000, "/events?" + "token" * 5000),
    ],
    ids=lambda text: text[:20],
)
def test_targets_are_masked(target: str, masked: str) -> None:
    """By names, escaped or not, and by the form of a secret, in a target of any length."""
    assert masked_target(target) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("see http://me:hunter2@host/x?token=hunter2&a=1", "see http://me:***@host/x?token=***&a=1"),
        ("see http://me:hunt{er}[2]@host/x", "see http://me:***@host/x"),
        ("http://me@corp:hunter2@host/x", "http://me@corp:***@host/x"),
        ("http://host/x?a=1", "http://host/x?a=1"),
        ('["http://h:1","a@b.c"]', '["http://h:1","a@b.c"]'),
        ("http://localhost:8080,ann@b.com", "http://localhost:8080,ann@b.com"),
        ('<a href="http://h/?token=x">b</a>', '<a href="http://h/?token=***">b</a>'),
        ('what is the "auth": "basic or jwt" line?', 'what is the "auth": "***" line?'),
        ("eyJ" * 30_000, "eyJ" * 30_000),
    ],
    ids=lambda text: text[:24],
)
def test_texts_are_masked(text: str, masked: str) -> None:
    """URLs and tokens in them are; what only looks similar is not."""
    assert masked_text(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"email": "a@b.c", "password": "hunter2"', '{"email": "a@b.c", "password": "***"'),
        ('{"password": "hun', '{"password": "***'),
    ],
)
def test_broken_json_is_masked(text: str, masked: str) -> None:
    """A client may have cut it off."""
    assert masked_text(text) == masked
