"""Where events stand in the orders that they are listed in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from math import inf
from typing import Any, Final

from sortedcontainers import SortedList  # type: ignore[import-untyped]  # it has no types

from ..node.bson_order import sort_key
from ..tiledesk.query import PER_PAGE, EventQuery
from .layout import Document
from .timeline import NUMBER, Timeline, rank

Scope = tuple[Any, ...]
"""A project; a project and a project user; or these and a name: there is a timeline for each."""

_MOST_ORDERS: Final = 32
_AT_ONCE: Final = 1000


class EventIndex:
    """Finds events by id, and the pages of a project's events, whoever fired them, in any order.

    `read_all` reads events by number. Events whose rank is below `floor` are not shown; `lowest` is not
    above any event's rank. Not safe to use from many threads by itself.
    """

    def __init__(self, read_all: Callable[[Iterable[int]], dict[int, Document]]) -> None:
        self.numbers: Final[dict[str, int]] = {}
        self.floor = 0
        self.lowest: float = inf
        self._read_all: Final = read_all
        self._users: Final[dict[str, set[str | None]]] = {}
        self._timelines: Final[dict[Scope, Timeline]] = {}
        self._orders: Final[OrderedDict[tuple[Scope, str, int], Any]] = OrderedDict()

    def change(self, number: int, before: Document | None, after: Document | None) -> None:
        """Follow a change of the event that is stored by `number`."""
        if before is not None:
            self._remove(number, before)
        if after is not None:
            self._add(number, after)

    def page(self, query: EventQuery) -> tuple[list[int], int]:
        """Return the numbers of the events of a page, in order, and how many there are over all pages."""
        scopes = [scope for scope in self._scopes(query) if scope in self._timelines]
        hidden = [self._timelines[scope].position(self.floor) for scope in scopes]
        count = sum(len(self._timelines[scope]) for scope in scopes) - sum(hidden)
        if query.skip >= count:
            return [], count
        if query.sort == "createdAt":
            return self._by_creation(query, scopes, hidden), count
        return self._by_field(query, scopes, hidden), count

    def newest(self, scope: Scope, limit: int) -> list[int]:
        """Return the numbers of the newest events of a project user, or of those of one name."""
        timeline = self._timelines.get(scope)
        if timeline is None:
            return []
        return [one & NUMBER for one in timeline.window(timeline.position(self.floor), -1, 0, limit)]

    def visible(self) -> list[int]:
        """Return the numbers of all events that are not below the floor, in order of creation."""
        walks = (timeline.walk(timeline.position(self.floor), 1) for timeline in self._wholes())
        return [one & NUMBER for one in merge(*walks)]

    def count(self) -> int:
        """Return how many events are not below the floor."""
        return sum(len(timeline) - timeline.position(self.floor) for timeline in self._wholes())

    def expired(self, limit: int) -> list[int]:
        """Return the numbers of some of the events below the floor."""
        below = (one & NUMBER for timeline in self._wholes() for one in self._below(timeline))
        return list(islice(below, limit))

    def settle_lowest(self) -> None:
        """Find out which rank is the lowest, after some were removed."""
        self.lowest = min((next(timeline.walk(0, 1)) for timeline in self._wholes()), default=inf)

    def _wholes(self) -> Iterator[Timeline]:
        return (self._timelines[project,] for project in self._users)

    def _below(self, timeline: Timeline) -> Iterator[int]:
        return islice(timeline.walk(0, 1), timeline.position(self.floor))

    def _scopes(self, query: EventQuery) -> list[Scope]:
        condition = query.project_user
        if condition is None:
            return [(query.id_project,)]
        if condition.single_id is not None:
            return [(query.id_project, condition.single_id)]
        users = self._users.get(query.id_project, ())
        return [(query.id_project, user) for user in users if condition.matches(user)]

    def _by_creation(self, query: EventQuery, scopes: list[Scope], hidden: list[int]) -> list[int]:
        lines = [self._timelines[scope] for scope in scopes]
        if len(lines) == 1:
            ranks: Iterable[int] = lines[0].window(hidden[0], query.direction, query.skip, PER_PAGE)
        else:
            walks = [line.walk(below, query.direction) for line, below in zip(lines, hidden, strict=True)]
            ranks = islice(merge(*walks, reverse=query.direction < 0), query.skip, query.skip + PER_PAGE)
        return [one & NUMBER for one in ranks]

    def _by_field(self, query: EventQuery, scopes: list[Scope], hidden: list[int]) -> list[int]:
        orders = [self._order(scope, query.sort, query.direction) for scope in scopes]
        if len(orders) == 1 and not any(hidden):
            entries = islice(_walk(orders[0], query.direction, query.skip), PER_PAGE)
            return [abs(number) for _, _, number in entries]
        walks = [_walk(order, query.direction) for order in orders]
        merged = merge(*walks, reverse=query.direction < 0)
        unseen = {one & NUMBER for scope in scopes for one in self._below(self._timelines[scope])}
        seen = (abs(number) for _, _, number in merged if abs(number) not in unseen)
        return list(islice(seen, query.skip, query.skip + PER_PAGE))

    def _order(self, scope: Scope, path: str, direction: int) -> Any:
        """Return the order of a scope by a field, which is made when it is first asked for."""
        key = (scope, path, direction)
        if key not in self._orders:
            self._orders[key] = SortedList(self._entries(scope, path, direction))
            if len(self._orders) > _MOST_ORDERS:
                self._orders.popitem(last=False)
        self._orders.move_to_end(key)
        return self._orders[key]

    def _entries(self, scope: Scope, path: str, direction: int) -> Iterator[tuple[int, Any, int]]:
        ranks = self._timelines[scope].walk(0, 1)
        while numbers := [one & NUMBER for one in islice(ranks, _AT_ONCE)]:
            for number, document in self._read_all(numbers).items():
                yield (*sort_key(document, path, direction), direction * number)

    def _add(self, number: int, document: Document) -> None:
        place, scopes = rank(document["createdAt"], number), _scopes_of(document)
        self.lowest = min(self.lowest, place)
        for scope in scopes:
            timeline = self._timelines.get(scope)
            if timeline is None:
                timeline = self._timelines[scope] = Timeline()
            timeline.add(place)
        self._users.setdefault(document["id_project"], set()).add(document.get("project_user"))
        self.numbers[document["_id"]] = number
        for (scope, path, direction), order in self._orders.items():
            if scope in scopes:
                order.add((*sort_key(document, path, direction), direction * number))

    def _remove(self, number: int, document: Document) -> None:
        place, scopes = rank(document["createdAt"], number), _scopes_of(document)
        for (scope, path, direction), order in self._orders.items():
            if scope in scopes:
                order.remove((*sort_key(document, path, direction), direction * number))
        for scope in scopes:
            self._timelines[scope].remove(place)
            if not self._timelines[scope]:
                self._forget(scope)
        if self.numbers.get(document["_id"]) == number:
            del self.numbers[document["_id"]]

    def _forget(self, scope: Scope) -> None:
        del self._timelines[scope]
        for key in [key for key in self._orders if key[0] == scope]:
            del self._orders[key]
        if len(scope) == 1:
            del self._users[scope[0]]
        elif len(scope) == 2:
            self._users[scope[0]].discard(scope[1])


def _scopes_of(document: Document) -> tuple[Scope, Scope, Scope]:
    """Return the timelines of an event: its project's, its project user's, and that one's for its name."""
    project, user = document["id_project"], document.get("project_user")
    return (project, user, document["name"]), (project, user), (project,)


def _walk(order: Any, direction: int, skip: int = 0) -> Iterator[tuple[int, Any, int]]:
    """Yield an order's entries in its direction, without the first `skip`."""
    size = len(order)
    if direction > 0:
        return order.islice(skip)  # type: ignore[no-any-return]  # sortedcontainers has no types
    return order.islice(0, max(size - skip, 0), reverse=True)  # type: ignore[no-any-return]  # likewise
