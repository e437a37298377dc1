"""JSON Web Tokens as Node's `jsonwebtoken` signs and verifies them. The only importer of PyJWT."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from jwt import PyJWS
from jwt.algorithms import HMACAlgorithm
from jwt.exceptions import PyJWTError

from ..errors import UnreadableCredentials
from .javascript import parse
from .model import Json

Claims = dict[str, Json]

ISSUER: Final = "https://tiledesk.com"
AUDIENCE: Final = "https://tiledesk.com"

_TOKEN: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*\Z", re.ASCII)
_JSON_TYPE: Final = "JWT"
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
        """Return the claims of a token without verifying it; none if it cannot be taken apart.

        Raises UnreadableCredentials where the payload is not the JSON that the header says it is.
        """
        try:
            decoded = self._taken_apart(token, options={"verify_signature": False})
        except TokenRefused:
            return {}
        return _claims(_payload(decoded))

    def verify(self, token: str, secret: str, now: int) -> Claims:
        """Return the claims of a token signed with `secret` and valid at `now` (milliseconds).

        Raises TokenRefused, or UnreadableCredentials for a payload that is null.
        """
        claims = self._signed(token, secret)
        seconds = now // 1000
        if "nbf" in claims and not (_is_number(claims["nbf"]) and claims["nbf"] <= seconds):
            raise TokenRefused("not active yet")
        if "exp" in claims and not (_is_number(claims["exp"]) and seconds < claims["exp"]):
            raise TokenRefused("expired")
        return dict(claims)

    def _load(self, token: str, secret: str) -> Claims:
        payload = _payload(self._taken_apart(token, secret, algorithms=["HS256", "HS384", "HS512"]))
        if payload is None:
            raise UnreadableCredentials
        return _claims(payload)

    def _taken_apart(self, token: str, *secret: Any, **how: Any) -> dict[str, Any]:
        if not _TOKEN.match(token):
            raise TokenRefused("not three parts of base64url, of which the last may be empty")
        try:
            return self._jws.decode_complete(token, *secret, **how)
        except PyJWTError as error:
            raise TokenRefused(str(error)) from error


def _payload(decoded: Mapping[str, Any]) -> Json:
    """Return what a token carries: a JSON value if the header says so, else a text unless that is an object.

    Raises UnreadableCredentials where the header says so and it is none: nobody catches that in Tiledesk.
    """
    text = decoded["payload"].decode("utf-8", "replace")
    is_json = decoded["header"].get("typ") == _JSON_TYPE
    try:
        value = parse(text)
    except ValueError:
        if is_json:
            raise UnreadableCredentials from None
        return text
    return value if is_json or isinstance(value, dict) else text


def _claims(payload: Json) -> Claims:
    return payload if isinstance(payload, dict) else {}


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
