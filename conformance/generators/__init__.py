"""Random cases, one module for each ground. The same seed gives the same cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from . import auth, custom_tokens, events, realtime, routes, subscriptions

GENERATORS: Final[Mapping[str, Callable[[Random], dict[str, Any]]]] = {
    "auth": auth.generate,
    "custom_tokens": custom_tokens.generate,
    "events": events.generate,
    "realtime": realtime.generate,
    "routes": routes.generate,
    "subscriptions": subscriptions.generate,
}
"""What makes a case of each ground."""
