"""Recorded answers in the emulator's place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from ..comparison.correspondence import Correspondence, Pair, ids_in
from ..errors import ExpectationError
from ..http.exchange import RecordedRequest, RecordedResponse
from .cassette import Cassette, Entry, Order, Repeat, sendable
from .matching import Candidate, ComparableRequest, comparable, compare_requests
from .misses import Miss

Forward = Callable[[RecordedRequest], RecordedResponse]

Key = TypeVar("Key")

_Match = tuple[tuple[int, ...], Candidate]
"""How well an entry fits (the last number is its index), and in what it is alike."""

_NEAREST: Final = 3
"""How many entries a miss shows."""


class Replay:
    """A mode that answers from a cassette. Safe to use from many threads.

    Args:
        cassette: what was recorded.
        order: whether requests may come in any order.
        repeat: whether an entry answers once, or for ever: then the last of several that are alike.
        strict: whether `verify` fails on entries that nobody asked for, too.
        fallback: who answers what is not in the cassette: True is the emulator, a callable is asked.

    """

    def __init__(
        self,
        cassette: Cassette,
        *,
        order: Order | str = Order.ANY,
        repeat: Repeat | str = Repeat.ONCE,
        strict: bool = False,
        fallback: bool | Forward = False,
    ) -> None:
        self.cassette: Final = cassette
        self.order: Final = Order(order)
        self.repeat: Final = Repeat(repeat)
        self.strict: Final = strict
        self._spy: Final = fallback
        self._recorded: Final = [comparable(entry.request, entry.sender) for entry in cassette.entries]
        self._by_key: Final = _indexed(recorded.key for recorded in self._recorded)
        self._by_text: Final = _indexed(recorded.text for recorded in self._recorded)
        self._lock: Final = threading.Lock()
        self.rewind()

    def rewind(self) -> None:
        """Begin again: nothing was asked, nothing is learned."""
        with self._lock:
            self._known = Correspondence()
            self._used: set[int] = set()
            self._misses: list[Miss] = []
            self._by_person = False

    def respond(self, request: RecordedRequest, emulate: Forward) -> RecordedResponse:
        """Respond as recorded, from the `fallback`, or with a 502 that names the nearest entries."""
        found = self.find(request)
        if found is not None:
            return found
        if request.method == "OPTIONS":  # browsers ask before they ask, and recordings often leave that out
            return emulate(request)
        if self._spy:
            return self._spy(request) if callable(self._spy) else emulate(request)
        return self._missed(request).response()

    def find(self, request: RecordedRequest) -> RecordedResponse | None:
        """Return the recorded answer to a request, with this run's ids; None if there is none."""
        wanted = comparable(request)
        with self._lock:
            self._by_person = self._by_person or wanted.bearer is not None
            best = self._best(wanted)
            if best is None:
                return None
            (*_, index), found = best
            self._used.add(index)
            return self._taken(self.cassette.entries[index], found)

    @property
    def misses(self) -> tuple[Miss, ...]:
        """Return the requests that nothing answered."""
        with self._lock:
            return tuple(self._misses)

    @property
    def unused(self) -> tuple[Entry, ...]:
        """Return the entries that nobody asked for, but for the questions that browsers ask before."""
        with self._lock:
            return tuple(self.cassette.entries[index] for index in self._left() if not self._is_aside(index))

    @property
    def id_pairs(self) -> tuple[Pair, ...]:
        """Return which recorded value stood for which of this run's."""
        with self._lock:
            return tuple(self._known.pairs)

    def verify(self) -> None:
        """Raise ExpectationError for requests that nothing answered and, if strict, for unused entries."""
        lines = [str(miss) for miss in self.misses]
        if self.strict and self.unused:
            lines += ["nobody asked for", *(f"  {entry}" for entry in self.unused)]
        if lines:
            raise ExpectationError("\n".join(lines))

    def _best(self, wanted: ComparableRequest) -> _Match | None:
        """Return what answers a request best; among many alike it is found by its text."""
        if self.order is Order.STRICT:
            return min(self._matches(wanted, self._next(wanted)), default=None, key=_rank)
        same = min(self._matches(wanted, self._free(self._by_text, wanted.text)), default=None, key=_rank)
        if same is not None and _rank(same)[:2] == (0, False):
            return same
        return min(self._matches(wanted, self._free(self._by_key, wanted.key)), default=None, key=_rank)

    def _matches(self, wanted: ComparableRequest, candidates: Iterable[int]) -> Iterator[_Match]:
        """Yield what answers a request: the nearest by the person, then what is unused, then the oldest."""
        for index in candidates:
            found = self._compared(index, wanted)
            if not found.deviations:
                used = index in self._used
                yield (found.cost, used, -index if used else index, index), found

    def _compared(self, index: int, wanted: ComparableRequest) -> Candidate:
        return compare_requests(self._recorded[index], wanted, self._known, by_person=self._by_person)

    def _free(self, indexed: Mapping[Key, list[int]], key: Key) -> Iterable[int]:
        """Return the entries under a key that may still answer."""
        alike = indexed.get(key, [])
        if self.repeat is Repeat.FOREVER:
            return alike
        return (index for index in alike if index not in self._used)

    def _next(self, wanted: ComparableRequest) -> list[int]:
        """Return the entry whose turn it is; from the start again after the last, if that is wanted."""
        left = self._left()
        if not left and self.repeat is Repeat.FOREVER:
            self._used.clear()
            left = self._left()
        due = [index for index in left if wanted.method == "OPTIONS" or not self._is_aside(index)]
        return due[:1]

    def _left(self) -> list[int]:
        return [index for index in range(len(self._recorded)) if index not in self._used]

    def _is_aside(self, index: int) -> bool:
        return self._recorded[index].method == "OPTIONS"

    def _taken(self, entry: Entry, found: Candidate) -> RecordedResponse:
        self._known.learn(found.pairs)
        answer = entry.response
        text = answer.body.decode("utf-8", "surrogateescape")
        translated = self._known.translated(text).encode("utf-8", "surrogateescape")
        self._known.learn((told, told) for told in ids_in(text))
        headers = tuple((name, self._known.translated(value)) for name, value in answer.headers)
        return sendable(replace(answer, headers=headers, body=translated))

    def _missed(self, request: RecordedRequest) -> Miss:
        wanted = comparable(request)
        with self._lock:
            choice = self._next(wanted) if self.order is Order.STRICT else range(len(self._recorded))
            found = [(self.cassette.entries[index], self._compared(index, wanted)) for index in choice]
            found.sort(key=lambda pair: pair[1].distance)
            miss = Miss(request, self.cassette.source, tuple(found[:_NEAREST]))
            self._misses.append(miss)
        return miss


def _rank(match: _Match) -> tuple[int, ...]:
    return match[0]


def _indexed(keys: Iterable[Key]) -> dict[Key, list[int]]:
    indexed: dict[Key, list[int]] = {}
    for index, key in enumerate(keys):
        indexed.setdefault(key, []).append(index)
    return indexed
