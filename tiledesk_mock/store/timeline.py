"""Events in order of creation.

An event's rank is its moment (milliseconds of `createdAt`) and, below that, its number, by which it is
stored and which grows with each creation: one integer, that sorts as events do by creation time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from sortedcontainers import SortedList  # type: ignore[import-untyped]  # it has no types

from ..tiledesk.clock import read_time

_NUMBER_BITS: Final = 40
NUMBER: Final = (1 << _NUMBER_BITS) - 1
"""Masks the number in a rank."""


def rank(time: str, number: int) -> int:
    """Return the rank of the event with that creation time and number; raise ValueError for no time."""
    return read_time(time) << _NUMBER_BITS | number


def lowest_rank(milliseconds: int) -> int:
    """Return the lowest rank of the events that are created at a time in milliseconds since 1970."""
    return milliseconds << _NUMBER_BITS


class Timeline:
    """Ranks in order. A plain list while each comes last, as it does unless the clock was put back."""

    __slots__ = ("_ranks",)

    def __init__(self) -> None:
        self._ranks: Any = []

    def __len__(self) -> int:
        return len(self._ranks)

    def add(self, rank: int) -> None:
        """Put a rank into its place."""
        ranks = self._ranks
        if type(ranks) is list:
            if not ranks or ranks[-1] < rank:
                ranks.append(rank)
                return
            ranks = self._ranks = SortedList(ranks)
        ranks.add(rank)

    def remove(self, rank: int) -> None:
        """Take a rank out, which must be there."""
        if self._ranks[-1] == rank:
            self._ranks.pop()
            return
        if type(self._ranks) is list:
            self._ranks = SortedList(self._ranks)
        self._ranks.remove(rank)

    def position(self, rank: int) -> int:
        """Return how many ranks are below."""
        return bisect_left(self._ranks, rank) if type(self._ranks) is list else self._ranks.bisect_left(rank)

    def walk(self, hidden: int, direction: int) -> Iterator[int]:
        """Yield the ranks up (1) or down (-1), without the lowest `hidden`."""
        if direction > 0:
            return islice(self._ranks, hidden, None)
        return islice(reversed(self._ranks), len(self._ranks) - hidden)

    def window(self, hidden: int, direction: int, skip: int, count: int) -> list[int]:
        """Return a part of what `walk` yields, without walking there."""
        if direction > 0:
            return list(self._ranks[hidden + skip : hidden + skip + count])
        stop = max(len(self._ranks) - skip, hidden)
        return list(reversed(self._ranks[max(stop - count, hidden) : stop]))
