"""Cookies as Node's packages `cookie` and `cookie-parser` read them."""

from __future__ import annotations

from typing import Final

from .json import Json, parse_json
from .qs import decoded_component
from .values import is_truthy

_SPACE: Final = " \t"
_JSON: Final = "j:"


def parse_cookies(header: str) -> dict[str, Json]:
    """Return the cookies of a Cookie header. The first of a name counts; `j:` before a value makes it JSON.

    Signed cookies (`s:`) stay as they are: Tiledesk has no secret for them.
    """
    cookies: dict[str, Json] = {}
    if len(header) < 2:
        return cookies
    for pair in header.split(";"):
        name, equals, value = pair.partition("=")
        if equals:
            cookies.setdefault(name.strip(_SPACE), _value(value.strip(_SPACE)))
    return cookies


def _value(text: str) -> Json:
    quoted = text.startswith('"') and text.endswith('"')
    value = decoded_component(text[1:-1] if quoted else text)
    return _parsed(value) if value.startswith(_JSON) else value


def _parsed(value: str) -> Json:
    try:
        parsed = parse_json(value[len(_JSON) :])
    except ValueError:
        return value
    return parsed if is_truthy(parsed) else value
