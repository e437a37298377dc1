"""Roles, the Authorization header as passport parses it, and tokens as jsonwebtoken verifies them."""

from __future__ import annotations

import base64
import time

import jwt
import pytest

from tiledesk_mock.errors import InvalidToken, UnprocessableToken
from tiledesk_mock.tiledesk.auth import (
    BasicCredentials,
    JwtCredentials,
    Role,
    parse_authorization,
    role_is_at_least,
    sign_token,
    unverified_claims,
    verify_token,
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


def test_parse_authorization_of_one_long_word_takes_linear_time() -> None:
    """The header of a request may have 16 kB, that of a cassette more."""
    began = time.process_time()

    assert parse_authorization("a" * 40_000).credentials is None
    assert time.process_time() - began < 2


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


SECRET = "short"
NOON = 1_700_000_000_000


def test_sign_and_verify_with_a_short_secret() -> None:
    """A secret may be short, and PyJWT does not warn."""
    token = sign_token({"_id": "1", "sub": "user"}, SECRET)

    assert verify_token(token, SECRET, NOON) == {"_id": "1", "sub": "user"}


def test_sign_header_as_jsonwebtoken_writes_it() -> None:
    """The header has alg before typ."""
    token = sign_token({}, SECRET)

    assert list(jwt.get_unverified_header(token)) == ["alg", "typ"]


@pytest.mark.parametrize(
    "claims", [{"exp": NOON // 1000}, {"exp": "soon"}, {"nbf": NOON // 1000 + 1}, {"nbf": True}]
)
def test_verify_at_an_invalid_time_raises(claims: dict[str, object]) -> None:
    """A token is invalid from the second of `exp`, before `nbf`, and if they are not numbers."""
    with pytest.raises(InvalidToken):
        verify_token(sign_token(claims, SECRET), SECRET, NOON)


def test_verify_cached_token_can_expire() -> None:
    """Only the signature is cached, not that the token was valid."""
    token = sign_token({"exp": NOON // 1000 + 10}, SECRET)
    verify_token(token, SECRET, NOON)

    with pytest.raises(InvalidToken):
        verify_token(token, SECRET, NOON + 10_000)


@pytest.mark.parametrize("token", ["", "abc", "a.b.c", "é.é.é", "e30..", "e30.e30.=="])
def test_malformed_token(token: str) -> None:
    """A malformed token has no claims, and is invalid."""
    assert unverified_claims(token) == {}
    with pytest.raises(InvalidToken):
        verify_token(token, SECRET, NOON)


def test_verify_unsigned_token_raises() -> None:
    """The algorithm `none` is not allowed."""
    token = jwt.encode({"_id": "1"}, "", algorithm="none")

    with pytest.raises(InvalidToken):
        verify_token(token, SECRET, NOON)


def _signed(payload: bytes, header: dict[str, str]) -> str:
    return jwt.PyJWS().encode(payload, SECRET.ljust(32), algorithm="HS256", headers=header)


@pytest.mark.parametrize("payload", [b"{", b"abc", b'{"a":NaN}', b"\xef\xbb\xbf{}"])
def test_unverified_claims_payload_that_is_not_json(payload: bytes) -> None:
    """Tiledesk fails if the header has the type JWT; otherwise the payload is text without claims."""
    assert unverified_claims(_signed(payload, {"typ": ""})) == {}
    with pytest.raises(UnprocessableToken):
        unverified_claims(_signed(payload, {"typ": "JWT"}))


def test_verify_payload_null_raises() -> None:
    """Tiledesk fails when it reads `exp` of null."""
    with pytest.raises(UnprocessableToken):
        verify_token(_signed(b"null", {"typ": "JWT"}), SECRET.ljust(32), NOON)
