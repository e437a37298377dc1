"""The table of secret names: of fields, parameters, header fields and attributes whose values are secret.

The journal, the log, reports and recordings all use it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

from ..text import late_pattern

PLACEHOLDER: Final = late_pattern(r"REDACTED-[a-z]+-\d+|person-\d+(?:@|%40)redacted\.example")
"""What replaces a secret in a cassette."""

_WORD: Final = late_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
"""The words of a name in camel, snake or kebab case: those of `XApiKey2` are `X`, `Api`, `Key` and `2`."""

POSSIBLE: Final = late_pattern(
    "auth|bearer|cookie|cred|jwt|key|otp|pass|pin|psw|pwd|s[ei]d|sess|sign|secret|srf|token"
)
"""What every secret name contains. A name without it is not searched further."""

_SECRET_WORDS: Final = frozenset(
    {"bearer", "cred", "creds", "csrf", "otp", "otps", "pass", "pin", "psw", "sid", "totp", "xsrf"}
)
"""Words that count as whole words only: `compass`, `option` and `shipping` are not secret."""

_SECRET_PARTS: Final = late_pattern(
    r"(?:access|api|encryption|master|private|signing)keys?\b|authori[sz]ation|credential|jwt"
    r"|pass(?:code|phrase|wd|word|wort)|pswd|pwd|secret(?!ar|ion|iv|ly)|sessid"
    r"|(?<!\bob)(?<!pos)session|token(?!i[sz])|otpcode|pin(?:code|number)\b"
    r"|\b(?:admin|auth|card|client|db|email|ftp|imap|key|keystore|login|mail|my|mysql|new|old|pg|proxy|root|sms"
    r"|smtp|ssh|store|temp|user|wifi)(?:otp|pass|pin)\b"
)
"""Parts of words, so that names without punctuation are found: `clientsecret`, `dbpass`, `newpassword2`.

