"""JSON text changed in place, to the byte; and the paths to values in JSON, as text and as patterns."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Final

from ..text import late_pattern
from .json import Json

JsonPath = tuple[str | int, ...]
"""The path to a value: keys and indexes, from the top."""

ScalarChange = Callable[[JsonPath, Json], Json]
"""Returns the new value of a string, number, boolean or null; returning the same value changes nothing."""

# A group for each character of a string, as in `(?:[^"\\]|\\.)*`, takes a hundred bytes for each of them.
_PIECE: Final = late_pattern(
    r"""\s+|[{}\[\],:]|"[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"?"""
    r"""|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'?|[^\s{}\[\],:"]+"""
)
_PATH_END: Final = 64
"""Keys and indexes at both ends of a very long path that are kept."""

_WILDCARDS: Final = {"*": r"[^.[]+", "[*]": r"\[\d+\]", "**": r".*"}
_WILDCARD: Final = late_pattern(r"(\*\*|\[\*\]|\*)")


def is_json(text: str) -> bool:
    """Return whether a text is JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def change_json(text: str, change: ScalarChange, rename: Callable[[str], str] = str) -> str:
    """Return JSON with its scalars changed and its keys renamed.

    Text that is not JSON is taken as far as it is like JSON: broken off, with trailing commas, several values
    (NDJSON), in a function call (JSONP), nested too deeply, or with keys that are not quoted.
    """
    scan = _Scan()
    pieces = _PIECE.findall(text)
    for position, piece in enumerate(pieces):
        if piece in "{}[],:":
            scan.move(piece)
        elif piece.isspace():
            scan.skip(piece)
        else:
            before = _scalar(piece)
            after = rename(scan.key(before)) if scan.expects_key else change(scan.value(before), before)
            # NaN equals nothing, so identity is compared first: an unchanged NaN keeps its text.
            if after is not before and after != before:
                pieces[position] = _written(piece, after)
    return "".join(pieces)


class _Scan:
    """Follows the path through JSON, from piece to piece."""

    def __init__(self) -> None:
        self.expects_key = False
        self._path: list[str | int] = []
        self._root: tuple[str, ...] = ()  # a key outside of all brackets
        self._last: Json = None
        self._is_complete = False

    def move(self, piece: str) -> None:
        """Go on at a bracket, comma or colon."""
        if piece == ":":
            self._is_complete = False
            if not self._path:
                self._root = (str(self._last),)
            return
        if self._is_complete and piece in "{[":  # a comma is missing: something was broken off before
            self._path, self._root = [], ()
        self.expects_key, self._is_complete = _move(self._path, piece), piece in "}]"
        if piece == "," and not self._path:
            self._root = ()

    def skip(self, space: str) -> None:
        """Go on at white space. A line outside of all brackets begins anew."""
        if self._is_complete and not self._path and "\n" in space:
            self._root = ()

    def key(self, key: Json) -> str:
        """Enter a key, and return it."""
        self._path[-1] = text = str(key)
        self.expects_key = False
        return text

    def value(self, value: Json) -> JsonPath:
        """Return the path of a value."""
        self._last, self._is_complete = value, True
        path = self._path
        if len(path) > 2 * _PATH_END:  # copying the whole path for each value would take long
            path = path[:_PATH_END] + path[-_PATH_END:]
        return (*self._root, *path)


def _scalar(piece: str) -> Json:
    """Return the value of a string, a number or a word."""
    if piece[0] in "\"'":
        is_closed = len(piece) > 1 and piece[-1] == piece[0]
        plain = piece[1:-1] if is_closed else piece[1:]
        if "\\" not in plain:
            return plain
        try:
            return str(json.loads(f'"{plain}"'))
        except ValueError:
            return plain
    try:
        value: Json = json.loads(piece)
    except (ValueError, RecursionError):
        return piece
    return value


def _written(piece: str, value: Json) -> str:
    """Return a value as it is written in place of a piece: in its quotes, or as a word."""
    text = json.dumps(value, ensure_ascii=False)
    if piece[0] == "'":
        return f"'{text[1:-1]}{piece[-1] if len(piece) > 1 and piece[-1] == piece[0] else ''}"
    if piece[0] == '"':
        is_closed = len(piece) > 1 and piece[-1] == '"'
        return text if is_closed else text[:-1]
    return str(value) if isinstance(_scalar(piece), str) else text


def _move(path: list[str | int], bracket: str) -> bool:
    """Change the path at a bracket or comma, and return whether a key follows."""
    if bracket in "{[":
        path.append("" if bracket == "{" else 0)
        return bracket == "{"
    if bracket in "}]":
        if path:
            path.pop()
        return False
    last = path[-1] if path else 0
    if isinstance(last, int) and path:
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
