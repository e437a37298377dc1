"""The headers of a message as Node shows them: an object with each name once."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from .json import Json, in_property_order

_FIRST_COUNTS: Final = frozenset(
    {
        *("age", "authorization", "content-length", "content-type", "etag", "expires", "from", "host"),
        *("if-modified-since", "if-unmodified-since", "last-modified", "location", "max-forwards"),
        *("proxy-authorization", "referer", "retry-after", "server", "user-agent"),
    }
)
"""Headers of which Node takes the first; the values of others are joined."""

_MOST: Final = 1000
"""Headers that Node reads; further ones are dropped."""

_PROTOTYPE: Final = "__proto__"
"""Sets no property of a JavaScript object, when a text is assigned to it."""


def headers_object(headers: Iterable[tuple[str, str]]) -> dict[str, Json]:
    """Return `message.headers`: names in lower case, `set-cookie` a list, others text."""
    shown: dict[str, Json] = {}
    for original, value in islice(headers, _MOST):
        name = original.lower()
        if name == "set-cookie":
            shown.setdefault(name, []).append(value)
        elif name not in shown:
            shown[name] = value
        elif name not in _FIRST_COUNTS:
            shown[name] += f"{'; ' if name == 'cookie' else ', '}{value}"
    shown.pop(_PROTOTYPE, None)
    return in_property_order(list(shown.items()))