No ordinary word has one of them: `obsession`, `secretary` and `tokenize` are excluded.
"""

_SECRET_SEQUENCES: Final = late_pattern(
    r"\b(?:(?:access|api|encryption|master|private|signing) keys?|pass (?:code|phrase|word|wd))\b"
)

_WHOLE_NAMES: Final = late_pattern(
    r"(?:(?:basic|http|proxy|user|x) )?auth|(?:set )?cookies?|connect sid|(?:x (?:\w+ )*)?signature(?: \d+)?"
)
"""Names that are secret only as they are: `auth_type` and `cookie_policy` are not."""

_MEASURES: Final = frozenset(
    {"age", "attempts", "budget", "cost", "count", "counter", "created", "date", "days", "duration", "exp"}
    | {"expiration", "expire", "expired", "expires", "expiry", "hours", "iat", "index", "issued", "left"}
    | {"length", "lifetime", "limit", "max", "maximum", "min", "minimum", "minutes", "ms", "price"}
    | {"quantity", "rate", "remaining", "retries", "seconds", "since", "size", "sum", "time", "timeout"}
    | {"timestamp", "total", "tries", "ttl", "updated", "usage", "used", "validity", "version"}
)
"""Words for what is counted or measured: its numbers and times are not secret."""

_PLURALS: Final = frozenset({"credentials", "passwords", "secrets", "sessions", "tokens"})
"""Last words of names under which a number is a count: `tokens: 3`."""

_DESCRIPTIONS: Final = frozenset({"kind", "method", "scheme", "type"})
_SCHEMES: Final = frozenset({"apikey", "basic", "bearer", "digest", "dpop", "hmac", "jwt", "mac", "opaque"})
"""Texts that say how to authenticate: clients need a `token_type` as it is."""

_LITERALS: Final = frozenset({"true", "false", "null", "none", "undefined", "nan"})

_STATED: Final = frozenset(
    {"boolean", "expired", "forbidden", "incorrect", "invalid", "missing", "number", "optional", "required"}
    | {"string", "wrong"}
)
"""Words that say something about a secret in a text: `token: expired`."""

_NUMBER_OR_TIME: Final = late_pattern(
    r"[+-]?\d{1,20}(?:\.\d{1,20})? ?(?:ms|s|m|h|d)?"
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d[\d:.]{0,13}(?:Z|[+-]\d\d:?\d\d)?)?"
)

_KINDS: Final = (("pass", "password"), ("pwd", "password"), ("token", "token"), ("jwt", "token"))

_NAMING_KEYS: Final = frozenset({"field", "key", "name", "param", "path", "property"})
_VALUE_KEYS: Final = frozenset({"val", "value", "values"})
"""Keys of an object that has a name and its value as two fields."""

_FIELD_NAME: Final = late_pattern(r"[\w.$/\[\]-]{2,64}")

_PUNCTUATION: Final = late_pattern("[^a-z0-9]")

_LONGEST_NAME: Final = 64
"""Characters of a name for which the answer is cached. A longer one is hardly a name."""

_LONGEST_MEASURE: Final = 64
"""Characters of a text that may be a number, a time or a scheme."""


def normalized_name(name: str) -> str:
    """Return the name of a field without case and punctuation: `jwt-Secret` is `jwtsecret`."""
    lowered = name.lower()
    return lowered if lowered.isascii() and lowered.isalnum() else _PUNCTUATION.sub("", lowered)


def is_secret_name(name: str) -> bool:
    """Return whether texts under this name are secret, whatever they are."""
    return _is_secret_name(name) if len(name) <= _LONGEST_NAME else _is_secret(name)


def may_be_secret(value: object, *names: str) -> bool:
    """Return whether a value under a secret name may be a secret.

    An empty value, true and false may not. A number, a time or a scheme may not if one of the `names` on the
    path to the value counts, measures or describes something: `token_count: 3`, `expires: 60`,
    `token_type: bearer`.
    """
    if value is None or isinstance(value, bool) or value == "":
        return False
    if isinstance(value, (int, float)):
        return not any(_is_measure(name) or _is_plural(name) for name in names)
    if not isinstance(value, str) or len(value) > _LONGEST_MEASURE:
        return True
    text = value.strip().lower()
    if text in _LITERALS or (text in _SCHEMES and any(map(_is_description, names))):
        return False
    return not (any(map(_is_measure, names)) and _NUMBER_OR_TIME.fullmatch(value.strip()))


def is_stated(text: str) -> bool:
    """Return whether a text says something about a secret, and is none: `required`, `string`."""
    return text.strip().lower() in _STATED


def parameter_names(name: str) -> list[str]:
    """Return the names in the name of a form's field: those of `user[password]` are `user` and `password`."""
    return [part for part in re.split(r"[\[\].]+", unquote_plus(name)) if part]


def field_name(key: object, value: object) -> str:
    """Return the name that a field contains: `pin` of `"name": "pin"`; empty if it contains none.

    The last part counts of a path such as `/user/password`.
    """
    is_name = isinstance(key, str) and key.lower() in _NAMING_KEYS and isinstance(value, str)
    return str(value).rpartition("/")[2] if is_name and _FIELD_NAME.fullmatch(str(value)) else ""


def is_value_key(key: object) -> bool:
    """Return whether a field beside a name contains its value: `"value": 1` beside `"name": "pin"`."""
    return isinstance(key, str) and key.lower() in _VALUE_KEYS


def secret_kind(name: str) -> str:
    """Return the kind of secret that a name stands for: `password`, `token` or `secret`."""
    word = normalized_name(name)
    return next((kind for part, kind in _KINDS if part in word and not word.endswith("secret")), "secret")


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _is_secret(name: str) -> bool:
    if not POSSIBLE.search(name.lower()) or PLACEHOLDER.fullmatch(name):  # a key may be a redacted token
        return False
    words = _words(name)
    text = " ".join(words)
    return (
        not _SECRET_WORDS.isdisjoint(words)
        or _SECRET_PARTS.search(f"{text} {name.lower()}") is not None  # `ToKen` is one word, too
        or _SECRET_SEQUENCES.search(text) is not None
        or _WHOLE_NAMES.fullmatch(text) is not None
    )


_is_secret_name: Final = lru_cache(4096)(_is_secret)


def _is_measure(name: str) -> bool:
    return not _MEASURES.isdisjoint(_words(name))


def _is_plural(name: str) -> bool:
    return not _PLURALS.isdisjoint(_words(name)[-1:])


def _is_description(name: str) -> bool:
    return not _DESCRIPTIONS.isdisjoint(_words(name)[-1:])
