"""Secrets masked for display, so that what remains is still useful to its reader."""

from __future__ import annotations

import re
from typing import Final

from ..http.exchange import Headers
from ..node.json import Json
from ..tiledesk.auth import BasicCredentials, parse_authorization
from .names import is_secret_name, may_be_secret, parameter_names
from .secrets import CREDENTIAL_HEADERS, JWT, PARAMETER, USER_INFO, claims_of

MASK: Final = "***"

_JSON_FIELD: Final = re.compile(r'"(?P<name>[^"\\]{1,256})"\s{0,8}:\s{0,8}"(?P<value>(?:[^"\\]|\\.)+)"?')


def masked_headers(fields: Headers) -> Headers:
    """Return header fields with their secrets masked."""
    return tuple((name, _masked_header(name.lower(), value)) for name, value in fields)


def masked_authorization(header: str) -> str:
    """Return an Authorization header that still names its user: `Basic owner@example.com:***`."""
    credentials = parse_authorization(header).credentials
    if isinstance(credentials, BasicCredentials):
        return f"Basic {credentials.user}:{MASK}"
    if credentials is not None:
        return f"JWT {masked_token(credentials.token)}"
    scheme, space, _ = header.partition(" ")
    return f"{scheme} {MASK}" if space else MASK


def masked_token(token: str) -> str:
    """Return who holds a token, without the token: `*** (sub user, owner@example.com)`."""
    claims = claims_of(token)
    parts = [f"sub {claims['sub']}"] if "sub" in claims else []
    holder = claims.get("email") or claims.get("_id")
    parts += [str(holder)] if holder else []
    return f"{MASK} ({', '.join(parts)})" if parts else MASK


def masked_target(target: str) -> str:
    """Return path and query with their secrets masked."""
    path, mark, query = target.partition("?")
    return masked_text(path) + mark + masked_form(query)


def masked_form(text: str) -> str:
    """Return a query or form with secret fields and tokens masked."""
    return "&".join(map(_masked_field, text.split("&")))


def masked_json(value: Json) -> Json:
    """Return a JSON value in which tokens are masked, and what has a secret name, at any depth."""
    if isinstance(value, dict):
        return {
            key: masked_value(item, key)
            if isinstance(key, str) and is_secret_name(key)
            else masked_json(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [masked_json(item) for item in value]
    return masked_text(value) if isinstance(value, str) else value


def masked_value(value: Json, *names: str) -> Json:
    """Return the masked value of a field with a secret name: its shape remains, and what cannot be secret.

    `names` are those on the path to the value.
    """
    if isinstance(value, dict):
        return {key: masked_value(item, *names, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [masked_value(item, *names) for item in value]
    return MASK if may_be_secret(value, *names) else value


def masked_text(text: str) -> str:
    """Return a text in which tokens, secret parameters and the passwords of URLs are masked."""
    if "eyJ" in text:
        text = JWT.sub(lambda match: masked_token(match[0]), text)
    if "://" in text:
        text = USER_INFO.sub(rf"\g<user>:{MASK}", text)
    return PARAMETER.sub(_masked_parameter, text) if "=" in text else text


def masked_broken_json(text: str) -> str:
    """Return malformed JSON with its secrets masked."""
    return masked_text(_JSON_FIELD.sub(_masked_parameter, text))


def _masked_parameter(match: re.Match[str]) -> str:
    if not _is_secret_parameter(match["name"], match["value"]):
        return match[0]
    start, end = (index - match.start() for index in match.span("value"))
    return match[0][:start] + MASK + match[0][end:]


def _masked_field(field: str) -> str:
    name, equals, value = field.partition("=")
    is_secret = _is_secret_parameter(name.rpartition("?")[2], value)
    return f"{name}{equals}{MASK}" if is_secret else masked_text(field)


def _is_secret_parameter(name: str, value: str) -> bool:
    names = parameter_names(name)
    return any(map(is_secret_name, names)) and may_be_secret(value, *names)


def _masked_header(name: str, value: str) -> str:
    if name in CREDENTIAL_HEADERS:
        return masked_authorization(value)
    return MASK if is_secret_name(name) and may_be_secret(value, name) else masked_text(value)
