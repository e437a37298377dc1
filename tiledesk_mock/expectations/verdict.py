"""Whether what came is what was expected, and the message if it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from ..errors import ExpectationError, SettingsError
from ..text import number_of
from .expected import Expected
from .matching import Difference

Item = TypeVar("Item")

_SHOWN: Final = 10


def find_matches(expected: Expected[Item], items: Sequence[Item]) -> list[Item]:
    """Return the items that are as expected."""
    return [item for item in items if not expected.mismatches(item)]


def require_matches(
    expected: Expected[Item],
    items: Sequence[Item],
    more: Callable[[Item | None], Sequence[str]],
    *,
    count: int | None = None,
    within: float | None = None,
) -> list[Item]:
    """Return the items that are as expected: exactly `count`, at least one with None.

    Raises ExpectationError, whose message has what was expected (`within` so many seconds), what came, the
    nearest miss, and `more` lines about that.
    """
    __tracebackhide__ = True  # a failure points at the test's own line
    if count is not None and (type(count) is not int or count < 0):
        raise SettingsError("count", count, "a number from 0")
    found = find_matches(expected, items)
    unasked = _unasked(expected, items) if count == 0 and not found else []
    if not unasked and (len(found) == count or (count is None and found)):
        return found
    wanted = f"expected {expected.description()}"
    wanted += "" if count is None else f", exactly {count} of them"
    wanted += "" if within is None else f", within {within:g} s"
    wanted += ", but a condition is mistaken" if unasked else ""
    raise ExpectationError("\n".join([wanted, *_explained(expected, items, found, more)]))


def _unasked(expected: Expected[Item], items: Sequence[Item]) -> list[Item]:
    """Return the items of which nobody knows whether they are as expected: a condition is mistaken."""
    return [item for item in items if all(miss.is_unasked for miss in expected.mismatches(item))]


def _explained(
    expected: Expected[Item],
    items: Sequence[Item],
    found: list[Item],
    more: Callable[[Item | None], Sequence[str]],
) -> list[str]:
    if not items:
        return [f"no {expected.noun} came at all", *more(None)]
    if found:
        return [f"{number_of(len(found), expected.noun)} like that came:", *_listed(expected, found)]
    nearest, misses = _nearest(expected, items)
    told = [f"{number_of(len(items), expected.noun)} came, none like that:", *_listed(expected, items)]
    told += [f"nearest miss: {expected.describe(nearest)}"] if len(items) > 1 else []
    return [*told, *_table(misses), *more(nearest)]


def _listed(expected: Expected[Item], items: Sequence[Item]) -> list[str]:
    left_out = len(items) - _SHOWN
    lines = [f"  ... {left_out} earlier ones"] if left_out > 0 else []
    return lines + [f"  - {expected.describe(item)}" for item in items[-_SHOWN:]]


def _nearest(expected: Expected[Item], items: Sequence[Item]) -> tuple[Item, list[Difference]]:
    """Return the item with the fewest and lightest differences; of equals the newest."""
    misses = [(item, expected.mismatches(item)) for item in reversed(items)]
    return min(misses, key=lambda pair: sum(difference.weight for difference in pair[1]))


def _table(misses: Sequence[Difference]) -> list[str]:
    width = max(len(difference.path) for difference in misses)
    return [
        f"  {difference.path:<{width}}  expected {difference.expected}, came {difference.came}"
        for difference in misses
    ]
