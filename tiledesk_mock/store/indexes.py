"""The indexes of events: by id, in order of creation, and in order of any other field.

The order of creation is that of the creation key: one integer of the milliseconds of `createdAt` and, in the
low bits, the number under which the event is stored. Numbers grow with every new event.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from math import inf
from typing import Any, Final

from msgspec import Struct
from sortedcontainers import SortedList  # type: ignore[import-untyped]  # it has no types

from ..node.bson import sort_key
from ..tiledesk.clock import parse_formatted_time
from ..tiledesk.query import PER_PAGE, EventQuery
from .layout import Document

Scope = tuple[Any, ...]
"""A project; a project and a project user; or a project, a project user and an event name."""

Entry = tuple[int, str, Scope]
"""What the index keeps of an event: its creation key, its id, and its narrowest scope."""

Row = tuple[int, Entry | None]
"""An event by number; None if it was removed. Of several with a number the last counts."""

_NUMBER_BITS: Final = 40
_NUMBER: Final = (1 << _NUMBER_BITS) - 1
_MOST_ORDERS: Final = 32


def creation_key(created_at: str, number: int = 0) -> int:
    """Return the key of an event; the lowest one without a number. Raises ValueError for a malformed time."""
    return parse_formatted_time(created_at) << _NUMBER_BITS | number


def lowest_key(milliseconds: int) -> int:
    """Return the lowest key of events created at a time in milliseconds since 1970."""
    return milliseconds << _NUMBER_BITS


class CreationOrder:
    """Creation keys in order. They are a plain list until a key is added that is not the highest.

    `keys`, in order, are those at the start.
    """

    __slots__ = ("_keys",)

    def __init__(self, keys: list[int] | None = None) -> None:
        self._keys: Any = keys or []

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: int) -> None:
        """Add a key."""
        keys = self._keys
        if type(keys) is list:
            if not keys or keys[-1] < key:
                keys.append(key)
                return
            keys = self._keys = SortedList(keys)
        keys.add(key)

    def remove(self, key: int) -> None:
        """Remove a key, which must be present."""
        if self._keys[-1] == key:
            self._keys.pop()
            return
        if type(self._keys) is list:
            self._keys = SortedList(self._keys)
        self._keys.remove(key)

    def count_below(self, key: int) -> int:
        """Return the number of keys below `key`."""
        return bisect_left(self._keys, key) if type(self._keys) is list else self._keys.bisect_left(key)

    def iterate(self, hidden: int, direction: int) -> Iterator[int]:
        """Yield the keys except the lowest `hidden`, ascending (1) or descending (-1)."""
        if direction > 0:
            return islice(self._keys, hidden, None)
        return islice(reversed(self._keys), len(self._keys) - hidden)

    def between(self, low: int, end: float, direction: int) -> list[int]:
        """Return the keys from `low` to below `end`, ascending (1) or descending (-1)."""
        first = self.count_below(low)
        last = len(self._keys) if end == inf else self.count_below(int(end))
        keys = list(self._keys[first:last])
        return keys if direction > 0 else keys[::-1]

    def window(self, hidden: int, direction: int, skip: int, count: int) -> list[int]:
        """Return `count` of the keys that `iterate` yields, after `skip` of them, without iterating there."""
        if direction > 0:
            return list(self._keys[hidden + skip : hidden + skip + count])
        stop = max(len(self._keys) - skip, hidden)
        return list(reversed(self._keys[max(stop - count, hidden) : stop]))


class EventSelection(Struct, frozen=True):
    """Events of all projects or of one, with any name or with those for which `has_name` is true.

    Their creation keys are from `since` to below `until`. `direction` is 1 (oldest first) or -1.
    """

    id_project: str | None = None
    has_name: Callable[[str], bool] | None = None
    since: int = 0
    until: float = inf
    direction: int = 1

    def contains(self, scope: Scope) -> bool:
        """Return whether a scope is one of those that together have the events."""
        if self.id_project not in (None, scope[0]):
            return False
        return len(scope) == 1 if self.has_name is None else len(scope) == 3 and self.has_name(scope[2])


class EventIndex:
    """Finds events by id, and pages of a project's events, of any project users, in any order.

    `iterate` yields events by number. Events whose key is below `expired_below` are hidden. No event's key is
    below `lowest`. Not safe to use from many threads by itself.
    """

    def __init__(self, iterate: Callable[[Iterable[int]], Iterator[tuple[int, Document]]]) -> None:
        self.numbers: Final[dict[str, int]] = {}
        self.expired_below = 0
        self.lowest: float = inf
        self._documents: Final = iterate
        self._users: Final[dict[str, set[str | None]]] = {}
        self._by_creation: Final[dict[Scope, CreationOrder]] = {}
        self._by_field: Final[OrderedDict[tuple[Scope, str, int], Any]] = OrderedDict()

    def change(self, number: int, before: Document | None, after: Document | None) -> None:
        """Follow a change of the event that is stored under `number`."""
        if before is not None:
            self._remove(number, before)
        if after is not None:
            self._add(number, after)

    def fill(self, rows: Iterable[Row]) -> None:
        """Contain these events, and no others, in less time than `change` takes for each."""
        for contained in (self.numbers, self._users, self._by_creation, self._by_field):
            contained.clear()
        keys: dict[Scope, list[int]] = {}
        for number, (key, id_event, scope) in _latest(rows).items():
            self.numbers[id_event] = number
            if scope in keys:
                keys[scope].append(key)
            else:
                keys[scope] = [key]
        for scope in list(keys):
            self._users.setdefault(scope[0], set()).add(scope[1])
            for wider in (scope[:2], scope[:1]):
                keys.setdefault(wider, []).extend(keys[scope])
        for scope, unordered in keys.items():
            unordered.sort()
            self._by_creation[scope] = CreationOrder(unordered)
        self.update_lowest()

    def page(self, query: EventQuery) -> tuple[list[int], int]:
        """Return the numbers of the events of a page, in order, and the number of events on all pages."""
        scopes = [scope for scope in self._scopes(query) if scope in self._by_creation]
        hidden = [self._by_creation[scope].count_below(self.expired_below) for scope in scopes]
        count = sum(len(self._by_creation[scope]) for scope in scopes) - sum(hidden)
        if query.skip >= count:
            return [], count
        if query.sort == "createdAt":
            return self._page_by_creation(query, scopes, hidden), count
        return self._page_by_field(query, scopes, hidden), count

    def newest(self, scope: Scope, limit: int) -> list[int]:
        """Return the numbers of the newest events of a project user, or of those with one name."""
        order = self._by_creation.get(scope)
        if order is None:
            return []
        return [key & _NUMBER for key in order.window(order.count_below(self.expired_below), -1, 0, limit)]

    def visible(self) -> list[int]:
        """Return the numbers of all events that have not expired, in order of creation."""
        orders = (order.iterate(order.count_below(self.expired_below), 1) for order in self._projects())
        return [key & _NUMBER for key in merge(*orders)]

    def select(self, selection: EventSelection) -> Iterator[int]:
        """Yield the numbers of the selected events, in their order; the selection is made at once."""
        low = max(selection.since, self.expired_below)
        orders = [
            order.between(low, selection.until, selection.direction)
            for scope, order in self._by_creation.items()
            if selection.contains(scope)
        ]
        return (key & _NUMBER for key in merge(*orders, reverse=selection.direction < 0))

    def count(self) -> int:
        """Return the number of events that have not expired."""
        return sum(len(order) - order.count_below(self.expired_below) for order in self._projects())

    def expired(self, limit: int) -> list[int]:
        """Return the numbers of at most `limit` expired events."""
        keys = (key & _NUMBER for order in self._projects() for key in self._expired_keys(order))
        return list(islice(keys, limit))

    def update_lowest(self) -> None:
        """Set `lowest` to the lowest key, after events were removed."""
        self.lowest = min((next(order.iterate(0, 1)) for order in self._projects()), default=inf)

    def _projects(self) -> Iterator[CreationOrder]:
        return (self._by_creation[project,] for project in self._users)

    def _expired_keys(self, order: CreationOrder) -> Iterator[int]:
        return islice(order.iterate(0, 1), order.count_below(self.expired_below))

    def _scopes(self, query: EventQuery) -> list[Scope]:
        condition = query.project_user
        if condition is None:
            return [(query.id_project,)]
        if condition.single_id is not None:
            return [(query.id_project, condition.single_id)]
        users = self._users.get(query.id_project, ())
        return [(query.id_project, user) for user in users if condition.matches(user)]

    def _page_by_creation(self, query: EventQuery, scopes: list[Scope], hidden: list[int]) -> list[int]:
        orders = [self._by_creation[scope] for scope in scopes]
        if len(orders) == 1:
            keys: Iterable[int] = orders[0].window(hidden[0], query.direction, query.skip, PER_PAGE)
        else:
            each = [
                order.iterate(below, query.direction) for order, below in zip(orders, hidden, strict=True)
            ]
            keys = islice(merge(*each, reverse=query.direction < 0), query.skip, query.skip + PER_PAGE)
        return [key & _NUMBER for key in keys]

    def _page_by_field(self, query: EventQuery, scopes: list[Scope], hidden: list[int]) -> list[int]:
        orders = [self._field_order(scope, query.sort, query.direction) for scope in scopes]
        if len(orders) == 1 and not any(hidden):
            rows = islice(_iterate(orders[0], query.direction, query.skip), PER_PAGE)
            return [abs(number) for _, _, number in rows]
        merged = merge(*(_iterate(order, query.direction) for order in orders), reverse=query.direction < 0)
        expired = {key & _NUMBER for scope in scopes for key in self._expired_keys(self._by_creation[scope])}
        visible = (abs(number) for _, _, number in merged if abs(number) not in expired)
        return list(islice(visible, query.skip, query.skip + PER_PAGE))

    def _field_order(self, scope: Scope, path: str, direction: int) -> Any:
        """Return the events of a scope in order of a field. The order is made at its first use."""
        key = (scope, path, direction)
        if key not in self._by_field:
            numbers = (key & _NUMBER for key in self._by_creation[scope].iterate(0, 1))
            self._by_field[key] = SortedList(
                _field_row(document, path, direction, number) for number, document in self._documents(numbers)
            )
            if len(self._by_field) > _MOST_ORDERS:
                self._by_field.popitem(last=False)
        self._by_field.move_to_end(key)
        return self._by_field[key]

    def _add(self, number: int, document: Document) -> None:
        key, scopes = creation_key(document["createdAt"], number), _scopes_of(document)
        self.lowest = min(self.lowest, key)
        for scope in scopes:
            order = self._by_creation.get(scope)
            if order is None:
                order = self._by_creation[scope] = CreationOrder()
            order.add(key)
        self._users.setdefault(document["id_project"], set()).add(document.get("project_user"))
        self.numbers[document["_id"]] = number
        for (scope, path, direction), rows in self._by_field.items():
            if scope in scopes:
                rows.add(_field_row(document, path, direction, number))

    def _remove(self, number: int, document: Document) -> None:
        key, scopes = creation_key(document["createdAt"], number), _scopes_of(document)
        for (scope, path, direction), rows in self._by_field.items():
            if scope in scopes:
                rows.remove(_field_row(document, path, direction, number))
        for scope in scopes:
            self._by_creation[scope].remove(key)
            if not self._by_creation[scope]:
                self._remove_scope(scope)
        if self.numbers.get(document["_id"]) == number:
            del self.numbers[document["_id"]]

    def _remove_scope(self, scope: Scope) -> None:
        del self._by_creation[scope]
        for key in [key for key in self._by_field if key[0] == scope]:
            del self._by_field[key]
        if len(scope) == 1:
            del self._users[scope[0]]
        elif len(scope) == 2:
            self._users[scope[0]].discard(scope[1])


def _latest(rows: Iterable[Row]) -> dict[int, Entry]:
    """Return the last entry of each number, except those that were removed. Equal scopes are one."""
    latest: dict[int, Entry] = {}
    scopes: dict[Scope, Scope] = {}
    for number, entry in rows:
        if entry is None:
            latest.pop(number, None)
        else:
            key, id_event, scope = entry
            latest[number] = key, id_event, scopes.setdefault(scope, scope)
    return latest


def _scopes_of(document: Document) -> tuple[Scope, Scope, Scope]:
    """Return the scopes that an event belongs to, the narrowest first."""
    project, user = document["id_project"], document.get("project_user")
    return (project, user, document["name"]), (project, user), (project,)


def _field_row(document: Document, path: str, direction: int, number: int) -> tuple[int, Any, int]:
    """Return what an event is sorted by. Between equal values the number decides, always ascending."""
    return (*sort_key(document, path, direction), direction * number)


def _iterate(rows: Any, direction: int, skip: int = 0) -> Iterator[tuple[int, Any, int]]:
    """Yield rows in their direction, without the first `skip`."""
    if direction > 0:
        return rows.islice(skip)  # type: ignore[no-any-return]  # sortedcontainers has no types
    return rows.islice(0, max(len(rows) - skip, 0), reverse=True)  # type: ignore[no-any-return]  # likewise
