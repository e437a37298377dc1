"""What a request to the control API asks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from ..domain.hints import meant
from ..errors import SettingsError, SetupError


class Asked(Struct, frozen=True):
    """A request to the control API: its JSON object, its query, the ids in its path."""

    document: Mapping[str, Any]
    query: Mapping[str, str]
    ids: Mapping[str, str]

    def only(self, fields: Sequence[str] | None, query: Sequence[str]) -> None:
        """Raise SetupError for a field of the JSON object, or a name in the query, that is none of these.

        Where `fields` is None, any may be there.
        """
        for name in self.document if fields is not None else ():
            if name not in (fields or ()):
                hint = meant(name, fields) if fields else "this takes no body"
                raise SetupError(f"there is no field {name!r} here: {hint}")
        for name in self.query:
            if name not in query:
                hint = meant(name, query) if query else "this takes no query"
                raise SetupError(f"there is no {name!r} to ask for here: {hint}")

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
