"""Roles, and the Authorization header as passport's strategies parse it."""

from __future__ import annotations

import base64

import pytest

from tiledesk_mock.tiledesk.auth import (
    BasicCredentials,
    JwtCredentials,
    Role,
    parse_authorization,
    role_is_at_least,
)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_parse_authorization_basic_in_any_case(scheme: str) -> None:
    """The scheme may have any case."""
    authorization = parse_authorization(f"{scheme} {_encoded('a@b.example:secret')}")

    assert authorization.credentials == BasicCredentials("a@b.example", "secret")
    assert authorization.has_two_parts


def test_parse_authorization_password_ends_at_its_first_colon() -> None:
    """passport-http takes the text between the first two colons."""
    authorization = parse_authorization(f"Basic {_encoded('a@b.example:se:cret')}")

    assert authorization.credentials == BasicCredentials("a@b.example", "se")


def test_parse_authorization_base64_without_padding_and_with_other_characters() -> None:
    """Node's decoder needs no padding and skips other characters."""
    encoded = _encoded("a@b.example:secret").rstrip("=")

    authorization = parse_authorization(f"Basic {encoded[:4]}!{encoded[4:]}")

    assert authorization.credentials == BasicCredentials("a@b.example", "secret")


@pytest.mark.parametrize(
    ("header", "status"), [("Basic", 400), ("Basic !!!!", 400), ("JWT", 400), ("abc", 400)]
)
def test_parse_authorization_malformed(header: str, status: int) -> None:
    """A header without two parts, or without a colon in the second, is a bad request without a challenge."""
    error = parse_authorization(header).failure()

    assert (error.status, error.challenge) == (status, False)


@pytest.mark.parametrize("header", [None, "", "Bearer abc", "Token abc"])
def test_parse_authorization_without_credentials(header: str | None) -> None:
    """A missing header or unknown scheme gets a challenge."""
    authorization = parse_authorization(header)

    assert authorization.credentials is None
    assert authorization.failure().challenge


@pytest.mark.parametrize(
    ("header", "two_parts"), [("JWT abc", True), ("jwt  abc", False), ("JWT abc extra", False)]
)
def test_parse_authorization_jwt(header: str, two_parts: bool) -> None:
    """A token may follow any white space, but then the header does not have two parts."""
    authorization = parse_authorization(header)

    assert authorization.credentials == JwtCredentials("abc")
    assert authorization.has_two_parts is two_parts


@pytest.mark.parametrize(
    ("role", "required", "expected"),
    [
        ("agent", Role.AGENT, True),
        ("teammate", Role.AGENT, False),
        ("owner", Role.ADMIN, True),
        ("guest", Role.GUEST, True),
        ("auditor", Role.OWNER, True),
    ],
)
def test_role_is_at_least(role: str, required: Role, expected: bool) -> None:
    """A role is at least itself and every lower role; an unknown role is always high enough."""
    assert role_is_at_least(role, required) is expected
