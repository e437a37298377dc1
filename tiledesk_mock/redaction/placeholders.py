"""Placeholders, which stand in a cassette in place of secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from .names import PLACEHOLDER, is_secret_name, is_stated

_NUMBER: Final = re.compile(r"\d+")

_SEARCHED_LENGTH: Final = 6
"""Characters that a secret needs to be replaced in all texts: a shorter one is found by chance."""

_WORD_OR_NUMBER: Final = re.compile(r"[A-Za-z][a-z]{0,15}|\d{0,11}")

_FEW: Final = 8
"""How many beginnings of secrets are searched for one by one."""

_PART: Final = 1 << 14
"""Characters of a text whose snippets are in memory at the same time."""


class Placeholders:
    """The placeholders of one cassette: `REDACTED-token-1`, `person-1@redacted.example`.

    The same secret has the same placeholder everywhere.
    """

    def __init__(self) -> None:
        self._secrets: Final[dict[str, str]] = {}
        self._people: Final[dict[str, str]] = {}
        self._counts: Final[dict[str, int]] = {}
        self._lengths: Final[dict[str, list[int]]] = {}  # of the secrets that begin with a few characters

    def for_secret(self, secret: str, kind: str) -> str:
        """Return the placeholder of a secret; a placeholder is returned as it is."""
        if PLACEHOLDER.fullmatch(secret):
            return secret
        if secret not in self._secrets:
            self._add_secret(secret, f"REDACTED-{kind}-{self._next(kind)}")
        return self._secrets[secret]

    def for_person(self, name: str) -> str:
        """Return the placeholder of an e-mail address or user name, in any case."""
        if PLACEHOLDER.fullmatch(name):
            return name
        key = name.lower()
        if key not in self._people:
            self._people[key] = f"person-{self._next('person')}@redacted.example"
        return self._people[key]

    def reserve(self, text: str) -> None:
        """Use none of the placeholders in a text for another secret."""
        for match in PLACEHOLDER.finditer(text):
            kind = "person" if match[0].startswith("person") else match[0].split("-")[1]
            number = int(_NUMBER.findall(match[0])[-1])
            self._counts[kind] = max(self._counts.get(kind, 0), number)

    def learn(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Use these placeholders for these secrets; pairs of anything else are ignored."""
        for placeholder, secret in pairs:
            if PLACEHOLDER.fullmatch(placeholder) and not PLACEHOLDER.fullmatch(secret):
                self.reserve(placeholder)
                if placeholder.startswith("person"):
                    self._people.setdefault(secret.lower(), placeholder)
                elif secret not in self._secrets:
                    self._add_secret(secret, placeholder)

    def secrets(self, start: int = 0) -> list[str]:
        """Return the secrets that are replaced in all texts, without the `start` that were learned first."""
        learned = islice(self._secrets.items(), start, None)
        return [secret for secret, placeholder in learned if _is_searched(secret, placeholder)]

    @property
    def count(self) -> int:
        """Return the number of secrets that were learned."""
        return len(self._secrets)

    def contradicts(self, pairs: Iterable[tuple[str, str]]) -> bool:
        """Return whether a secret of one of these pairs has another placeholder already."""
        learned = Placeholders()
        learned.learn(pairs)
        return any(
            known.get(secret, placeholder) != placeholder
            for known, other in ((self._secrets, learned._secrets), (self._people, learned._people))
            for secret, placeholder in other.items()
        )

    def replace_in(self, text: str) -> str:
        """Return a text with the placeholders of all known secrets in it."""
        # Not one pattern of all secrets: compiling it for each new one takes time that grows with the square.
        if not self._lengths or len(text) < _SEARCHED_LENGTH:
            return text
        beginnings = {found for part in snippets(text) for found in self._lengths.keys() & part}
        searched = PLACEHOLDER.sub(_blank, text) if beginnings else text
        pieces, end = [], 0
        for start in _positions(searched, beginnings):
            secret = self._secret_at(searched, start) if start >= end else None
            if secret is not None:
                pieces += [text[end:start], self._secrets[secret]]
                end = start + len(secret)
        return "".join([*pieces, text[end:]]) if pieces else text

    def _secret_at(self, text: str, start: int) -> str | None:
        """Return the longest known secret that begins at an index of a text; None if none does."""
        for length in self._lengths[text[start : start + _SEARCHED_LENGTH]]:
            secret = text[start : start + length]
            if secret in self._secrets:
                return secret
        return None

    def _add_secret(self, secret: str, placeholder: str) -> None:
        self._secrets[secret] = placeholder
        if not _is_searched(secret, placeholder):
            return
        lengths = self._lengths.setdefault(secret[:_SEARCHED_LENGTH], [])
        if len(secret) not in lengths:
            lengths.append(len(secret))
            lengths.sort(reverse=True)

    def _next(self, kind: str) -> int:
        number = self._counts[kind] = self._counts.get(kind, 0) + 1
        return number


def _positions(text: str, beginnings: set[str]) -> list[int]:
    """Return where one of these beginnings of secrets is in a text, from left to right."""
    if len(beginnings) > _FEW:  # searching for each of them would take time that grows with the square
        last = len(text) - _SEARCHED_LENGTH
        return [at for at in range(last + 1) if text[at : at + _SEARCHED_LENGTH] in beginnings]
    found = []
    for beginning in beginnings:
        at = text.find(beginning)
        while at >= 0:
            found.append(at)
            at = text.find(beginning, at + 1)
    return sorted(found)


def snippets(text: str) -> Iterator[set[str]]:
    """Yield the beginnings that a secret in a text may have, in sets that do not become large."""
    for part in range(0, len(text) - _SEARCHED_LENGTH + 1, _PART):
        starts = range(part, min(part + _PART, len(text) - _SEARCHED_LENGTH + 1))
        yield {text[start : start + _SEARCHED_LENGTH] for start in starts}


def _is_searched(secret: str, placeholder: str) -> bool:
    """Return whether a secret is replaced in all texts, and not only where its name shows that it is one.

    A word or a short number that is not a password may well be something else there. So may a password that
    is the name of one, or says what one is: `password`, `string`.
    """
    if len(secret) < _SEARCHED_LENGTH:
        return False
    if not _WORD_OR_NUMBER.fullmatch(secret):
        return True
    return placeholder.startswith("REDACTED-password") and not (is_secret_name(secret) or is_stated(secret))


def _blank(placeholder: re.Match[str]) -> str:
    """Return as many characters in which no secret begins."""
    return "\0" * len(placeholder[0])
