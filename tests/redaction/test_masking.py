"""Secrets are covered, and the rest stays of use."""

from __future__ import annotations

import base64
from typing import Any

import jwt
import pytest

from tiledesk_mock.redaction.masking import (
    MASK,
    masked_authorization,
    masked_broken_json,
    masked_form,
    masked_headers,
    masked_json,
    masked_target,
    masked_text,
)

TOKEN = jwt.encode({"sub": "user", "email": "owner@example.com"}, "a secret of more than 32 characters!")


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("Basic " + base64.b64encode(b"a@b.c:pass:word").decode(), "Basic a@b.c:***"),
        (f"JWT {TOKEN}", "JWT *** (sub user, owner@example.com)"),
        ("JWT nonsense", "JWT ***"),
        (f"Bearer {TOKEN}", "Bearer ***"),
        ("hunter2", "***"),
    ],
)
def test_a_header_still_tells_who(header: str, shown: str) -> None:
    """The name stays, the secret goes."""
    assert masked_authorization(header) == shown


def test_secret_fields_are_covered_in_any_case() -> None:
    """Cookies and hook secrets are nobody's business either."""
    fields = (("COOKIE", "a=b"), ("X-Hook-Secret", "s"), ("X-Other", f"see {TOKEN}"), ("Host", "h"))

    assert dict(masked_headers(fields)) == {
        "COOKIE": "***",
        "X-Hook-Secret": "***",
        "X-Other": "see *** (sub user, owner@example.com)",
        "Host": "h",
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"password": "p", "email": "e"}, {"password": "***", "email": "e"}),
        ({"a": [{"newPassword": "p"}]}, {"a": [{"newPassword": "***"}]}),
        ({"token": TOKEN}, {"token": "***"}),
        ({"text": f"JWT {TOKEN}"}, {"text": "JWT *** (sub user, owner@example.com)"}),
        ({"token": None, "password": ""}, {"token": None, "password": ""}),
        ([1, "a", None], [1, "a", None]),
    ],
)
def test_bodies_are_covered_at_any_depth(value: Any, shown: Any) -> None:
    """By the names of fields, and wherever a token stands."""
    assert masked_json(value) == shown


def test_forms_and_queries_are_covered() -> None:
    """A WebSocket's address carries its token."""
    assert masked_form("email=a&password=b&user[password]=c") == "email=a&password=***&user[password]=***"
    assert masked_target("/ws?token=JWT%20abc&x=1") == "/ws?token=***&x=1"


@pytest.mark.parametrize("claims", [b"[" * 5000, b"x", b"[]", b"\xff"], ids=["deep", "x", "list", "bytes"])
def test_token_whose_claims_cannot_be_read_is_covered_whole(claims: bytes) -> None:
    """Whatever somebody made up: nested without end, no JSON, no text."""
    payload = base64.urlsafe_b64encode(claims).decode().rstrip("=")
    token = f"eyJhbGciOiJIUzI1NiJ9.{payload}.x"

    assert masked_text(f"it is {token}") == f"it is {MASK}"
    assert masked_authorization(f"JWT {token}") == f"JWT {MASK}"


@pytest.mark.parametrize(
    ("target", "shown"),
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
def test_targets_are_covered_wherever_a_secret_is(target: str, shown: str) -> None:
    """By the name it has, escaped or not, and by how it looks; however long the target is."""
    assert masked_target(target) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see http://me:hunter2@host/x?token=hunter2&a=1", "see http://me:***@host/x?token=***&a=1"),
        ("http://me@corp:hunter2@host/x", "http://me@corp:***@host/x"),
        ("http://host/x?a=1", "http://host/x?a=1"),
        ('["http://h:1","a@b.c"]', '["http://h:1","a@b.c"]'),
        ("http://localhost:8080,ann@b.com", "http://localhost:8080,ann@b.com"),
        ('<a href="http://h/?token=x">b</a>', '<a href="http://h/?token=***">b</a>'),
        ('what is the "auth": "basic or jwt" line?', 'what is the "auth": "basic or jwt" line?'),
        ("eyJ" * 30_000, "eyJ" * 30_000),
    ],
    ids=lambda text: text[:24],
)
def test_texts_are_covered_too(text: str, shown: str) -> None:
    """Addresses and tokens in them are; what only looks a little like it is not."""
    assert masked_text(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"email": "a@b.c", "password": "hunter2"', '{"email": "a@b.c", "password": "***"'),
        ('{"password": "hun', '{"password": "***'),
    ],
)
def test_broken_json_is_covered(text: str, shown: str) -> None:
    """A client may have cut it short."""
    assert masked_broken_json(text) == shown
