"""Replaces what differs from run to run by names: ids, times and tokens. Takes bcrypt hashes out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from tiledesk_mock.diff.bodies import PASSWORD_HASH
from tiledesk_mock.node.json import Json

_SEEDED_DAY: Final = "2026-01-01T00"
"""Times of the recorded world: they are the same in every run."""

_FIXED: Final = (
    (re.compile(r"\bey[\w-]{10,}\.[\w-]+\.[\w-]*"), "<jwt>"),
    (re.compile(r'"(iat|timestamp)": \d{9,}(?=[,}])'), r'"\1": "<\1>"'),
    (re.compile(r"guest#[0-9a-f]{4}"), "guest#<hex>"),
)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UUID: Final = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_ID: Final = re.compile(r"\b(?!65[abcde]0{5})[0-9a-f]{24}\b")
"""An ObjectId that is not one of the recorded world."""


class Names:
    """Replaces ids, times and tokens by names such as `<id:1>`, in the order in which they first appear."""

    def __init__(self) -> None:
        self._names: Final[dict[str, str]] = {}

    def replaced(self, value: Json) -> Json:
        """Return a JSON value with names, and without bcrypt hashes."""
        named: Json = json.loads(self._text(json.dumps(without_hashes(value))))
        return named

    def _text(self, text: str) -> str:
        text = without_times(text)
        text = UUID.sub(self._named("uuid"), text)
        return _ID.sub(self._named("id"), text)

    def _named(self, kind: str) -> Callable[[re.Match[str]], str]:
        """Return what gives an id or uuid the name that it has or the next one of its kind."""

        def name(found: re.Match[str]) -> str:
            count = sum(known.startswith(f"<{kind}:") for known in self._names.values())
            return self._names.setdefault(found[0], f"<{kind}:{count + 1}>")

        return name


def without_times(text: str) -> str:
    """Return JSON with names for times and tokens. Those of the recorded world stay."""
    for pattern, name in _FIXED:
        text = pattern.sub(name, text)
    return _TIME.sub(lambda time: time[0] if time[0].startswith(_SEEDED_DAY) else "<time>", text)


def without_hashes(value: Json) -> Json:
    """Return a JSON value without the fields that are bcrypt hashes: the real server shows some."""
    if isinstance(value, list):
        return [without_hashes(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: without_hashes(item)
        for key, item in value.items()
        if not (isinstance(item, str) and PASSWORD_HASH.search(item))
    }
