"""The mode in which recorded responses replace the emulator's."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from msgspec import Struct

from ..comparison.id_map import IdMap, Pair
from ..comparison.json_diff import Difference
from ..errors import ExpectationError
from ..http.exchange import RecordedRequest, RecordedResponse
from ..node.json import ABSENT
from ..redaction.masking import masked_target
from ..settings import Order, Repeat
from ..tiledesk.wire import Document
from .cassette import Cassette, Entry, sendable
from .matching import Candidate, ComparableRequest, comparable, compare_requests

Forward = Callable[[RecordedRequest], RecordedResponse]

_Match = tuple[tuple[int, ...], Candidate]
"""The rank of a matching entry, and its candidate. The lowest rank is best; a rank ends with the index."""

_NEAREST: Final = 3
"""How many entries a miss names."""

_MAX_LENGTH: Final = 120


class Replay:
    """A mode that responds from a cassette. Safe to use from many threads.

    Args:
        cassette: the recorded exchanges.
        order: whether requests may come in any order.
        repeat: whether an entry is used once, or forever: then the last of several that match is repeated.
        strict: whether `verify` fails on unused entries as well.
        fallback: what responds to requests that are not in the cassette: True is the emulator, and a callable
            is called.
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
        self._fallback: Final = fallback
        self._recorded: Final = [comparable(entry.request, entry.sender) for entry in cassette.entries]
        self._indexes: Final[dict[Hashable, list[int]]] = {}
        for index, recorded in enumerate(self._recorded):
            for key in (recorded.key, recorded.text):
                self._indexes.setdefault(key, []).append(index)
        self._lock: Final = threading.Lock()
        self._all_misses: Final[list[Miss]] = []
        self._ever_used: Final[set[int]] = set()
        self.rewind()

    def rewind(self) -> None:
        """Begin again: no entry is used and no id is paired. Only `verify` looks further back."""
        with self._lock:
            self._id_map = IdMap()
            self._used: set[int] = set()
            self._misses: list[Miss] = []
            self._by_sender = False

    def respond(self, request: RecordedRequest, emulate: Forward) -> RecordedResponse:
        """Respond as recorded, from the `fallback`, or with a 502 that names the nearest entries."""
        found = self.find(request)
        if found is not None:
            return found
        if request.method == "OPTIONS":  # a preflight of a browser, which recordings often leave out
            return emulate(request)
        if self._fallback:
            return self._fallback(request) if callable(self._fallback) else emulate(request)
        return self._add_miss(request).response()

    def find(self, request: RecordedRequest) -> RecordedResponse | None:
        """Return the recorded response to a request, with the ids of this run; None if no entry matches."""
        wanted = comparable(request)
        with self._lock:
            self._by_sender = self._by_sender or wanted.sender is not None
            best = self._best(wanted)
            if best is None:
                return None
            (*_, index), candidate = best
            self._used.add(index)
            self._ever_used.add(index)
            return self._response(self.cassette.entries[index], candidate)

    @property
    def misses(self) -> tuple[Miss, ...]:
        """Return the requests that matched no entry."""
        with self._lock:
            return tuple(self._misses)

    @property
    def unused(self) -> tuple[Entry, ...]:
        """Return the unused entries, without the preflights of browsers."""
        with self._lock:
            return self._without(self._used)

    @property
    def id_pairs(self) -> tuple[Pair, ...]:
        """Return recorded ids and secrets with those of this run."""
        with self._lock:
            return self._id_map.pairs

    def verify(self) -> None:
        """Raise ExpectationError for requests that matched no entry and, if strict, for unused entries."""
        with self._lock:
            lines = [str(miss) for miss in self._all_misses]
            unused = self._without(self._ever_used)
        if self.strict and unused:
            lines += ["unused entries:", *(f"  {entry}" for entry in unused)]
        if lines:
            raise ExpectationError("\n".join(lines))

    def _best(self, wanted: ComparableRequest) -> _Match | None:
        """Return the best match of a request. Its text is looked up first, since entries may be many."""
        if self.order is Order.STRICT:
            return min(self._matches(wanted, self._next(wanted)), default=None)
        same = min(self._matches(wanted, self._free(wanted.text)), default=None)
        if same is not None and same[0][:2] == (0, False):
            return same
        return min(self._matches(wanted, self._free(wanted.key)), default=None)

    def _matches(self, wanted: ComparableRequest, indexes: Iterable[int]) -> Iterator[_Match]:
        """Yield the matches of a request. The lowest cost is best, then an unused entry, then the oldest."""
        for index in indexes:
            candidate = self._compare(index, wanted)
            if not candidate.differences:
                used = index in self._used
                yield (candidate.cost, used, -index if used else index, index), candidate

    def _compare(self, index: int, wanted: ComparableRequest) -> Candidate:
        return compare_requests(self._recorded[index], wanted, self._id_map, by_sender=self._by_sender)

    def _free(self, key: Hashable) -> Iterable[int]:
        """Return the entries with this key or text that may be used."""
        indexes = self._indexes.get(key, [])
        if self.repeat is Repeat.FOREVER:
            return indexes
        return (index for index in indexes if index not in self._used)

    def _next(self, wanted: ComparableRequest) -> list[int]:
        """Return the next entry in strict order; after the last, the first if entries repeat forever."""
        left = self._left()
        if not left and self.repeat is Repeat.FOREVER:
            self._used.clear()
            left = self._left()
        due = [index for index in left if wanted.method == "OPTIONS" or not self._is_preflight(index)]
        return due[:1]

    def _without(self, used: set[int]) -> tuple[Entry, ...]:
        entries = enumerate(self.cassette.entries)
        return tuple(entry for index, entry in entries if index not in used and not self._is_preflight(index))

    def _left(self) -> list[int]:
        return [index for index in range(len(self._recorded)) if index not in self._used]

    def _is_preflight(self, index: int) -> bool:
        return self._recorded[index].method == "OPTIONS"

    def _response(self, entry: Entry, candidate: Candidate) -> RecordedResponse:
        self._id_map.learn(candidate.pairs)
        text = entry.response.body.decode("utf-8", "surrogateescape")
        translated = partial(self._id_map.to_right, with_secrets=False)
        body = translated(text).encode("utf-8", "surrogateescape")
        self._id_map.learn_common(text)
        headers = tuple((name, translated(value)) for name, value in entry.response.headers)
        reason = f"recorded so in {self.cassette.source}: {entry}" if entry.response.status >= 400 else None
        return sendable(replace(entry.response, headers=headers, body=body, reason=reason))

    def _add_miss(self, request: RecordedRequest) -> Miss:
        wanted = comparable(request)
        with self._lock:
            indexes = self._next(wanted) if self.order is Order.STRICT else range(len(self._recorded))
            found = [(self.cassette.entries[index], self._compare(index, wanted)) for index in indexes]
            found.sort(key=lambda pair: pair[1].distance)
            miss = Miss(request, self.cassette.source, tuple(found[:_NEAREST]))
            self._misses.append(miss)
            self._all_misses.append(miss)
        return miss


