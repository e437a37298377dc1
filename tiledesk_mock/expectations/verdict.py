"""Whether what came is as expected, and the failure message if it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

from ..errors import ExpectationError, SettingsError
from ..text import number_of
from .matching import Mismatch

Item = TypeVar("Item")
ItemOf = TypeVar("ItemOf", contravariant=True)

_LISTED: Final = 10


class Expected(Protocol[ItemOf]):
    """What is expected of items of one kind."""

    @property
    def noun(self) -> str:
        """Return what an item is called: `event`, `request`, `delivery`."""

    def description(self) -> str:
        """Return in one line what is expected."""

    def mismatches(self, item: ItemOf, /) -> Iterator[Mismatch]:
        """Yield where an item is not as expected."""

    def describe(self, item: ItemOf, /) -> str:
        """Return an item in one line."""


def find_matches(expected: Expected[Item], items: Sequence[Item]) -> list[Item]:
    """Return the items that are as expected."""
    return [item for item in items if next(expected.mismatches(item), None) is None]


def require_matches(
    expected: Expected[Item],
    items: Sequence[Item],
    hints: Callable[[Item | None], Sequence[str]],
    *,
    count: int | None = None,
    within: float | None = None,
) -> list[Item]:
    """Return the items that are as expected: exactly `count`, or at least one if that is None.

    Raises ExpectationError, whose message has what was expected (`within` so many seconds), what came, the
    nearest miss, and the lines that `hints` returns for that.
    """
    __tracebackhide__ = True  # a failure points at the test's own line
    if count is not None and (type(count) is not int or count < 0):
        raise SettingsError("count", count, "a number from 0")
    matches = find_matches(expected, items)
    undecided = (
        count == 0
        and not matches
        and any(all(mismatch.is_undecided for mismatch in expected.mismatches(item)) for item in items)
    )
    if not undecided and (len(matches) == count or (count is None and matches)):
        return matches
    message = f"expected {expected.description()}"
    message += "" if count is None else f", exactly {count} of them"
    message += "" if within is None else f", within {within:g} s"
    message += ", but a condition is mistaken" if undecided else ""
    lines = _explanation(expected, items, matches, hints, is_too_few=len(matches) < (count or 0))
    raise ExpectationError("\n".join([message, *lines]))


def _explanation(
    expected: Expected[Item],
    items: Sequence[Item],
    matches: list[Item],
    hints: Callable[[Item | None], Sequence[str]],
    *,
    is_too_few: bool,
) -> list[str]:
    if not items:
        return [f"no {expected.noun} came at all", *hints(None)]
    found = []
    if matches:
        found = [f"{number_of(len(matches), expected.noun)} like that came:", *_listed(expected, matches)]
    others = [item for item in items if not any(item is match for match in matches)]
    if matches and not (is_too_few and others):
        return found
    candidates = [
        (item, list(expected.mismatches(item))) for item in reversed(others)
    ]  # of equals the newest
    nearest, mismatches = min(candidates, key=lambda pair: sum(mismatch.cost for mismatch in pair[1]))
    width = max(len(mismatch.path) for mismatch in mismatches)
    count = number_of(len(others), f"other {expected.noun}" if matches else expected.noun)
    lines = [*found, f"{count} came, none like that:", *_listed(expected, others)]
    lines += [f"nearest miss: {expected.describe(nearest)}"] if len(others) > 1 else []
    lines += [f"  {one.path:<{width}}  expected {one.expected}, came {one.came}" for one in mismatches]
    return [*lines, *hints(nearest)]


def _listed(expected: Expected[Item], items: Sequence[Item]) -> list[str]:
    left_out = len(items) - _LISTED
    lines = [f"  ... {left_out} earlier ones"] if left_out > 0 else []
    return lines + [f"  - {expected.describe(item)}" for item in items[-_LISTED:]]
