"""Secrets in texts of any form, found by name and by form, and replaced.

Masking and redaction share this, so that both find the same secrets. `cassette check` finds what a recording
would change.
"""

from __future__ import annotations

import base64
import html
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final
from urllib.parse import quote, unquote

from ..node.json import Json
from ..node.json_text import JsonPath, ScalarChange, change_json, scalars
from ..text import late_pattern
from .names import (
    PLACEHOLDER,
    POSSIBLE,
    field_name,
    is_secret_name,
    is_stated,
    is_value_key,
    may_be_secret,
    parameter_names,
)
from .secrets import BASIC, EMAIL, JWT, USER_INFO

_BEARER: Final = late_pattern(
    r"\b(?P<scheme>(?:bearer|jwt)[ \t]+)(?P<token>(?=[^\s\"'<>,;]{0,64}\d)[A-Za-z0-9._~+/=|-]{8,})",
    re.IGNORECASE,
)
"""A token after its scheme. A word without a digit is the next word of a sentence."""

_MOST_ENCODINGS: Final = 6
"""How many encodings inside of each other are decoded: base64 of a percent-encoded text has two."""

_SHORTEST: Final = 5
"""Characters of the shortest text with a secret in it: `pin=1`."""

_ENCODED: Final = late_pattern(r"%(?:25){0,3}(?:22|3[ADad]|40|7[Bb])")
"""What a percent-encoded text with a secret has in it: a quote, `:`, `=`, `@` or `{`."""

_RUN: Final = late_pattern(r"[^\s\"'<>&=?#\\]{4,}")
"""Characters that may be percent-encoded together."""

_PUNCTUATION: Final = frozenset("!$'()*+,;:@/[]{}|^~-._")
"""Characters that stay as they are in a percent-encoded text which has them already."""

_ENTITY: Final = late_pattern(r"&(?:lt|quot|apos|#3[49]|#x2[27]);")
_BETWEEN_TAGS: Final = late_pattern(r"[^<>\"]{8,}")

_SHORTEST_BASE64: Final = 24
_STANDARD_BASE64: Final = str.maketrans("-_", "+/")

_BASE64: Final = late_pattern(
    r"(?<![A-Za-z0-9+/_=-])(?:[A-Za-z0-9+/_-]{60,}\r?\n)*[A-Za-z0-9+/_-]{20,}={0,2}(?![A-Za-z0-9+/=_-])"
)
_NOT_BASE64: Final = late_pattern(r"[0-9A-Fa-f-]*|[a-z_-]*")
"""What is hardly base64: ids and words."""

_PAIR: Final = late_pattern(r"[\"'](?:field|key|name|param|path|property)\\?[\"']", re.IGNORECASE)
"""What JSON has in it in which a name and its value are two fields."""

_PRIVATE_KEY: Final = "PRIVATE KEY-----"

_NUMBER: Final = late_pattern(r"[+-]?\d{1,20}(?:\.\d{1,20})?")


