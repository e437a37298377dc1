"""What is secret in a request or an answer: by its name, or by how it looks."""

from __future__ import annotations

import base64
import json
import re
from typing import Final

from ..node.json import Json
from ..tiledesk.auth import BasicCredentials, parse_authorization

JWT: Final = re.compile(r"(?<![\w-])eyJ[A-Za-z0-9_-]{4,4096}\.[A-Za-z0-9_-]{2,16384}\.[A-Za-z0-9_-]*")

EMAIL: Final = re.compile(
    r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,126}[A-Za-z]{2,63}\b"
)
"""With the lengths that its standard allows: without an end, a long text would be looked through for ever."""

PLACEHOLDER: Final = re.compile(r"REDACTED-[a-z]+-\d+|person-\d+(?:@|%40)redacted\.example")
"""What stands in a cassette for something secret."""

CREDENTIAL_HEADERS: Final = frozenset({"authorization", "proxy-authorization"})
COOKIE_HEADERS: Final = frozenset({"cookie", "set-cookie"})

_NAMES: Final = frozenset(
    {
        "accesskey",
        "apikey",
        "auth",
        "authorization",
        "clientsecret",
        "connectsid",
        "credentials",
        "jwt",
        "passphrase",
        "passwd",
        "passwort",
        "privatekey",
        "pwd",
        "sessionid",
        "sid",
        "signature",
        "token",
    }
)
_ENDINGS: Final = ("apikey", "password", "secret", "secretkey", "token", "accesskey", "privatekey")
_KINDS: Final = (("pass", "password"), ("pwd", "password"), ("token", "token"), ("jwt", "token"))


def plain(name: str) -> str:
    """Return a name of a field without its case and punctuation: `jwt-Secret` is `jwtsecret`."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def is_secret_name(name: str) -> bool:
    """Tell whether what has this name is secret, whatever it looks like."""
    word = plain(name)
    return word in _NAMES or word.endswith(_ENDINGS)


def kind_of(name: str) -> str:
    """Return what a secret of that name is called: `password`, `token` or `secret`."""
    word = plain(name)
    return next((kind for part, kind in _KINDS if part in word and not word.endswith("secret")), "secret")


def credentials_holder(header: str | None) -> str | None:
    """Return who an Authorization header names: the user of Basic, the `_id` in a token, else all of it."""
    if not header:
        return None
    credentials = parse_authorization(header).credentials
    if isinstance(credentials, BasicCredentials):
        return credentials.user
    if credentials is None:
        return header
    return str(claims_of(credentials.token).get("_id") or credentials.token)


def claims_of(token: str) -> dict[str, Json]:
    """Return what a token says, unverified; nothing if it is none."""
    payload = f"{token}..".split(".")[1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
