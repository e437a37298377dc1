"""JSON Web Tokens as Node's `jsonwebtoken` signs and verifies them. The only importer of PyJWT."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from jwt import PyJWS
from jwt.algorithms import HMACAlgorithm
from jwt.exceptions import PyJWTError

from .model import Json

Claims = dict[str, Json]

ISSUER: Final = "https://tiledesk.com"
AUDIENCE: Final = "https://tiledesk.com"

_REMEMBERED: Final = 1024


class TokenRefused(Exception):
    """The token is not one, is not signed with the secret, or is not valid at this time."""


class _AnyKeyLength(HMACAlgorithm):
    """HMAC with secrets as short as Tiledesk allows them to be."""

    def check_key_length(self, key: Any) -> None:
        """Accept every length."""


class Tokens:
    """Signs and verifies; what was verified once is remembered, since clients send the same token again."""

    def __init__(self) -> None:
        self._jws: Final = PyJWS(algorithms=[])
        for bits in ("256", "384", "512"):
            algorithm = _AnyKeyLength(getattr(HMACAlgorithm, f"SHA{bits}"))
            self._jws.register_algorithm(f"HS{bits}", algorithm)
        self._signed: Final = lru_cache(maxsize=_REMEMBERED)(self._load)

    def sign(self, claims: Mapping[str, Json], secret: str) -> str:
        """Return a token (without the word JWT) with these claims, signed with HS256."""
        payload = json.dumps(dict(claims), ensure_ascii=False, separators=(",", ":"))
        encoded = payload.encode("utf-8", "surrogatepass")
        return self._jws.encode(encoded, secret, algorithm="HS256", sort_headers=True)

    def peek(self, token: str) -> Claims:
        """Return the claims of a token without verifying it; none if it cannot be taken apart."""
        try:
            payload = self._jws.decode_complete(token, options={"verify_signature": False})["payload"]
        except PyJWTError:
            return {}
        return _claims(payload)

    def verify(self, token: str, secret: str, now: int) -> Claims:
        """Return the claims of a token signed with `secret` and valid at `now` (milliseconds).

        Raises TokenRefused.
        """
        claims = self._signed(token, secret)
        seconds = now // 1000
        if "nbf" in claims and not (_is_number(claims["nbf"]) and claims["nbf"] <= seconds):
            raise TokenRefused("not active yet")
        if "exp" in claims and not (_is_number(claims["exp"]) and seconds < claims["exp"]):
            raise TokenRefused("expired")
        return dict(claims)

    def _load(self, token: str, secret: str) -> Claims:
        try:
            payload = self._jws.decode(token, secret, algorithms=["HS256", "HS384", "HS512"])
        except PyJWTError as error:
            raise TokenRefused(str(error)) from error
        return _claims(payload)


def _claims(payload: bytes) -> Claims:
    try:
        claims = json.loads(payload)
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
