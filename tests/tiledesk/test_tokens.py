"""Tokens, as Node's jsonwebtoken signs and verifies them."""

from __future__ import annotations

import jwt
import pytest

from tiledesk_mock.errors import InvalidToken, UnprocessableToken
from tiledesk_mock.tiledesk.tokens import Tokens

SECRET = "short"
NOON = 1_700_000_000_000


def test_sign_and_verify_with_a_short_secret() -> None:
    """A secret may be short, and PyJWT does not warn."""
    token = Tokens().sign({"_id": "1", "sub": "user"}, SECRET)

    assert Tokens().verify(token, SECRET, NOON) == {"_id": "1", "sub": "user"}


def test_sign_header_as_jsonwebtoken_writes_it() -> None:
    """The header has alg before typ."""
    token = Tokens().sign({}, SECRET)

    assert list(jwt.get_unverified_header(token)) == ["alg", "typ"]


@pytest.mark.parametrize(
    "claims", [{"exp": NOON // 1000}, {"exp": "soon"}, {"nbf": NOON // 1000 + 1}, {"nbf": True}]
)
def test_verify_at_an_invalid_time_raises(claims: dict[str, object]) -> None:
    """A token is invalid from the second of `exp`, before `nbf`, and if they are not numbers."""
    tokens = Tokens()

    with pytest.raises(InvalidToken):
        tokens.verify(tokens.sign(claims, SECRET), SECRET, NOON)


def test_verify_cached_token_can_expire() -> None:
    """Only the signature is cached, not that the token was valid."""
    tokens = Tokens()
    token = tokens.sign({"exp": NOON // 1000 + 10}, SECRET)
    tokens.verify(token, SECRET, NOON)

    with pytest.raises(InvalidToken):
        tokens.verify(token, SECRET, NOON + 10_000)


@pytest.mark.parametrize("token", ["", "abc", "a.b.c", "é.é.é", "e30..", "e30.e30.=="])
def test_malformed_token(token: str) -> None:
    """A malformed token has no claims, and is invalid."""
    tokens = Tokens()

    assert tokens.decode_unverified(token) == {}
    with pytest.raises(InvalidToken):
        tokens.verify(token, SECRET, NOON)


def test_verify_unsigned_token_raises() -> None:
    """The algorithm `none` is not allowed."""
    token = jwt.encode({"_id": "1"}, "", algorithm="none")

    with pytest.raises(InvalidToken):
        Tokens().verify(token, SECRET, NOON)


def _signed(payload: bytes, header: dict[str, str]) -> str:
    return jwt.PyJWS().encode(payload, SECRET.ljust(32), algorithm="HS256", headers=header)


@pytest.mark.parametrize("payload", [b"{", b"abc", b'{"a":NaN}', b"\xef\xbb\xbf{}"])
def test_decode_unverified_payload_that_is_not_json(payload: bytes) -> None:
    """Tiledesk fails if the header has the type JWT; otherwise the payload is text without claims."""
    tokens = Tokens()

    assert tokens.decode_unverified(_signed(payload, {"typ": ""})) == {}
    with pytest.raises(UnprocessableToken):
        tokens.decode_unverified(_signed(payload, {"typ": "JWT"}))


def test_verify_payload_null_raises() -> None:
    """Tiledesk fails when it reads `exp` of null."""
    with pytest.raises(UnprocessableToken):
        Tokens().verify(_signed(b"null", {"typ": "JWT"}), SECRET.ljust(32), NOON)