class SecretTexts(ABC):
    """Replaces the secrets in texts; a subclass says what stands in their place."""

    @abstractmethod
    def secret(self, value: str, name: str) -> str:
        """Return what stands in place of a value under a secret name; what was replaced stays as it is."""

    @abstractmethod
    def token(self, token: str) -> str:
        """Return what stands in place of a JSON Web Token."""

    @abstractmethod
    def basic(self, credentials: str) -> str | None:
        """Return what stands in place of Basic credentials in base64; None if they are malformed."""

    @abstractmethod
    def user_info(self, user: str, password: str) -> str:
        """Return what stands in place of `user:password` in a URL."""

    def person(self, address: str) -> str:
        """Return what stands in place of an e-mail address."""
        return address

    def known(self, text: str) -> str:
        """Return a text in which secrets that were found elsewhere are replaced."""
        return text

    def secret_name(self, names: Sequence[str], value: object) -> str | None:
        """Return the last of the names above a value that makes it secret; None if none does."""
        for index in range(len(names) - 1, -1, -1):
            if is_secret_name(names[index]):
                return names[index] if may_be_secret(value, *names[index:]) else None
        return None

    def may_have_names(self, text: str) -> bool:
        """Return whether a secret name may be in a text."""
        if "%" in text:
            text = unquote(text)
        return POSSIBLE.search(text.lower()) is not None or "\\u00" in text  # JSON may escape a name

    def text(self, text: str) -> str:
        """Return a text with its secrets replaced: after names, in URLs, tokens, encoded texts."""
        return self._text(text, _MOST_ENCODINGS)

    def _text(self, text: str, encodings: int) -> str:
        """Return a text with its secrets replaced. `encodings` is how often a part of it may be encoded."""
        if len(text) < _SHORTEST:
            return self.known(text)
        if "eyJ" in text:
            text = JWT.sub(lambda match: self.token(match[0]), text)
        if "asic" in text or "ASIC" in text:
            text = BASIC.sub(self._basic, text)
        if "://" in text:
            text = USER_INFO.sub(lambda match: self.user_info(match["user"], match["password"]), text)
        if self.may_have_names(text):
            text = self._named(text)
        if "@" in text:
            text = EMAIL.sub(lambda match: self.person(match[0]), text)
        return self.known(self._decoded(text, encodings) if encodings else text)

    def _decoded(self, text: str, encodings: int) -> str:
        """Replace secrets in what is percent-encoded, in HTML's entities or in base64."""
        inner = partial(self._text, encodings=encodings - 1)
        if "%" in text and _ENCODED.search(text):
            text = _RUN.sub(partial(self._encoded, inner), text)
        if "&" in text and _ENTITY.search(text):
            text = _BETWEEN_TAGS.sub(partial(_escaped, inner), text)
        return _BASE64.sub(partial(self._base64, inner), text) if len(text) >= _SHORTEST_BASE64 else text

    def value(self, path: JsonPath, value: Json) -> Json:
        """Return what stands in place of a scalar at a path of JSON: it may be, or contain, a secret."""
        if value is None or isinstance(value, bool):
            return value
        name = self.secret_name([part for part in path if isinstance(part, str)], value)
        if name is not None:
            return self.secret(str(value), name)
        return self.text(value) if isinstance(value, str) else value

    def values(self, text: str) -> ScalarChange:
        """Return `value` for the scalars of this JSON; it sees `{"name": "pin", "value": 4711}`, too."""
        if not self.may_have_names(text) or _PAIR.search(text) is None:
            return self.value
        fields = ((path[:-1], field_name(path[-1:] and path[-1], value)) for path, value in scalars(text))
        names = {path: name for path, name in fields if name and self.secret_name((name,), "?")}

        def change(path: JsonPath, value: Json) -> Json:
            for index, key in enumerate(path) if names else ():
                name = names.get(path[:index]) if is_value_key(key) else None
                if name is not None and self.secret_name((name,), value):
                    return self.secret(str(value), name)
            return self.value(path, value)

        return change

    def _named(self, text: str) -> str:
        """Replace what stands after or under secret names."""
        from .markup import change_markup, change_parts  # their patterns take milliseconds at the start
        from .pairs import change_pairs

        if _PRIVATE_KEY in text:
            text = self._private_keys(text)
        if "{" in text or "[" in text:
            text = change_json(text, self.values(text))
        if "form-data" in text:
            text = change_parts(text, self._is_name, self._named_value)
        if "<" in text:
            text = change_markup(text, self._is_name, self._named_value)
        text = change_pairs(text, self._is_name, self._named_value)
        return _BEARER.sub(lambda match: match["scheme"] + self.secret(match["token"], "credentials"), text)

    def _is_name(self, name: str) -> bool:
        return self.secret_name(parameter_names(name), "?") is not None

    def _named_value(self, name: str, value: str, is_quoted: bool) -> str:
        typed = float(value) if not is_quoted and _NUMBER.fullmatch(value) else value
        secret_name = self.secret_name(parameter_names(name), typed)
        if secret_name is None or (not is_quoted and is_stated(value)):
            return value
        if self.basic(value) == value:  # Basic credentials that are replaced already
            return value
        if "%" not in value:
            return self.secret(value, secret_name)
        return quote(self.secret(unquote(value), secret_name), safe=" *()@,")

    def _basic(self, match: re.Match[str]) -> str:
        return f"{match['scheme']}{self.basic(match['credentials']) or match['credentials']}"

    def _encoded(self, inner: Callable[[str], str], match: re.Match[str]) -> str:
        run = match[0]
        if _ENCODED.search(PLACEHOLDER.sub("", run)) is None:
            return run
        plain = unquote(run, errors="surrogateescape")
        replaced = inner(plain)
        if replaced == plain:
            return run
        return quote(replaced, safe="".join(_PUNCTUATION.intersection(run)), errors="surrogateescape")

    def _base64(self, inner: Callable[[str], str], match: re.Match[str]) -> str:
        """Replace base64 as a whole if there is a secret in what it encodes."""
        encoded = match[0]
        if _NOT_BASE64.fullmatch(encoded):
            return encoded
        packed = "".join(encoded.split()).rstrip("=").translate(_STANDARD_BASE64)
        try:
            plain = base64.b64decode(packed + "=" * (-len(packed) % 4)).decode()
        except ValueError:
            return encoded
        is_text = all(character.isprintable() or character in "\r\n\t" for character in plain)
        return self.secret(encoded, "base64") if is_text and inner(plain) != plain else encoded

    def _private_keys(self, text: str) -> str:
        pieces, end = [], 0
        while (start := text.find(_PRIVATE_KEY, end)) >= 0:
            start += len(_PRIVATE_KEY)
            stop = text.find("-----END", start)
            stop = len(text) if stop < 0 else stop
            key = text[start:stop]
            pieces += [text[end:start], self.secret(key, "private_key") if key.strip() else key]
            end = text.find(_PRIVATE_KEY, stop)
            end = end + len(_PRIVATE_KEY) if end >= 0 else len(text)
            pieces.append(text[stop:end])
        return "".join([*pieces, text[end:]])


def _escaped(inner: Callable[[str], str], match: re.Match[str]) -> str:
    """Replace the secrets in a text with HTML's entities."""
    if _ENTITY.search(match[0]) is None:
        return match[0]
    plain = html.unescape(match[0])
    replaced = inner(plain)
    return match[0] if replaced == plain else html.escape(replaced)
