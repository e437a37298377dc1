"""What a request to the control API asks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from ..errors import SettingsError, SetupError
from ..text import suggestion


class Asked(Struct, frozen=True):
    """A request to the control API: its JSON object, its query, the ids in its path."""

    document: Mapping[str, Any]
    query: Mapping[str, str]
    ids: Mapping[str, str]

    def only(self, fields: Sequence[str] | None, query: Sequence[str]) -> None:
        """Raise SetupError for a field of the JSON object, or a name in the query, that is none of these.

        Where `fields` is None, any may be there.
        """
        if fields is not None:
            _check(self.document, fields, "there is no field {!r} here", "this takes no body")
        _check(self.query, query, "there is no {!r} to ask for here", "this takes no query")

    def text(self, name: str) -> str | None:
        """Return a text of the JSON object, None without one; raise SettingsError for anything else."""
        value = self.document.get(name)
        if value is not None and not isinstance(value, str):
            raise SettingsError(name, value, "a text")
        return value

    def number(self, name: str) -> float:
        """Return a number of the query, 0 where there is none; raise SettingsError for anything else."""
        given = self.query.get(name, "0")
        try:
            number = float(given)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise SettingsError(name, given, "a number")
        return number


def _check(given: Iterable[str], known: Sequence[str], refusal: str, if_none: str) -> None:
    """Raise SetupError for a name that is not known, with those that are, or `if_none` is."""
    for name in given:
        if name not in known:
            raise SetupError(f"{refusal.format(name)}: {suggestion(name, known) if known else if_none}")
