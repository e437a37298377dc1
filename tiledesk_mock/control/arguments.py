"""What a tester gives to an operation: JSON values and timeouts, checked."""

from __future__ import annotations

import json
from typing import Annotated, Final

from msgspec import Meta

from ..errors import SettingsError, SetupError
from ..node.json import Json, with_infinities

Limit = Annotated[int, Meta(ge=1, description="a number from 1")]
"""How many of a list are returned at most."""

_DAY: Final = 86_400


def to_json(value: Json, *, infinity: bool = False) -> str:
    """Return a value as JSON text; raise SetupError if it has something that JSON has not, as a date.

    `infinity` is whether there may be infinities, as in an export.
    """
    try:
        return with_infinities(json.dumps(value, allow_nan=infinity))
    except (TypeError, ValueError, RecursionError) as error:
        raise SetupError(f"this is not JSON: {error}") from error


def check_seconds(seconds: float, name: str = "timeout") -> None:
    """Raise SettingsError for what is no number; `name` is that of the argument."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise SettingsError(name, seconds, "a number of seconds")


def check_timeout(timeout: float) -> None:
    """Raise SettingsError for what is no number of seconds from 0 to a day's."""
    check_seconds(timeout)
    if not 0 <= timeout <= _DAY:
        raise SettingsError("timeout", timeout, "a number of seconds, a day's at most")
