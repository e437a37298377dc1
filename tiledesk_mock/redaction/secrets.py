"""What is secret in a request or a response by its form. Masking and redaction share this."""

from __future__ import annotations

import base64
import json
import re
import string
from collections.abc import Callable, Iterator
from typing import Final

from ..node.json import Json
from ..text import late_pattern
from ..tiledesk.auth import BasicCredentials, parse_authorization

# The lengths in these patterns are limited, so that a long text is searched in linear time.

JWT: Final = late_pattern(
    r"(?<![\w-])eyJ[A-Za-z0-9_-]+\.(?:[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+){3}|[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)"
)
"""A token: of five parts if it is encrypted, else of three."""

_LONGEST_LOCAL: Final = 64
"""Characters of the part of an address before the `@`."""

_LOCAL_CHARACTERS: Final = string.ascii_letters + string.digits + "._%+'-"
_AT_DOMAIN: Final = late_pattern(r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,126}[A-Za-z]{2,63}\b")
_ADDRESS: Final = late_pattern(rf"[{re.escape(_LOCAL_CHARACTERS)}]{{1,{_LONGEST_LOCAL}}}{_AT_DOMAIN.pattern}")

BASIC: Final = late_pattern(
    r"\b(?P<scheme>basic\s+)(?P<credentials>[A-Za-z0-9+/_-]{4,}={0,2})", re.IGNORECASE
)
"""Basic credentials, if `basic_pair` can decode them."""

USER_INFO: Final = late_pattern(
    r"(?<=://)(?P<user>[^/?#\s:\"'<>,\\{}\[\]]{0,256})"
    r":(?P<password>(?!\d{1,5}[,'\"?#<>\\])[^/\s@]{1,256})(?=@)"
)
"""User name and password in a URL. A port that punctuation follows is no password."""


class AddressPattern:
    """Finds e-mail addresses in a text, in linear time: first the `@`, then what stands around it.

    A regular expression would try up to 64 characters from each character of a text without addresses.
    """

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the addresses in a text, from left to right."""
        end, at = 0, text.find("@")
        while at >= 0:
            match = _address_around(text, at, start=end)
            if match is not None:
                end = match.end()
                yield match
            at = text.find("@", max(end, at + 1))

    def sub(self, replacement: Callable[[re.Match[str]], str], text: str) -> str:
        """Return a text with replacements for its addresses."""
        pieces, end = [], 0
        for match in self.finditer(text):
            pieces += [text[end : match.start()], replacement(match)]
            end = match.end()
        return "".join([*pieces, text[end:]])


def _address_around(text: str, at: int, *, start: int) -> re.Match[str] | None:
    """Return the address around the `@` at the index `at`; it begins at the index `start` or later."""
    if _AT_DOMAIN.match(text, at) is None:
        return None
    start = max(start, at - _LONGEST_LOCAL)
    return _ADDRESS.match(text, start + len(text[start:at].rstrip(_LOCAL_CHARACTERS)))


EMAIL: Final = AddressPattern()

CREDENTIAL_HEADERS: Final = frozenset({"authorization", "proxy-authorization"})
COOKIE_HEADERS: Final = frozenset({"cookie", "set-cookie"})


def basic_pair(credentials: str) -> tuple[str, str] | None:
    """Return user and password of Basic credentials in base64; None if they are malformed."""
    try:
        packed = base64.b64decode(credentials + "=" * (-len(credentials) % 4), altchars=b"-_")
    except ValueError:
        return None
    user, colon, password = _credentials_text(packed).partition(":")
    return (user, password) if colon else None


def _credentials_text(packed: bytes) -> str:
    """Return credentials as text; empty if they are none. Clients such as `requests` write Latin-1."""
    try:
        return packed.decode()
    except UnicodeDecodeError:
        text = packed.decode("latin-1")
        return text if text.isprintable() else ""


def basic_credentials(user: str, password: str) -> str:
    """Return a user and a password as Basic credentials, in base64."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def credentials_holder(header: str | None) -> str | None:
    """Return who authenticates with an Authorization header.

    That is the user of Basic credentials or the `_id` in a token; without them, the credentials themselves.
    """
    if not header:
        return None
    credentials = parse_authorization(header).credentials
    if isinstance(credentials, BasicCredentials):
        return credentials.user
    if credentials is None:
        return header
    return str(claims_of(credentials.token).get("_id") or credentials.token)


def claims_of(token: str) -> dict[str, Json]:
    """Return the claims of a token, unverified; empty if it is malformed."""
    try:
        claims = _decoded(f"{token}..".split(".")[1])
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def header_and_claims(token: str) -> list[Json] | None:
    """Return the header and the claims of a token, unverified; None if it is malformed."""
    try:
        return [_decoded(segment) for segment in token.split(".")[:2]]
    except (ValueError, RecursionError):
        return None


def _decoded(segment: str) -> Json:
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
