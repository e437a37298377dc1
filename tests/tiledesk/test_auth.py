"""The Authorization header, as passport's strategies read it."""

from __future__ import annotations

import base64

import pytest

from tiledesk_mock.tiledesk.auth import BasicCredentials, JwtCredentials, parse_authorization


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_read_authorization_basic_in_any_case(scheme: str) -> None:
    """The scheme may be written in any case."""
    authorization = parse_authorization(f"{scheme} {_encoded('a@b.example:secret')}")

    assert authorization.credentials == BasicCredentials("a@b.example", "secret")
    assert authorization.has_two_parts


def test_read_authorization_password_ends_at_its_first_colon() -> None:
    """passport-http takes what stands between the first two colons."""
    authorization = parse_authorization(f"Basic {_encoded('a@b.example:se:cret')}")

    assert authorization.credentials == BasicCredentials("a@b.example", "se")


def test_read_authorization_base64_without_padding_and_with_strange_characters() -> None:
    """Node's decoder wants no padding and skips what is no base64."""
    encoded = _encoded("a@b.example:secret").rstrip("=")

    authorization = parse_authorization(f"Basic {encoded[:4]}!{encoded[4:]}")

    assert authorization.credentials == BasicCredentials("a@b.example", "secret")


@pytest.mark.parametrize(
    ("header", "status"), [("Basic", 400), ("Basic !!!!", 400), ("JWT", 400), ("abc", 400)]
)
def test_read_authorization_that_cannot_be_taken_apart(header: str, status: int) -> None:
    """A header without two parts, or without a colon in the second, is a bad request without a challenge."""
    refusal = parse_authorization(header).failure()

    assert (refusal.status, refusal.challenge) == (status, False)


@pytest.mark.parametrize("header", [None, "", "Bearer abc", "Token abc"])
def test_read_authorization_without_credentials(header: str | None) -> None:
    """Nothing that is known is refused with a challenge."""
    authorization = parse_authorization(header)

    assert authorization.credentials is None
    assert authorization.failure().challenge


@pytest.mark.parametrize(
    ("header", "clear"), [("JWT abc", True), ("jwt  abc", False), ("JWT abc extra", False)]
)
def test_read_authorization_jwt(header: str, clear: bool) -> None:
    """A token is found behind any space; only a header of two parts is clear."""
    authorization = parse_authorization(header)

    assert authorization.credentials == JwtCredentials("abc")
    assert authorization.has_two_parts is clear
