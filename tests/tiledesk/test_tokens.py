"""Tokens, as Node's jsonwebtoken signs and verifies them."""

from __future__ import annotations

import jwt
import pytest

from tiledesk_mock.errors import InvalidToken, UnprocessableToken
from tiledesk_mock.tiledesk.tokens import Tokens

SECRET = "short"
NOON = 1_700_000_000_000


def test_sign_and_verify_with_a_short_secret() -> None:
    """Tiledesk's secrets may be shorter than PyJWT likes; that warns nobody."""
    token = Tokens().sign({"_id": "1", "sub": "user"}, SECRET)

    assert Tokens().verify(token, SECRET, NOON) == {"_id": "1", "sub": "user"}


def test_sign_header_as_jsonwebtoken_writes_it() -> None:
    """The header says alg before typ."""
    token = Tokens().sign({}, SECRET)

    assert list(jwt.get_unverified_header(token)) == ["alg", "typ"]


@pytest.mark.parametrize(
    "claims", [{"exp": NOON // 1000}, {"exp": "soon"}, {"nbf": NOON // 1000 + 1}, {"nbf": True}]
)
def test_verify_outside_of_its_time(claims: dict[str, object]) -> None:
    """A token is refused from the second it expires in, before it begins, and if these are no numbers."""
    tokens = Tokens()

    with pytest.raises(InvalidToken):
        tokens.verify(tokens.sign(claims, SECRET), SECRET, NOON)


def test_verify_follows_the_time_for_a_token_seen_before() -> None:
    """What is remembered of a token is its signature, not that it was valid."""
    tokens = Tokens()
    token = tokens.sign({"exp": NOON // 1000 + 10}, SECRET)
    tokens.verify(token, SECRET, NOON)

    with pytest.raises(InvalidToken):
        tokens.verify(token, SECRET, NOON + 10_000)


@pytest.mark.parametrize("token", ["", "abc", "a.b.c", "é.é.é", "e30..", "e30.e30.=="])
def test_peek_at_what_is_no_token(token: str) -> None:
    """What cannot be taken apart has no claims, and is refused."""
    tokens = Tokens()

    assert tokens.decode_unverified(token) == {}
    with pytest.raises(InvalidToken):
        tokens.verify(token, SECRET, NOON)


def test_verify_unsigned_token() -> None:
    """The algorithm `none` is none."""
    token = jwt.encode({"_id": "1"}, "", algorithm="none")

    with pytest.raises(InvalidToken):
        Tokens().verify(token, SECRET, NOON)


def _signed(payload: bytes, header: dict[str, str]) -> str:
    return jwt.PyJWS().encode(payload, SECRET.ljust(32), algorithm="HS256", headers=header)


@pytest.mark.parametrize("payload", [b"{", b"abc", b'{"a":NaN}', b"\xef\xbb\xbf{}"])
def test_peek_at_a_payload_that_is_not_what_its_header_says(payload: bytes) -> None:
    """The header's type JWT promises JSON, and Tiledesk fails on anything else; without it, it is a text."""
    tokens = Tokens()

    assert tokens.decode_unverified(_signed(payload, {"typ": ""})) == {}
    with pytest.raises(UnprocessableToken):
        tokens.decode_unverified(_signed(payload, {"typ": "JWT"}))


def test_verify_a_payload_of_null() -> None:
    """Tiledesk looks for a time in it, and fails."""
    with pytest.raises(UnprocessableToken):
        Tokens().verify(_signed(b"null", {"typ": "JWT"}), SECRET.ljust(32), NOON)
