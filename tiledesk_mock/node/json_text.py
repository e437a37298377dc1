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
    rewriter = _Rewriter(change, rename)
    return "".join(map(rewriter.rewrite, _PIECE.findall(text)))


def scalars(text: str) -> list[tuple[JsonPath, Json]]:
    """Return the strings, numbers, booleans and nulls in JSON, each with its path."""
    found: list[tuple[JsonPath, Json]] = []

    def collect(path: JsonPath, value: Json) -> Json:
        found.append((path, value))
        return value

    change_json(text, collect)
    return found


class _Rewriter:
    """Rewrites the pieces of a JSON text one by one, and tracks the path of the current piece."""

    def __init__(self, change: ScalarChange, rename: Callable[[str], str]) -> None:
        self._change: Final = change
        self._rename: Final = rename
        self._path: Final[list[str | int]] = []
        self._expects_key = False

    def rewrite(self, piece: str) -> str:
        if piece.isspace() or piece == ":":
            return piece
        if piece in "{[":
            self._path.append("" if piece == "{" else 0)
            self._expects_key = piece == "{"
        elif piece in "}]":
            self._path.pop()
            self._expects_key = False
        elif piece == ",":
            self._next()
        else:
            return self._scalar(piece)
        return piece

    def _next(self) -> None:
        last = self._path[-1]
        self._expects_key = isinstance(last, str)
        if isinstance(last, int):
            self._path[-1] = last + 1

    def _scalar(self, piece: str) -> str:
        value = json.loads(piece)
        if self._expects_key:
            self._expects_key = False
            self._path[-1] = value
            return _replaced(piece, value, self._rename(value))
        return _replaced(piece, value, self._change(tuple(self._path), value))


def _replaced(piece: str, before: Json, after: Json) -> str:
    # NaN equals nothing, so identity is compared first: an unchanged NaN keeps its piece.
    return piece if after is before or after == before else json.dumps(after, ensure_ascii=False)


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
