"""JSON changed in place: what is not changed stays as it was written, to the byte."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final

from .json import Json
from .json_path import JsonPath

ScalarChange = Callable[[JsonPath, Json], Json]
"""Returns what stands in place of a text, number, true, false or null; the same value changes nothing."""

_PIECE: Final = re.compile(r'\s+|[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+')


def is_json(text: str) -> bool:
    """Tell whether a text is JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def change_json(text: str, change: ScalarChange, rename: Callable[[str], str] = str) -> str:
    """Return JSON with its scalar values changed and its keys renamed; `text` has to be JSON."""
    walk = _Walk(change, rename)
    return "".join(walk.step(piece) for piece in _PIECE.findall(text))


def scalars(text: str) -> list[tuple[JsonPath, Json]]:
    """Return the texts, numbers, trues, falses and nulls in JSON, with where they stand."""
    found: list[tuple[JsonPath, Json]] = []

    def note(place: JsonPath, value: Json) -> Json:
        found.append((place, value))
        return value

    change_json(text, note)
    return found


class _Walk:
    """Goes through the pieces of a JSON text, and knows where it is."""

    def __init__(self, change: ScalarChange, rename: Callable[[str], str]) -> None:
        self._change: Final = change
        self._rename: Final = rename
        self._place: Final[list[str | int]] = []
        self._expects_key = False

    def step(self, piece: str) -> str:
        """Return what is written for a piece."""
        if piece.isspace() or piece == ":":
            return piece
        if piece in "{[":
            self._place.append("" if piece == "{" else 0)
            self._expects_key = piece == "{"
        elif piece in "}]":
            self._place.pop()
            self._expects_key = False
        elif piece == ",":
            self._next()
        else:
            return self._scalar(piece)
        return piece

    def _next(self) -> None:
        last = self._place[-1]
        self._expects_key = isinstance(last, str)
        if isinstance(last, int):
            self._place[-1] = last + 1

    def _scalar(self, piece: str) -> str:
        value = json.loads(piece)
        if self._expects_key:
            self._expects_key = False
            self._place[-1] = value
            return _written(piece, value, self._rename(value))
        return _written(piece, value, self._change(tuple(self._place), value))


def _written(piece: str, before: Json, after: Json) -> str:
    # NaN is none but itself: compared by identity first, so that nothing is written anew for nothing.
    return piece if after is before or after == before else json.dumps(after, ensure_ascii=False)
