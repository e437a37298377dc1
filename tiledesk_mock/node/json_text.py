"""JSON text changed in place, to the byte; and the paths to values in JSON, as text and as patterns."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Final

from .json import Json

JsonPath = tuple[str | int, ...]
"""The path to a value: keys and indexes, from the top."""

ScalarChange = Callable[[JsonPath, Json], Json]
"""Returns the new value of a string, number, boolean or null; returning the same value changes nothing."""

_PIECE: Final = re.compile(r'\s+|[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+')
_WILDCARDS: Final = {"*": r"[^.[]+", "[*]": r"\[\d+\]", "**": r".*"}
_WILDCARD: Final = re.compile(r"(\*\*|\[\*\]|\*)")


def is_json(text: str) -> bool:
    """Return whether a text is JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def change_json(text: str, change: ScalarChange, rename: Callable[[str], str] = str) -> str:
    """Return JSON with its scalars changed and its keys renamed; `text` must be valid JSON."""
    path: list[str | int] = []
    expects_key = False
    pieces = _PIECE.findall(text)
    for position, piece in enumerate(pieces):
        if piece in "{}[],":
            expects_key = _move(path, piece)
        elif piece != ":" and not piece.isspace():
            before = json.loads(piece)
            if expects_key:
                path[-1], after, expects_key = before, rename(before), False
            else:
                after = change(tuple(path), before)
            # NaN equals nothing, so identity is compared first: an unchanged NaN keeps its text.
            if after is not before and after != before:
                pieces[position] = json.dumps(after, ensure_ascii=False)
    return "".join(pieces)


def _move(path: list[str | int], bracket: str) -> bool:
    """Change the path at a bracket or comma, and return whether a key follows."""
    if bracket in "{[":
        path.append("" if bracket == "{" else 0)
        return bracket == "{"
    if bracket in "}]":
        path.pop()
        return False
    last = path[-1]
    if isinstance(last, int):
        path[-1] = last + 1
    return isinstance(last, str)


def scalars(text: str) -> list[tuple[JsonPath, Json]]:
    """Return the strings, numbers, booleans and nulls in JSON, each with its path."""
    found: list[tuple[JsonPath, Json]] = []

    def collect(path: JsonPath, value: Json) -> Json:
        found.append((path, value))
        return value

    change_json(text, collect)
    return found


def path_text(path: JsonPath) -> str:
    """Return a path as messages and patterns write it: `attributes.items[0].price`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def path_pattern(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return a regular expression that the texts of the paths match which one of `patterns` names.

    In a pattern, `*` is any key, `[*]` any index and `**` any part of a path: `events[*].attributes.iban`,
    `**.phone`. A leading `$.` is ignored. Without patterns, no path matches.
    """
    return re.compile("|".join(f"(?:{_expression(pattern)})" for pattern in patterns) or r"(?!)")


def _expression(pattern: str) -> str:
    parts = _WILDCARD.split(pattern.removeprefix("$").removeprefix("."))
    return "".join(_WILDCARDS.get(part) or re.escape(part) for part in parts)
