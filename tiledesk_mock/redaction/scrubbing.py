"""Texts, header fields, queries and forms with placeholders for what is secret in them."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from .placeholders import Placeholders
from .secrets import COOKIE_HEADERS, CREDENTIAL_HEADERS, EMAIL, JWT, PLACEHOLDER, kind_of

_BASIC: Final = re.compile(r"\b(basic\s+)([A-Za-z0-9+/_-]{4,}={0,2})", re.IGNORECASE)
_USERINFO: Final = re.compile(r"(?<=://)([^/@:\s]+):([^/@\s]+)(?=@)")
_PARAMETER: Final = re.compile(r"(?<![^?&;\s\"'])([\w.\[\]-]{2,40})=([^&;\s\"'<>]+)")
_ENCODED_EMAIL: Final = re.compile(EMAIL.pattern.replace("@", "%40", 1), re.IGNORECASE)


class Scrubber:
    """Finds what is secret by its name or its look; `hides` tells which names are secret."""

    def __init__(self, placeholders: Placeholders, hides: Callable[[str], bool]) -> None:
        self._placeholders: Final = placeholders
        self._hides: Final = hides

    def text(self, text: str) -> str:
        """Return a text without known secrets, tokens, Basic credentials, addresses and secret parameters."""
        text = JWT.sub(lambda match: self._placeholders.of(match[0], "jwt"), text)
        text = _BASIC.sub(lambda match: match[1] + (self._pair(match[2]) or match[2]), text)
        if "=" in text:
            text = _PARAMETER.sub(lambda match: f"{match[1]}={self._parameter(match[1], match[2])}", text)
        if "@" in text or "%40" in text:
            text = self._addresses(text)
        return self._placeholders.applied(text)

    def secret(self, value: str, name: str) -> str:
        """Return what stands for the value of a secret field; around a token the words stay."""
        told = JWT.sub(lambda match: self._placeholders.of(match[0], "jwt"), value)
        return told if PLACEHOLDER.search(told) else self._placeholders.of(value, kind_of(name))

    def header(self, name: str, value: str) -> str:
        """Return a header field, its name in lower case, without secrets."""
        if not value:
            return value
        if name in CREDENTIAL_HEADERS:
            return self._authorization(value)
        if name in COOKIE_HEADERS:
            return self._cookies(name, value)
        return self.secret(value, name) if self._hides(name) else self.text(value)

    def target(self, target: str) -> str:
        """Return path and query without secrets."""
        path, mark, query = target.partition("?")
        segments = [self._segment(segment) for segment in path.split("/")]
        return "/".join(segments) + mark + self.form(query)

    def form(self, text: str) -> str:
        """Return a query or a form without secrets; what is not secret stays as it was encoded."""
        return "&".join(map(self._field, text.split("&")))

    def _field(self, field: str) -> str:
        name, equals, raw = field.partition("=")
        value = unquote_plus(raw)
        names = re.split(r"[\[\].]+", unquote_plus(name))
        if value and any(map(self._hides, filter(None, names))):
            told = self.secret(value, next(part for part in names if part and self._hides(part)))
        else:
            told = self.text(value)
        return field if told == value else f"{name}{equals}{quote_plus(told)}"

    def _segment(self, segment: str) -> str:
        plain = unquote(segment)
        told = self.text(plain)
        return segment if told == plain else quote(told)

    def _parameter(self, name: str, value: str) -> str:
        """Return the value of what looks like a parameter in a text."""
        if not self._hides(re.split(r"[\[\].]+", name)[-1] or name):
            return value
        return quote(self.secret(unquote(value), name), safe="")

    def _addresses(self, text: str) -> str:
        person, secret = self._placeholders.of_person, self._placeholders.of
        text = _USERINFO.sub(
            lambda match: f"{quote(person(unquote(match[1])))}:{secret(match[2], 'password')}", text
        )
        text = EMAIL.sub(lambda match: match[0] if _follows_secret(match[0]) else person(match[0]), text)
        return _ENCODED_EMAIL.sub(lambda match: quote(person(unquote(match[0]))), text)

    def _authorization(self, value: str) -> str:
        scheme, *parts = value.split(" ")
        if not parts:
            return self._credential(scheme)
        if scheme.lower() == "basic":
            return " ".join([scheme, *map(self._basic, parts)])
        return " ".join([scheme, *map(self._credential, parts)])

    def _credential(self, part: str) -> str:
        if not part:
            return part
        return self._placeholders.of(part, "jwt" if JWT.fullmatch(part) else "credentials")

    def _basic(self, credentials: str) -> str:
        if not credentials or PLACEHOLDER.fullmatch(credentials):
            return credentials
        return self._pair(credentials) or self._placeholders.of(credentials, "credentials")

    def _pair(self, credentials: str) -> str | None:
        """Return Basic credentials of placeholders, still a name and a password; None if it is no pair."""
        try:
            plain = base64.b64decode(credentials + "=" * (-len(credentials) % 4), altchars=b"-_").decode()
        except ValueError:
            return None
        user, colon, password = plain.partition(":")
        if not colon:
            return None
        hidden = self._placeholders.of(password, "password") if password else ""
        named = self._placeholders.of_person(user) if user else ""
        return base64.b64encode(f"{named}:{hidden}".encode()).decode()

    def _cookies(self, name: str, value: str) -> str:
        parts = value.split(";")
        secret = len(parts) if name == "cookie" else 1
        return ";".join([*map(self._cookie, parts[:secret]), *parts[secret:]])

    def _cookie(self, cookie: str) -> str:
        name, equals, value = cookie.partition("=")
        return name + equals + self._placeholders.of(value, "cookie") if value else cookie


def _follows_secret(address: str) -> bool:
    """Tell whether what looks like an address is the password and the host of a URL, hidden already."""
    return PLACEHOLDER.fullmatch(address.partition("@")[0]) is not None