class Miss(Struct, frozen=True):
    """A request that matches no entry of a cassette, and the nearest entries with their differences."""

    request: RecordedRequest
    source: str
    nearest: tuple[tuple[Entry, Candidate], ...]

    @property
    def request_line(self) -> str:
        """Return method and target, with secrets masked."""
        return f"{self.request.method} {masked_target(self.request.target)}"

    def __str__(self) -> str:
        lines = [f"no entry of {self.source} matches {self.request_line}"]
        for entry, candidate in self.nearest:
            lines += [f"  nearest: {entry}", *(f"    {reason}" for reason in _reasons(candidate))]
        return "\n".join(lines if self.nearest else [*lines, "  all entries are used"])

    def response(self) -> RecordedResponse:
        """Return the 502 for the client."""
        nearest = [
            {"entry": str(entry), "differences": [_document(one) for one in candidate.differences]}
            for entry, candidate in self.nearest
        ]
        document = {"err": "not in the cassette", "request": self.request_line, "nearest": nearest}
        return json_response({**document, "message": str(self)}, 502, self.reason)

    @property
    def reason(self) -> str:
        """Return the miss in one line, with the nearest entry only."""
        lines = f"{self}".splitlines()[: 2 + _NEAREST]
        nearest = next((index for index, line in enumerate(lines[2:], 2) if "nearest: " in line), len(lines))
        return "; ".join(line.strip() for line in lines[:nearest])


def json_response(document: Document, status: int, reason: str) -> RecordedResponse:
    """Return a response of this package's own, in JSON, for that `reason`."""
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace")
    headers = (
        ("Access-Control-Allow-Origin", "*"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", str(len(body))),
    )
    return RecordedResponse(status, headers, body, reason)


def _reasons(candidate: Candidate) -> list[str]:
    if not candidate.differences:
        return ["matches, but was used before"]
    return [
        f"{one.path_text}: {one.masked_text(one.left, _MAX_LENGTH)} recorded, "
        f"{one.masked_text(one.right, _MAX_LENGTH)} requested"
        for one in candidate.differences
    ]


def _document(difference: Difference) -> Document:
    sides = {"recorded": difference.left, "requested": difference.right}
    masked = {name: difference.masked(side) for name, side in sides.items() if side is not ABSENT}
    return {"path": difference.path_text, **masked}
