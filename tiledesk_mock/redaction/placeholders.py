"""What stands for secrets: the same for the same one, within a cassette."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from .secrets import PLACEHOLDER

_NUMBER: Final = re.compile(r"\d+")

_REPLACED_ANYWHERE: Final = 6
"""Characters that a secret needs to be looked for in all texts: a shorter one is found by chance."""


class Placeholders:
    """Gives each secret its placeholder: `REDACTED-token-1`, `person-1@redacted.example`."""

    def __init__(self) -> None:
        self._of: Final[dict[str, str]] = {}
        self._people: Final[dict[str, str]] = {}
        self._counts: Final[dict[str, int]] = {}
        self._pattern: re.Pattern[str] | None = None

    def of(self, secret: str, kind: str) -> str:
        """Return what stands for a secret; a placeholder stands for itself."""
        if PLACEHOLDER.fullmatch(secret):
            return secret
        if secret not in self._of:
            self._of[secret] = f"REDACTED-{kind}-{self._next(kind)}"
            self._pattern = None
        return self._of[secret]

    def of_person(self, name: str) -> str:
        """Return the address that stands for an e-mail address or user name; case does not count."""
        if PLACEHOLDER.fullmatch(name):
            return name
        key = name.lower()
        if key not in self._people:
            self._people[key] = f"person-{self._next('person')}@redacted.example"
        return self._people[key]

    def reserve(self, text: str) -> None:
        """Give nobody else the placeholders that are in a text already."""
        for match in PLACEHOLDER.finditer(text):
            kind = "person" if match[0].startswith("person") else match[0].split("-")[1]
            number = int(_NUMBER.findall(match[0])[-1])
            self._counts[kind] = max(self._counts.get(kind, 0), number)

    def learn(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Take over which placeholder stands for which secret."""
        for placeholder, secret in pairs:
            if PLACEHOLDER.fullmatch(placeholder) and not PLACEHOLDER.fullmatch(secret):
                self.reserve(placeholder)
                is_person = placeholder.startswith("person")
                (self._people if is_person else self._of).setdefault(
                    secret.lower() if is_person else secret, placeholder
                )
                self._pattern = None

    def applied(self, text: str) -> str:
        """Return a text with placeholders for all known secrets in it."""
        if self._pattern is None:
            found = sorted(self._searchable(), key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, found)) or r"(?!)")
        return self._pattern.sub(lambda match: self._of[match[0]], text)

    def _searchable(self) -> Iterator[str]:
        return (secret for secret in self._of if len(secret) >= _REPLACED_ANYWHERE)

    def _next(self, kind: str) -> int:
        number = self._counts[kind] = self._counts.get(kind, 0) + 1
        return number
