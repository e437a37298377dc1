"""Secrets masked for display, so that what remains is still useful to its reader."""

from __future__ import annotations

from typing import Final

from ..http.exchange import Headers
from ..node.json import Json
from ..tiledesk.auth import BasicCredentials, parse_authorization
from .names import field_name, is_secret_name, is_value_key, may_be_secret, parameter_names
from .secrets import CREDENTIAL_HEADERS, basic_pair, claims_of
from .texts import SecretTexts

MASK: Final = "***"


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
        name = next(filter(is_secret_name, (field_name(key, item) for key, item in value.items())), "")
        return {key: _masked_item(str(key), item, name) for key, item in value.items()}
    if isinstance(value, list):
        return [masked_json(item) for item in value]
    return masked_text(value) if isinstance(value, str) else value


def _masked_item(key: str, item: Json, name: str) -> Json:
    """Return the masked value of a key, beside which `name` is the secret name in another field, if any."""
    if is_secret_name(key):
        return masked_value(item, key)
    return masked_value(item, name) if name and is_value_key(key) else masked_json(item)


def masked_value(value: Json, *names: str) -> Json:
    """Return the masked value of a field with a secret name; what cannot be secret stays, and its shape.

    `names` are those on the path to the value.
    """
    if isinstance(value, dict):
        return {key: masked_value(item, *names, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [masked_value(item, *names) for item in value]
    return MASK if may_be_secret(value, *names) else value


def masked_text(text: str) -> str:
    """Return a text of any form in which its secrets are masked."""
    return _MASKED.text(text)


class Masked:
    """A text that is masked only if a log writes it."""

    def __init__(self, text: str) -> None:
        self._text: Final = text

    def __str__(self) -> str:
        return masked_text(self._text)


class _MaskedTexts(SecretTexts):
    """Masks the secrets in texts."""

    def secret(self, value: str, name: str) -> str:
        del name
        return value if value.startswith(MASK) else MASK

    def token(self, token: str) -> str:
        return masked_token(token)

    def basic(self, credentials: str) -> str | None:
        pair = basic_pair(credentials)
        return pair and f"{pair[0]}:{MASK}"

    def user_info(self, user: str, password: str) -> str:
        del password
        return f"{user}:{MASK}"


_MASKED: Final = _MaskedTexts()


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
