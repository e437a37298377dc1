"""Texts that are known but for some parts of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Known(NamedTuple):
    """A regular expression for what is known between two unknown parts: with its groups, and without."""

    grouped: str
    plain: str


def with_unknown_parts(known: Sequence[Known]) -> str:
    """Return a regular expression for what is known, in order, with something between each two.

    Each unknown part is a group. The first place where the next known part fits is taken for good, which is
    as good as any; trying the others would take for ever in a long text.
    """
    first, *others = known
    pattern = first.grouped
    for number, part in enumerate(others):
        end = r"\Z" if number == len(others) - 1 else ""
        pattern += f"(?=(?P<unknown{number}>.+?)(?={part.plain}{end}))(?P=unknown{number}){part.grouped}"
    return pattern
