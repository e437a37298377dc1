"""Roles, the Authorization header, and JSON Web Tokens as Node's `jsonwebtoken` signs and verifies them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from enum import IntEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from ..errors import InvalidToken, Unauthenticated, UnprocessableToken
from ..node.json import Json, parse_json
from ..text import closest

if TYPE_CHECKING:
    from jwt import PyJWS


class Role(IntEnum):
    """Roles from the lowest to the highest."""

    GUEST = 0
    USER = 1
    TEAMMATE = 2
    AGENT = 3
    SUPERVISOR = 4
    ADMIN = 5
    OWNER = 6


ROLE_NAMES: Final = frozenset({"bot", "external", *(role.name.lower() for role in Role)})
"""The names of callers' roles; a bot and an external user are not members of a project."""


def role_is_at_least(role: str, required: Role) -> bool:
    """Return whether `role` is `required` or higher; an unknown role always is."""
    known = Role.__members__.get(role.upper()) if role.islower() else None
    return known is None or known >= required


def role_hint(role: str) -> str | None:
    """Return a line about a role that is nearly one of Tiledesk's; None for those, and for other ones."""
    names = [one.name.lower() for one in Role]
    near = None if role in names else closest(role, names, 0.75)
    return near and f"{role!r} is not one of Tiledesk's roles, but one of your own: did you mean {near}?"


_SCHEME_AND_TOKEN: Final = re.compile(r"(?<!\S)(\S+)\s+(\S+)")  # from the start of a word, in linear time
_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]")


class BasicCredentials(Struct, frozen=True):
    """An e-mail address and a password."""

    user: str
    password: str


class JwtCredentials(Struct, frozen=True):
    """A token that is not verified yet."""

    token: str


class Authorization(Struct, frozen=True):
    """The credentials of an Authorization header, if it has usable ones, and the status if they are wrong.

    `has_two_parts` is False for a header that does not have exactly two parts: its caller is authenticated,
    and refused later.
    """

    credentials: BasicCredentials | JwtCredentials | None
    failure_status: int
    has_two_parts: bool

    def failure(self) -> Unauthenticated:
        """Return the error for wrong credentials."""
        return Unauthenticated(self.failure_status, challenge=self.failure_status == 401)


@lru_cache(maxsize=256)
def parse_authorization(header: str | None) -> Authorization:
    """Parse an Authorization header; a missing one has no credentials."""
    if not header:
        return Authorization(None, 401, has_two_parts=False)
    parts = header.split(" ")
    credentials: BasicCredentials | JwtCredentials | None
    credentials, status = _basic(parts)
    match = _SCHEME_AND_TOKEN.search(header)
    if credentials is None and match and match[1].lower() == "jwt":
        credentials = JwtCredentials(match[2])
    return Authorization(credentials, status, has_two_parts=len(parts) == 2)


def _basic(parts: list[str]) -> tuple[BasicCredentials | None, int]:
    """Return Basic credentials or None, and the status of passport if they are wrong."""
    if len(parts) < 2:
        return None, 400
    if "basic" not in parts[0].lower():
        return None, 401
    user, *rest = decode_basic(parts[1]).split(":")
    if not rest:
        return None, 400
    # passport-http takes the second part: a password ends at its first colon.
    return (BasicCredentials(user, rest[0]) if user and rest[0] else None), 401


def decode_basic(text: str) -> str:
    """Decode base64 as Node's Buffer does: both alphabets, other characters skipped, padding optional."""
    digits = _NOT_BASE64.sub("", text.partition("=")[0].replace("-", "+").replace("_", "/"))
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return base64.b64decode(digits + "=" * (-len(digits) % 4)).decode("utf-8", "replace")


Claims = dict[str, Json]

ISSUER: Final = "https://tiledesk.com"
AUDIENCE: Final = "https://tiledesk.com"

_TOKEN: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*\Z", re.ASCII)
_JSON_TYPE: Final = "JWT"
_ALGORITHMS: Final = ("HS256", "HS384", "HS512")
_CACHE_SIZE: Final = 1024


def sign_token(claims: Mapping[str, Json], secret: str, algorithm: str = "HS256") -> str:
    """Return a token with these claims (without the word JWT). The algorithm `none` leaves it unsigned."""
    payload = json.dumps(dict(claims), ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
    key = "" if algorithm == "none" else secret
    return _jws()[0].encode(payload, key, algorithm=algorithm, sort_headers=True)


def unverified_claims(token: str) -> Claims:
    """Return the claims of a token without verifying it, or no claims if it is malformed.

    Raises UnprocessableToken if the payload is not JSON, but the header says so.
    """
    try:
        return _claims(_payload(token, None))
    except InvalidToken:
        return {}


def verify_token(token: str, secret: str, now: int) -> Claims:
    """Return the claims of a token that is signed with `secret` and valid at `now` (milliseconds).

    Verified signatures are cached, since clients repeat their tokens. Raises InvalidToken, or
    UnprocessableToken if the payload is null.
    """
    claims = _signed(token, secret)
    seconds = now // 1000
    if "nbf" in claims and not (_is_number(claims["nbf"]) and claims["nbf"] <= seconds):
        raise InvalidToken("not active yet")
    if "exp" in claims and not (_is_number(claims["exp"]) and seconds < claims["exp"]):
        raise InvalidToken("expired")
    return dict(claims)


@lru_cache(maxsize=_CACHE_SIZE)
def _signed(token: str, secret: str) -> Claims:
    payload = _payload(token, secret)
    if payload is None:
        raise UnprocessableToken
    return _claims(payload)


@cache
def _jws() -> tuple[PyJWS, type[Exception]]:
    """Return PyJWT's signer and its error, both of one import: pytester may import PyJWT again."""
    # Imported late for the sake of start-up: PyJWT takes long, and passwords need no tokens.
    from jwt import PyJWS
    from jwt.algorithms import HMACAlgorithm, NoneAlgorithm
    from jwt.exceptions import PyJWTError

    class AnySecret(HMACAlgorithm):
        """HMAC with any secret, as Tiledesk allows: short ones, and those that look like other keys."""

        def prepare_key(self, key: str | bytes) -> bytes:
            return key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key

        def check_key_length(self, key: Any) -> None:
            pass

    jws = PyJWS(algorithms=[])
    for name in _ALGORITHMS:
        jws.register_algorithm(name, AnySecret(getattr(HMACAlgorithm, name.replace("HS", "SHA"))))
    jws.register_algorithm("none", NoneAlgorithm())  # to sign only
    return jws, PyJWTError


def _payload(token: str, secret: str | None) -> Json:
    """Return the payload of a token: JSON if the header says so or it is an object, else text.

    The signature is verified with the secret, if there is one. Raises InvalidToken, or UnprocessableToken if
    the header says that the payload is JSON and it is not: Tiledesk does not catch that.
    """
    jws, jws_error = _jws()
    if not _TOKEN.match(token):
        raise InvalidToken("expected three parts of base64url, of which the last may be empty")
    try:
        decoded = jws.decode_complete(
            token, secret or "", _ALGORITHMS, options={"verify_signature": secret is not None}
        )
    except jws_error as error:
        raise InvalidToken(str(error)) from error
    text = decoded["payload"].decode("utf-8", "replace")
    is_json = decoded["header"].get("typ") == _JSON_TYPE
    try:
        value = parse_json(text)
    except ValueError:
        if is_json:
            raise UnprocessableToken("its payload is not JSON") from None
        return text
    return value if is_json or isinstance(value, dict) else text


def _claims(payload: Json) -> Claims:
    return payload if isinstance(payload, dict) else {}


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
