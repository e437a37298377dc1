"""Forms and query strings as Tiledesk reads them: qs's rules, with the limits of body-parser and Express."""

from __future__ import annotations

import re
from typing import Final, cast

from ..errors import UnreadableBody
from .javascript import in_property_order
from .model import Json
from .nesting import Limits, combine, compact, merge, nested

_PARAMETER_LIMIT: Final = 1000
_FORM_ARRAY_LIMIT: Final = 100

_OPENING: Final = re.compile("%5B", re.IGNORECASE)
_CLOSING: Final = re.compile("%5D", re.IGNORECASE)
_SEGMENT: Final = re.compile(r"\[[^\[\]]*\]")
_ESCAPES: Final = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9a-fA-F]{2})")

_QUERY_LIMITS: Final = Limits(depth=5, array=20, strict=False)


def parse_query(text: str) -> dict[str, Json]:
    """Read a query string (without `?`) as Express 4 does: `a[b]=1` nests, five levels deep at most."""
    return _parse(text, _QUERY_LIMITS)


def parse_form(text: str) -> dict[str, Json]:
    """Read a form's body as body-parser does with `extended: true`: 32 levels, 1000 parameters.

    Raises UnreadableBody for more of either.
    """
    separators = text.count("&")
    if separators >= _PARAMETER_LIMIT:
        raise UnreadableBody
    return _parse(text, Limits(depth=32, array=max(_FORM_ARRAY_LIMIT, separators), strict=True))


def _parse(text: str, limits: Limits) -> dict[str, Json]:
    if not text:
        return {}
    read: Json = {}
    for key, value in in_property_order(list(_values(text, limits).items())).items():
        if key:
            read = merge(read, nested(_segments(key, limits), value, limits), limits)
    return cast("dict[str, Json]", compact(read))


def _values(text: str, limits: Limits) -> dict[str, Json]:
    values: dict[str, Json] = {}
    clean = _CLOSING.sub("]", _OPENING.sub("[", text))
    for part in clean.split("&")[:_PARAMETER_LIMIT]:
        key, value = _split(part)
        values[key] = combine(values[key], value, limits) if key in values else value
    return values


def _split(part: str) -> tuple[str, str]:
    bracket = part.find("]=")
    position = part.find("=") if bracket < 0 else bracket + 1
    if position < 0:
        return _decoded(part), ""
    return _decoded(part[:position]), _decoded(part[position + 1 :])


def _decoded(text: str) -> str:
    text = text.replace("+", " ")
    if "%" not in text or _BAD_ESCAPE.search(text):
        return text
    try:
        return _ESCAPES.sub(lambda run: bytes.fromhex(run[0].replace("%", "")).decode(), text)
    except UnicodeDecodeError:
        return text


def _segments(key: str, limits: Limits) -> list[str]:
    found = list(_SEGMENT.finditer(key))
    if not found:
        return [key]
    parent = key[: found[0].start()]
    segments = [parent] if parent else []
    segments += [segment[0] for segment in found[: limits.depth]]
    if len(found) > limits.depth:
        if limits.strict:
            raise UnreadableBody
        segments.append(f"[{key[found[limits.depth].start() :]}]")
    return segments
