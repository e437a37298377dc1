"""Whether what came is what was expected, and the message if it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from ..errors import ExpectationError
from .expectations import Expected
from .matching import Difference

Item = TypeVar("Item")

_SHOWN: Final = 10


def matching(expected: Expected[Item], items: Sequence[Item]) -> list[Item]:
    """Return the items that are as expected."""
    return [item for item in items if not expected.misses(item)]


def demand(
    expected: Expected[Item],
    items: Sequence[Item],
    count: int | None,
    more: Callable[[Item | None], Sequence[str]],
) -> list[Item]:
    """Return the items that are as expected: exactly `count`, at least one with None.

    Raises ExpectationError, whose message has what was expected, what came, the nearest miss, and `more`
    lines about that.
    """
    found = matching(expected, items)
    if len(found) == count or (count is None and found):
        return found
    raise ExpectationError("\n".join(_message(expected, items, found, count, more)))


def _message(
    expected: Expected[Item],
    items: Sequence[Item],
    found: list[Item],
    count: int | None,
    more: Callable[[Item | None], Sequence[str]],
) -> list[str]:
    many = "" if count is None else f"{count} times, came {len(found)} times"
    wanted = (
        f"expected {expected.description()}" if not many else f"expected {many}: {expected.description()}"
    )
    if not items:
        return [wanted, f"no {expected.kind} came at all", *more(None)]
    if found:
        return [wanted, *_listed(expected, found)]
    nearest, misses = _nearest(expected, items)
    return [
        wanted,
        f"{_number(len(items), expected.kind)} came, none of them like that:",
        *_listed(expected, items),
        f"nearest miss: {expected.told(nearest)}",
        *_table(misses),
        *more(nearest),
    ]


def _listed(expected: Expected[Item], items: Sequence[Item]) -> list[str]:
    left_out = len(items) - _SHOWN
    lines = [f"  ... {left_out} earlier ones"] if left_out > 0 else []
    return lines + [f"  - {expected.told(item)}" for item in items[-_SHOWN:]]


def _nearest(expected: Expected[Item], items: Sequence[Item]) -> tuple[Item, list[Difference]]:
    """Return the item with the fewest and lightest differences; of equals the newest."""
    misses = [(item, expected.misses(item)) for item in reversed(items)]
    return min(misses, key=lambda pair: sum(difference.weight for difference in pair[1]))


def _table(misses: Sequence[Difference]) -> list[str]:
    width = max(len(difference.path) for difference in misses)
    return [
        f"  {difference.path:<{width}}  expected {difference.expected}, came {difference.came}"
        for difference in misses
    ]


def _number(count: int, kind: str) -> str:
    plural = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
    return f"1 {kind}" if count == 1 else f"{count} {plural}"
