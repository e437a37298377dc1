"""In which order the webhooks of a step arrive: groups of names, between which the order is fixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

Groups = list[list[str]]

_ABSENT = 99
"""The position of a name in a run in which it did not come."""


def groups(runs: Iterable[Iterable[str]]) -> Groups:
    """Return the names that arrived in several runs in groups.

    A group came before the next in every run. Names that are alike in their first two words are sent at
    once, and are in one group. The second webhook of a name is called `NAME (2)`.
    """
    arrived = [numbered(run) for run in runs]
    found: Groups = []
    for name in sorted({name for run in arrived for name in run}, key=lambda name: _sum(name, arrived)):
        place = len(found)
        while any(_is_joined(other, name, arrived) for group in found[:place] for other in group):
            place -= 1
        joined = [other for group in found[place:] for other in group]
        found[place:] = [[*joined, name]]
    return [sorted(group) for group in found]


def agree(one: Groups, other: Groups) -> bool:
    """Return whether two orders have the same names, and no two of them the other way round."""
    places = [{name: place for place, group in enumerate(order) for name in group} for order in (one, other)]
    names = list(places[0])
    return set(names) == set(places[1]) and not any(
        _sign(first, second, places[0]) * _sign(first, second, places[1]) < 0
        for first in names
        for second in names
    )


def _sign(first: str, second: str, places: Mapping[str, int]) -> int:
    """Return -1, 0 or 1: the first comes before, with or behind the second."""
    return (places[first] > places[second]) - (places[first] < places[second])


def numbered(names: Iterable[str]) -> list[str]:
    """Return names of which each is there once."""
    return list(_numbered(names))


def _numbered(names: Iterable[str]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})"


def _sum(name: str, runs: list[list[str]]) -> tuple[int, str]:
    return sum(run.index(name) if name in run else _ABSENT for run in runs), name


def _is_joined(earlier: str, name: str, runs: list[list[str]]) -> bool:
    """Return whether a name has no place behind an earlier one: alike, or first in a run."""
    if _family(earlier) == _family(name):
        return True
    return any(name in run and earlier in run and run.index(name) < run.index(earlier) for run in runs)


def _family(name: str) -> list[str]:
    return name.split(" ")[0].split(".")[:2]
