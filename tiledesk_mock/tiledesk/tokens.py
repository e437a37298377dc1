"""JSON Web Tokens as Node's `jsonwebtoken` signs and verifies them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from ..errors import InvalidToken, UnprocessableToken
from ..node.json import Json, parse_json

if TYPE_CHECKING:
    from .signatures import Signatures

Claims = dict[str, Json]

ISSUER: Final = "https://tiledesk.com"
AUDIENCE: Final = "https://tiledesk.com"

_TOKEN: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*\Z", re.ASCII)
_JSON_TYPE: Final = "JWT"
_REMEMBERED: Final = 1024


class Tokens:
    """Signs and verifies; what was verified once is remembered, since clients send the same token again."""

    def sign(self, claims: Mapping[str, Json], secret: str) -> str:
        """Return a token (without the word JWT) with these claims, signed with HS256."""
        payload = json.dumps(dict(claims), ensure_ascii=False, separators=(",", ":"))
        return _signatures().sign(payload.encode("utf-8", "surrogatepass"), secret)

    def decode_unverified(self, token: str) -> Claims:
        """Return the claims of a token without verifying it; none if it cannot be taken apart.

        Raises UnprocessableToken where the payload is not the JSON that the header says it is.
        """
        try:
            decoded = _taken_apart(token, None)
        except InvalidToken:
            return {}
        return _claims(_payload(decoded))

    def verify(self, token: str, secret: str, now: int) -> Claims:
        """Return the claims of a token signed with `secret` and valid at `now` (milliseconds).

        Raises InvalidToken, or UnprocessableToken for a payload that is null.
        """
        claims = _signed(token, secret)
        seconds = now // 1000
        if "nbf" in claims and not (_is_number(claims["nbf"]) and claims["nbf"] <= seconds):
            raise InvalidToken("not active yet")
        if "exp" in claims and not (_is_number(claims["exp"]) and seconds < claims["exp"]):
            raise InvalidToken("expired")
        return dict(claims)


@lru_cache(maxsize=_REMEMBERED)
def _signed(token: str, secret: str) -> Claims:
    payload = _payload(_taken_apart(token, secret))
    if payload is None:
        raise UnprocessableToken
    return _claims(payload)


@cache
def _signatures() -> Signatures:
    # Here and not above: importing PyJWT takes long, and who signs in by password needs none of it.
    from .signatures import Signatures

    return Signatures()


def _taken_apart(token: str, secret: str | None) -> dict[str, Any]:
    if not _TOKEN.match(token):
        raise InvalidToken("not three parts of base64url, of which the last may be empty")
    return _signatures().decode(token, secret)


def _payload(decoded: Mapping[str, Any]) -> Json:
    """Return what a token carries: a JSON value if the header says so, else a text unless that is an object.

    Raises UnprocessableToken where the header says so and it is none: nobody catches that in Tiledesk.
    """
    text = decoded["payload"].decode("utf-8", "replace")
    is_json = decoded["header"].get("typ") == _JSON_TYPE
    try:
        value = parse_json(text)
    except ValueError:
        if is_json:
            raise UnprocessableToken from None
        return text
    return value if is_json or isinstance(value, dict) else text


def _claims(payload: Json) -> Claims:
    return payload if isinstance(payload, dict) else {}


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
