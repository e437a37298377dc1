"""Secrets, covered so that what is left is still of use to who reads it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_plus

from ..http.exchange import Headers
from ..node.json import Json
from ..tiledesk.auth import BasicCredentials, parse_authorization
from .secrets import claims_of
from .secrets import is_secret_name as has_secret_name

MASK: Final = "***"

_SECRET_WORDS: Final = ("password", "secret", "token", "jwt", "authorization", "api_key", "apikey")
_SECRET_FIELDS: Final = frozenset({"cookie", "set-cookie", "x-hook-secret", "x-api-key"})
_NOT_SECRET: Final = frozenset({"auth", "credentials", "sid", "signature"})
"""Names that recordings hide, to be on the safe side, and that attributes may well have."""

_AUTHORIZATION: Final = frozenset({"authorization", "proxy-authorization"})
_USER_INFO: Final = re.compile(r"(?P<name>://[^/?#\s:\"'<>,\\{}\[\]]{0,256}:)[^/?#\s@\"'<>,\\{}\[\]]{1,256}@")
_PARAMETER: Final = re.compile(r"(?P<name>(?<=[?&])[^=&?#\s\"]{1,256})=(?P<value>[^&#\s\"'<>\\]+)")
_JSON_FIELD: Final = re.compile(r'"(?P<name>[^"\\]{1,256})"\s{0,8}:\s{0,8}"(?P<value>(?:[^"\\]|\\.)+)"?')
_TOKEN: Final = re.compile(r"(?<![\w-])eyJ[\w-]{1,4096}\.[\w-]{1,16384}\.[\w-]*")


def masked_headers(fields: Headers) -> Headers:
    """Return header fields without secrets."""
    return tuple((name, _masked_field(name.lower(), value)) for name, value in fields)


def masked_authorization(header: str) -> str:
    """Return an Authorization header that still tells who: `Basic owner@example.com:***`."""
    credentials = parse_authorization(header).credentials
    if isinstance(credentials, BasicCredentials):
        return f"Basic {credentials.user}:{MASK}"
    if credentials is not None:
        return f"JWT {masked_token(credentials.token)}"
    scheme, space, _ = header.partition(" ")
    return f"{scheme} {MASK}" if space else MASK


def masked_token(token: str) -> str:
    """Return what a token says of its holder, and nothing to sign in with: `*** (sub user, ...)`."""
    claims = claims_of(token)
    told = [f"sub {claims['sub']}"] if "sub" in claims else []
    holder = claims.get("email") or claims.get("_id")
    told += [str(holder)] if holder else []
    return f"{MASK} ({', '.join(told)})" if told else MASK


def masked_target(target: str) -> str:
    """Return path and query without secrets."""
    path, mark, query = target.partition("?")
    return masked_text(path) + mark + masked_form(query)


def masked_form(text: str) -> str:
    """Return a query or form without the values of secret fields, and without tokens."""
    return "&".join(map(_masked_pair, text.split("&")))


def masked_json(value: Json) -> Json:
    """Return a JSON value without what stands under secret names, at any depth, and without tokens."""
    if isinstance(value, dict):
        return {
            key: _hidden(item) if isinstance(key, str) and is_secret_name(key) else masked_json(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [masked_json(item) for item in value]
    return masked_text(value) if isinstance(value, str) else value


def masked_text(text: str) -> str:
    """Return a text without the tokens in it, and without the secrets of its addresses."""
    if "eyJ" in text:
        text = _TOKEN.sub(lambda match: masked_token(match[0]), text)
    if "://" in text:
        text = _PARAMETER.sub(_masked_value, _USER_INFO.sub(rf"\g<name>{MASK}@", text))
    return text


def masked_broken_json(text: str) -> str:
    """Return a text that was to be JSON without its secrets."""
    return masked_text(_JSON_FIELD.sub(_masked_value, text))


def is_secret_name(name: str) -> bool:
    """Tell whether what is called that is not shown: that is nearly what recordings hide, and more."""
    lowered = name.lower()
    if lowered in _NOT_SECRET:
        return False
    return (
        lowered in _SECRET_FIELDS or has_secret_name(name) or any(word in lowered for word in _SECRET_WORDS)
    )


def _masked_value(match: re.Match[str]) -> str:
    if not is_secret_name(unquote_plus(match["name"])):
        return match[0]
    start, end = (place - match.start() for place in match.span("value"))
    return match[0][:start] + MASK + match[0][end:]


def _masked_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    is_secret = value and is_secret_name(unquote_plus(name.rpartition("?")[2]))
    return f"{name}{equals}{MASK}" if is_secret else masked_text(pair)


def _masked_field(name: str, value: str) -> str:
    if name in _AUTHORIZATION:
        return masked_authorization(value)
    return MASK if is_secret_name(name) else masked_text(value)


def _hidden(value: Json) -> Json:
    """Return what stands under a secret name: its form, and whether there is something."""
    if isinstance(value, dict):
        return {key: _hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    return MASK if value else value
